//! An option is written once.
use backoff_runtime::on_exception;

#[on_exception(expo, max_tries = 3, jitter = none, max_tries = 4)]
fn twice() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, base = 3, base = 3)]
fn of_the_generator() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
