//! Behind the options nothing stands without a name.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(expo, max_tries = 3, std::io::Error)]
fn error() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_predicate(expo, max_tries = 3, |done| !done)]
fn value() -> bool {
    true
}

fn main() {}
