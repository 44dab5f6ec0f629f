//! A pacer or budget that is made for each call would not be shared.
#[allow(unused_imports)]
use backoff_runtime::{Pacer, RetryBudget, on_exception};

#[on_exception(expo, pacer = Pacer::per_second(1.0))]
fn made() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = 1.0, budget = RetryBudget::new())]
fn literal() -> Result<(), String> {
    Ok(())
}

static TIMEOUT: u32 = 5;

#[on_exception(expo, pacer = TIMEOUT, throttled = |_| true)]
fn no_pacer() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = &Pacer::per_second(1.0).margin(0.5))]
fn changed() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, budget = std::sync::Arc::new(RetryBudget::new().ratio(0.1)), pacer = Some({ Pacer::adaptive() }))]
fn wrapped() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (made(), literal(), no_pacer(), changed(), wrapped());
}
