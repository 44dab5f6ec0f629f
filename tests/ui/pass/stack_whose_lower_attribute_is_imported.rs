//! The import of an attribute that stands only below another is used.
#![deny(warnings)]
use backoff_runtime::{on_exception, on_predicate};

#[on_predicate(expo, matches!(Ok(0)))]
#[on_exception(expo)]
fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {
    assert_eq!(read(), Ok(1));
}
