//! A rate that lets no call through, or any, is no rate.
use backoff_runtime::Pacer;

static ZERO: Pacer = Pacer::per_second(0.0);
static NEGATIVE: Pacer = Pacer::per_second(-1.0);
static NAN: Pacer = Pacer::per_second(f64::NAN);
static TOO_MUCH: Pacer = Pacer::per_second(1.0).margin(1.5);

fn main() {
    let _ = (ZERO.rate(), NEGATIVE.rate(), NAN.rate(), TOO_MUCH.rate());
}
