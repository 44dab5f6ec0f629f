//! What is said of retries is no documentation of the function.
#![deny(missing_docs)]
use backoff_runtime::on_exception;

#[on_exception(expo, max_tries = 3)]
pub fn undocumented() -> Result<(), ()> {
    Ok(())
}

/// Gets.
#[on_exception(expo, max_tries = 3)]
pub fn documented() -> Result<(), ()> {
    Ok(())
}

fn main() {}
