//! `crate` is where the runtime is re-exported.
use backoff_runtime::on_predicate;

#[on_predicate(expo, crate = "backoff_runtime")]
fn string() -> bool {
    true
}

#[on_predicate(expo, crate = 5)]
fn number() -> bool {
    true
}

fn main() {}
