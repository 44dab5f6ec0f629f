//! `matches!` is tried on the outcome, which is not written.
use backoff_runtime::{on_exception, on_predicate};

#[on_predicate(expo, matches!(value, None))]
fn value() -> Option<u8> {
    None
}

#[on_exception(expo, matches!(error, Some(_)))]
fn error() -> Result<u8, Option<u8>> {
    Ok(1)
}

#[on_predicate(expo, matches!())]
fn nothing() -> Option<u8> {
    None
}

fn main() {}
