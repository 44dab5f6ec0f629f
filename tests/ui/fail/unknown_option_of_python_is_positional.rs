//! What Python also takes by name stands without one here.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(wait_gen = expo)]
fn generator() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_exception(expo, exception = std::io::Error)]
fn exception() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_predicate(expo, predicate = |done| !done)]
fn predicate() -> bool {
    true
}

fn main() {}
