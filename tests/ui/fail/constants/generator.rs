//! A constant that no wait can be made of is refused.
use backoff_runtime::on_predicate;

const BASE: f64 = 0.0;
const FACTOR: i8 = -2;

#[on_predicate(expo, base = BASE, factor = FACTOR)]
fn expo() -> bool {
    true
}

#[on_predicate(decay, initial_value = f64::INFINITY)]
fn decay() -> bool {
    true
}

fn main() {
    (expo(), decay());
}
