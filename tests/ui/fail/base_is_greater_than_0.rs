//! The base of `expo` is a positive number.
use backoff_runtime::on_predicate;

#[on_predicate(expo, base = 0)]
fn zero() -> bool {
    true
}

#[on_predicate(expo, base = -2.0)]
fn negative() -> bool {
    true
}

#[on_predicate(expo, base = "2s")]
fn duration() -> bool {
    true
}

#[on_predicate(expo, base = 1e999)]
fn infinite() -> bool {
    true
}

fn main() {}
