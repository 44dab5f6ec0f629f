use backoff_runtime::{Pacer, on_exception};

static API: Pacer = Pacer::per(10, "1s");

#[on_exception(expo, pacer = API, cost = weight)]
fn by_weight(weight: f64) -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = API, settle = |outcome| outcome.is_ok())]
fn settled() -> Result<(), String> {
    Ok(())
}

fn main() {}
