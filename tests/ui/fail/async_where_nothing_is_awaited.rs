//! Predicates, jitters, waits, fallbacks and what is logged are not awaited, on async functions neither.
use backoff_runtime::{on_exception, on_predicate};

#[on_predicate(expo, async |ready| *ready)]
async fn predicate() -> bool {
    true
}

#[on_predicate(runtime, value = |_| async { 1 }, jitter = async |wait| wait)]
async fn runtime() -> bool {
    true
}

#[on_exception(expo, fallback = async |_| Ok(0))]
async fn fallback() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(expo, log_outcome = async |ready| *ready)]
async fn log_outcome() -> bool {
    true
}

fn main() {}
