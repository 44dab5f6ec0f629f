//! Nothing ends a sync attempt from outside, and no time at all is none.
use backoff_runtime::on_exception;

#[on_exception(expo, timeout = 5)]
fn sync() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, timeout = 0)]
async fn zero() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, fallback = async |_| Ok(0))]
fn fallback() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
