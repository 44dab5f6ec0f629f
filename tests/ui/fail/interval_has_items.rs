//! A sequence of waits without items would never retry.
use backoff_runtime::on_predicate;

#[on_predicate(constant, interval = [])]
fn empty() -> bool {
    true
}

fn main() {}
