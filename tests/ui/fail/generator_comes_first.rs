//! The wait generator stands before all options.
use backoff_runtime::on_exception;

#[on_exception(max_tries = 3, expo)]
fn late() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(max_tries = 3, std::io::Error, expo)]
fn behind_the_condition() -> Result<u8, std::io::Error> {
    Ok(1)
}

fn main() {}
