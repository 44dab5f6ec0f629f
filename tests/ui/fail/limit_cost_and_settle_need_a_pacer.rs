use backoff_runtime::{RateLimit, on_exception};

#[on_exception(expo, limit = |_| None::<RateLimit>)]
fn limit() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, cost = 5, settle = |_| 3)]
fn cost() -> Result<(), String> {
    Ok(())
}

fn main() {}
