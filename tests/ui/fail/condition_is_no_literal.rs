//! A number or a string is no condition.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(expo, "io::Error")]
fn error() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_predicate(expo, 5)]
fn value() -> u8 {
    1
}

fn main() {}
