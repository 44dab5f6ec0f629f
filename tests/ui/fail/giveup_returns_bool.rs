//! `giveup` answers yes or no.
use backoff_runtime::on_exception;

fn log(_: &String) {}

#[on_exception(expo, giveup = |_| ())]
fn closure() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, giveup = log)]
fn function() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, giveup = log)]
async fn function_of_an_async_one() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
