//! An argument that the first attempt gives away is missing in the next: rustc says where, and what to do.
use backoff_runtime::on_exception;

#[on_exception(expo)]
async fn send(body: String) -> Result<usize, String> {
    consume(body)
}

#[on_exception(expo)]
fn send_blocking(body: String) -> Result<usize, String> {
    consume(body)
}

fn consume(body: String) -> Result<usize, String> {
    Err(body)
}

fn main() {}
