//! A duration in quotes is numbers with units.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_time = "5 parsecs")]
fn unknown_unit() -> bool {
    true
}

#[on_predicate(expo, max_time = "5")]
fn no_unit() -> bool {
    true
}

#[on_predicate(expo, max_time = "five")]
fn no_number() -> bool {
    true
}

#[on_predicate(expo, max_time = "")]
fn empty() -> bool {
    true
}

fn main() {}
