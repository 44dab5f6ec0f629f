//! A number or a string is no wait generator.
use backoff_runtime::on_predicate;

#[on_predicate(5)]
fn number() -> bool {
    true
}

#[on_predicate("expo")]
fn string() -> bool {
    true
}

fn main() {}
