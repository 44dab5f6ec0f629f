//! What `fallback` returns is returned instead, so it is of the same type.
use backoff_runtime::on_exception;

fn zero(_: u8) -> Result<u8, String> {
    Ok(0)
}

#[on_exception(expo, fallback = |_| 0)]
fn closure() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, fallback = zero)]
async fn function() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
