//! A sync function can't await its handlers.
use backoff_runtime::on_exception;

#[on_exception(expo, on_try = async |_| {}, on_success = |_| async {})]
fn read() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_backoff = [|_| (), |_| async move {}], on_giveup = |_| { async {} })]
fn lists() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
