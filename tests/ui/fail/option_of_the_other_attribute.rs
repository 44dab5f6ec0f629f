//! What asks about errors belongs to `on_exception`.
use backoff_runtime::on_predicate;

#[on_predicate(expo, giveup = |_| true)]
fn giveup() -> bool {
    true
}

#[on_predicate(expo, raise_on_giveup = false)]
fn raise_on_giveup() -> bool {
    true
}

#[on_predicate(expo, fallback = |_| true)]
fn fallback() -> bool {
    true
}

fn main() {}
