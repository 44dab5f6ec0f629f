//! An attempt of a sync function cannot be ended from outside, and one of no time cannot begin.
use backoff_runtime::on_predicate;

#[on_predicate(expo, attempt_timeout = 5)]
fn blocking() -> bool {
    true
}

#[on_predicate(expo, attempt_timeout = "0s")]
async fn of_no_time() -> bool {
    true
}

fn main() {
    let _ = (blocking(), of_no_time());
}
