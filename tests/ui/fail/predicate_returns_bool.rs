//! A predicate answers yes or no.
use backoff_runtime::{on_exception, on_predicate};

fn length(text: &String) -> usize {
    text.len()
}

#[on_predicate(expo, |n| n + 1)]
fn closure() -> u8 {
    1
}

#[on_exception(expo, length)]
fn function() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
