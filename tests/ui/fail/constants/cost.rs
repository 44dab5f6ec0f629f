//! A cost is not negative.
use backoff_runtime::{Pacer, on_exception};

static API: Pacer = Pacer::per(10, "1s");

const COST: i32 = -5;

#[on_exception(expo, pacer = API, cost = COST)]
fn call() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = call();
}
