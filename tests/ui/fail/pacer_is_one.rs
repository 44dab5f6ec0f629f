//! A call has one pacer, which may keep several limits.
use backoff_runtime::{Pacer, on_exception};

static PER_SECOND: Pacer = Pacer::per(10, "1s");
static PER_DAY: Pacer = Pacer::per(5000, "1d");

#[on_exception(expo, pacer = [PER_SECOND, PER_DAY])]
fn array() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = (&PER_SECOND, &PER_DAY), cost = 5)]
fn tuple() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = &[&PER_SECOND, &PER_DAY])]
fn lent() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (array(), tuple(), lent(), &PER_SECOND, &PER_DAY);
}
