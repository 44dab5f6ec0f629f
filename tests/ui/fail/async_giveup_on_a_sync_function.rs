//! A sync function can't await `giveup`.
use backoff_runtime::on_exception;

#[on_exception(expo, giveup = async |_| true)]
fn closure() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, giveup = |_| async { true })]
fn block() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
