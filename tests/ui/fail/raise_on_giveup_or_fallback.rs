//! Only one option says what a call that gives up returns.
use backoff_runtime::on_exception;

#[on_exception(expo, raise_on_giveup = false, fallback = |_| Ok(1))]
fn both() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
