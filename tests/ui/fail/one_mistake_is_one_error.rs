//! The function stays defined, so its uses are no further errors.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tires = 3)]
async fn ready(host: &str) -> bool {
    host.is_empty()
}

async fn all() -> bool {
    let other: bool = ready("b").await;
    other && ready("a").await && ready("c").await && ready("d").await
}

fn main() {
    drop((all(), ready("e")));
}
