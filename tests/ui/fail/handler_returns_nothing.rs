//! What a handler returns would be lost.
use backoff_runtime::{Details, on_exception};

fn count(details: &Details<'_, String>) -> u32 {
    details.tries
}

#[on_exception(expo, on_backoff = |details| details.tries)]
fn closure() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_backoff = count)]
fn function() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_backoff = count)]
async fn function_of_an_async_one() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
