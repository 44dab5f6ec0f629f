//! A misspelt wait generator is refused, with the one that was meant.
use backoff_runtime::on_predicate;

#[on_predicate(exp)]
fn expo() -> bool {
    true
}

#[on_predicate(fibbo, max_value = 30)]
fn fibo() -> bool {
    true
}

#[on_predicate(constan, interval = 1)]
fn constant() -> bool {
    true
}

fn main() {}
