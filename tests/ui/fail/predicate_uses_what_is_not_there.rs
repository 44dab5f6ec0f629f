//! A predicate is given a reference to the outcome, and sees its methods only.
use backoff_runtime::on_exception;

#[on_exception(expo, |error| error.is_timeout())]
fn method() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, is_transient)]
fn function() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
