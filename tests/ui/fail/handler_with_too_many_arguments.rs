//! A handler is given the details, and nothing else.
use backoff_runtime::on_exception;

#[on_exception(expo, on_backoff = |details, error| ())]
fn read() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_giveup = |details, error| ())]
async fn read_soon() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_try = || ())]
fn too_few() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
