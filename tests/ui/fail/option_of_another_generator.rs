//! An option belongs to its generator: with another one it is refused.
use backoff_runtime::on_predicate;

#[on_predicate(fibo, base = 3)]
fn fibo() -> bool {
    true
}

#[on_predicate(constant, max_value = 3)]
fn constant() -> bool {
    true
}

#[on_predicate(runtime, value = |_| 1, interval = 2)]
fn runtime() -> bool {
    true
}

#[on_predicate(std::iter::empty(), factor = 2)]
fn own() -> bool {
    true
}

fn main() {}
