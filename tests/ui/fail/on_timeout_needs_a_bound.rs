//! Nothing ends this call but its own outcome.
use backoff_runtime::on_exception;

#[on_exception(expo, on_timeout = |t| t.to_string())]
async fn unbounded() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
