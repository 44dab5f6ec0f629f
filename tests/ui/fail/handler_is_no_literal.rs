//! A handler is a function.
use backoff_runtime::on_exception;

#[on_exception(expo, on_backoff = "retrying", on_giveup = [5, None], giveup = true)]
fn literals() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
