//! A type is no generator, as it makes no waits by itself.
use backoff_runtime::on_exception;

#[on_exception(std::io::Error, max_tries = 3)]
fn the_error_first() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_exception(std::io::Error, expo)]
fn in_the_wrong_order() -> Result<u8, std::io::Error> {
    Ok(1)
}

fn main() {}
