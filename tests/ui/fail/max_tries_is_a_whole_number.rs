//! `max_tries` counts.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = 2.5)]
fn fraction() -> bool {
    true
}

#[on_predicate(expo, max_tries = "three")]
fn string() -> bool {
    true
}

#[on_predicate(expo, max_tries = true)]
fn switch() -> bool {
    true
}

#[on_predicate(expo, max_tries = 5_000_000_000)]
fn too_large() -> bool {
    true
}

fn main() {}
