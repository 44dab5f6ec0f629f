//! The log line of a closure shows what failed, and needs to know how.
use backoff_runtime::{expo, on_exception};

struct Opaque;

fn main() {
    let _ = on_exception(expo()).run_blocking(|| Err::<(), _>(Opaque));
    let _ = on_exception(expo()).max_tries(1).log_outcome(None).run_blocking(|| Err::<(), _>(Opaque));
    let _ = on_exception(expo()).max_tries(1).log_outcome(|_: &Opaque| "opaque").run_blocking(|| Err::<(), _>(Opaque));
}
