//! An option that is like no other is refused, with the options that there are.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(expo, colour = "red")]
fn error() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(expo, colour = "red")]
fn value() -> bool {
    true
}

fn main() {}
