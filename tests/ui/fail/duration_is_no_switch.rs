//! A duration is a number or a string.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_time = true)]
fn max_time() -> bool {
    true
}

#[on_predicate(expo, max_value = 'm')]
fn max_value() -> bool {
    true
}

fn main() {}
