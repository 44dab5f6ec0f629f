//! `max_time` is seconds, a `Duration`, or what gives one.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_time = limit)]
fn string(limit: &str) -> bool {
    limit.is_empty()
}

#[on_predicate(expo, max_time = || limit.clone())]
fn closure(limit: String) -> bool {
    limit.is_empty()
}

#[on_predicate(expo, max_time = std::time::Instant::now())]
async fn instant() -> bool {
    true
}

fn main() {}
