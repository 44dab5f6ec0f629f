//! A pattern of another type is rustc's error, at the pattern.
use backoff_runtime::on_predicate;

#[on_predicate(expo, matches!(Some(0)))]
fn other_type() -> u8 {
    1
}

#[on_predicate(expo, matches!(None if late))]
fn guard() -> Option<u8> {
    None
}

fn main() {}
