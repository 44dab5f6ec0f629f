//! Waits are made of numbers from 0.
use backoff_runtime::on_predicate;

#[on_predicate(expo, factor = -1, max_value = -2)]
fn expo() -> bool {
    true
}

#[on_predicate(decay, initial_value = -1, decay_factor = -0.5, min_value = -3)]
fn decay() -> bool {
    true
}

#[on_predicate(constant, interval = -1)]
fn constant() -> bool {
    true
}

#[on_predicate(constant, interval = [1, -2, "3"])]
fn sequence() -> bool {
    true
}

fn main() {}
