//! `raise_on_giveup` is no expression.
use backoff_runtime::on_exception;

#[on_exception(expo, raise_on_giveup = flag)]
fn argument(flag: bool) -> Result<bool, String> {
    Ok(flag)
}

#[on_exception(expo, raise_on_giveup = 0)]
fn number() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
