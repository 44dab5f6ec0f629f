//! An async `giveup` answers yes or no in the end.
use backoff_runtime::on_exception;

#[on_exception(expo, giveup = async |_| 1)]
async fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
