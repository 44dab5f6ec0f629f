//! There is no time below zero.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_time = -1)]
fn whole() -> bool {
    true
}

#[on_predicate(expo, max_time = -0.5)]
fn fraction() -> bool {
    true
}

#[on_predicate(expo, max_time = "-5s")]
fn string() -> bool {
    true
}

fn main() {}
