//! An option that nobody knows is refused, and the nearest one is suggested.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(expo, max_tires = 3)]
fn misspelt() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, give_up = |_| true)]
fn with_an_underscore() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(expo, maxvalue = 30)]
fn of_the_generator() -> bool {
    true
}

fn main() {}
