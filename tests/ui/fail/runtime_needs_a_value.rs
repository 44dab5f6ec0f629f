//! `runtime` has to be told how to find the wait.
use backoff_runtime::on_predicate;

#[on_predicate(runtime, max_tries = 3)]
fn missing() -> bool {
    true
}

fn main() {}
