//! A pacer, budget or stop that is a constant would be another one for each call.
use backoff_runtime::{Pacer, RetryBudget, Stop, on_exception};

const ACCOUNT: Pacer = Pacer::per_second(1.0);

#[on_exception(expo, pacer = ACCOUNT)]
fn paced() -> Result<(), String> {
    Ok(())
}

const BUDGET: RetryBudget = RetryBudget::new();

#[on_exception(expo, budget = BUDGET)]
fn funded() -> Result<(), String> {
    Ok(())
}

const STOP: Stop = Stop::new();

#[on_exception(expo, stop = STOP)]
fn stopped() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (paced(), funded(), stopped());
}
