//! Where a function is wanted a literal is refused.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(expo, fallback = 0)]
fn fallback() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(runtime, value = 5)]
fn value() -> bool {
    true
}

#[on_predicate(expo, log_outcome = "hidden")]
fn log_outcome() -> bool {
    true
}

fn main() {}
