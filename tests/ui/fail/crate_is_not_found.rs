//! A `crate` that isn't there is shown where it is written.
use backoff_runtime::on_predicate;

#[on_predicate(expo, crate = nowhere)]
fn unresolved() -> bool {
    true
}

fn main() {}
