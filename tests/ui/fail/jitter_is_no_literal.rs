//! A jitter is a function.
use backoff_runtime::on_predicate;

#[on_predicate(expo, jitter = 0.5)]
fn number() -> bool {
    true
}

#[on_predicate(expo, jitter = "full")]
fn string() -> bool {
    true
}

#[on_predicate(expo, jitter = false)]
fn switch() -> bool {
    true
}

fn main() {}
