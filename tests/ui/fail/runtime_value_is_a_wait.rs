//! What `value` returns is a wait.
use backoff_runtime::on_predicate;

#[on_predicate(runtime, value = |_| "5s")]
fn string() -> bool {
    true
}

fn main() {}
