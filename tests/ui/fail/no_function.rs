//! Only a function can be retried.
use backoff_runtime::{on_exception, on_predicate};

#[on_predicate(expo)]
struct Probe;

#[on_exception(expo)]
impl Probe {}

#[on_predicate(expo)]
mod probes {}

#[on_predicate(expo)]
static READY: bool = true;

fn main() {
    let _ = (Probe, READY);
}
