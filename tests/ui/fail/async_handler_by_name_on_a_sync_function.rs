//! A sync function can't await its handlers, whose type says that they are async.
use backoff_runtime::{Details, on_exception};

async fn ring(_: &Details<'_, String>) {}

#[on_exception(expo, on_backoff = ring)]
fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
