//! The caller is lost in the closure that an attempt is.
use backoff_runtime::on_predicate;

#[on_predicate(expo)]
#[track_caller]
fn located() -> bool {
    true
}

fn main() {}
