//! A jitter is a function from the wait to the actual wait.
use backoff_runtime::on_predicate;
use std::time::Duration;

fn halved(seconds: f64) -> f64 {
    seconds / 2.0
}

#[on_predicate(expo, jitter = halved)]
fn function() -> bool {
    true
}

#[on_predicate(expo, jitter = |wait: Duration| wait.as_secs_f64())]
fn closure() -> bool {
    true
}

#[on_predicate(expo, jitter = Duration::ZERO)]
fn value() -> bool {
    true
}

fn main() {}
