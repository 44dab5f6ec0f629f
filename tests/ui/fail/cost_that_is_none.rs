use backoff_runtime::{Pacer, on_exception};

static API: Pacer = Pacer::per(10, "1s");

#[on_exception(expo, pacer = API, cost = 0)]
fn zero() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = API, cost = -5)]
fn negative() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = API, cost = 1.5)]
fn broken() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = API, cost = "5")]
fn text() -> Result<(), String> {
    Ok(())
}

fn main() {}
