//! A predicate takes what the function returns, by reference.
use backoff_runtime::{on_exception, on_predicate};

fn is_zero(n: u8) -> bool {
    n == 0
}

#[on_predicate(expo, |text: &String| text.is_empty())]
fn another_type() -> u8 {
    1
}

#[on_exception(expo, is_zero)]
fn by_value() -> Result<u8, u8> {
    Ok(1)
}

fn main() {}
