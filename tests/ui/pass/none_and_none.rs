//! No jitter and no log lines, as `none` and as Python's `None`.
#![deny(warnings)]
use backoff_runtime::on_predicate;

#[on_predicate(expo, jitter = none, logger = none)]
#[on_predicate(expo, jitter = None, logger = None)]
fn ready() -> bool {
    true
}

fn main() {
    assert!(ready());
}
