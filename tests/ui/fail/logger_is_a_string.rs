//! The target of the log lines is a string.
use backoff_runtime::on_predicate;

#[on_predicate(expo, logger = 5)]
fn number() -> bool {
    true
}

#[on_predicate(expo, logger = false)]
fn switch() -> bool {
    true
}

fn main() {}
