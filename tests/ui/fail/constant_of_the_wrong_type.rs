//! A constant of a type that the option does not take is refused as a variable is.
use backoff_runtime::on_predicate;
use std::time::Duration;

const TRIES: &str = "3";
const LIMIT: Duration = Duration::MAX;

#[on_predicate(expo, max_tries = TRIES)]
fn string() -> bool {
    true
}

#[on_predicate(expo, base = LIMIT)]
fn duration() -> bool {
    true
}

fn main() {}
