use backoff_runtime::{Pacer, on_exception};

static API: Pacer = Pacer::per(10, "1s");

#[on_exception(expo, pacer = API, limit = 100)]
fn number() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = API, limit = |outcome| outcome.is_ok())]
fn answer() -> Result<(), String> {
    Ok(())
}

fn main() {}
