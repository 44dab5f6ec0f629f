//! An option and its value are joined by `=`.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries: 3)]
fn colon() -> bool {
    true
}

#[on_predicate(expo, max_tries(3))]
fn call() -> bool {
    true
}

#[on_predicate(expo, max_tries == 3)]
fn comparison() -> bool {
    true
}

fn main() {}
