//! A jitter of one's own may have any name that is not nearly one of ours.
#![deny(warnings)]
use backoff_runtime::{full_jitter, on_predicate};
use std::time::Duration;

fn my_jitter(wait: Duration) -> Duration {
    wait / 2
}

#[on_predicate(expo, jitter = my_jitter)]
#[on_predicate(expo, jitter = |wait| full_jitter(wait) / 2)]
#[on_predicate(expo, jitter = backoff_runtime::equal_jitter)]
fn ready() -> bool {
    true
}

fn main() {
    assert!(ready());
}
