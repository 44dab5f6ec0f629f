//! The first attempt is always made, and counted.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = 0)]
fn zero() -> bool {
    true
}

#[on_predicate(expo, max_tries = -1)]
fn negative() -> bool {
    true
}

fn main() {}
