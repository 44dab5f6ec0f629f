//! A constant is checked in an async function, too.
use backoff_runtime::on_predicate;

const LIMIT: i32 = -5;

#[on_predicate(expo, max_time = LIMIT)]
async fn ready() -> bool {
    true
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    ready().await;
}
