//! Predicates, jitters, waits, what is made of a timeout and what is logged are not awaited, on async functions neither.
use backoff_runtime::{on_exception, on_predicate};

#[on_predicate(expo, async |ready| *ready)]
async fn predicate() -> bool {
    true
}

#[on_predicate(runtime, value = |_| async { 1 }, jitter = async |wait| wait)]
async fn runtime() -> bool {
    true
}

#[on_exception(expo, attempt_timeout = 5, on_timeout = async |t| t.to_string())]
async fn on_timeout() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(expo, log_outcome = async |ready| *ready)]
async fn log_outcome() -> bool {
    true
}

fn main() {}
