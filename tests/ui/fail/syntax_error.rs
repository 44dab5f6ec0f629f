//! What can't be read is refused where it can't.
use backoff_runtime::on_predicate;

#[on_predicate(expo max_tries = 3)]
fn without_a_comma() -> bool {
    true
}

#[on_predicate(expo,, max_tries = 3)]
fn two_commas() -> bool {
    true
}

#[on_predicate(expo, max_tries = 3 4)]
fn two_values() -> bool {
    true
}

#[on_predicate(expo, max_tries = 3, |value| !)]
fn half_a_closure() -> bool {
    true
}

fn main() {}
