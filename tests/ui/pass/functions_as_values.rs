//! A value may be a function or a closure without arguments.
#![deny(warnings)]
use backoff_runtime::on_predicate;
use std::time::Duration;

fn tries() -> u32 {
    3
}

#[on_predicate(expo, max_tries = tries, max_time = || Duration::from_secs(1), base = || 2, max_value = || 0.5)]
#[on_predicate(constant, interval = || 1, max_tries = || Some(3), max_time = Duration::default)]
fn ready() -> bool {
    true
}

fn main() {
    assert!(ready());
}
