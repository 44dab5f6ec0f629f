//! No limit, as `none` and as Python's `None`.
#![deny(warnings)]
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = None, max_time = None, max_value = None)]
#[on_predicate(expo, max_tries = none, max_time = none, max_value = none)]
fn ready() -> bool {
    true
}

fn main() {
    assert!(ready());
}
