//! A lint that is forbidden can't be allowed by what the attribute adds.
#![forbid(unreachable_code)]
#![deny(warnings)]

use backoff_runtime::on_exception;

async fn get(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[on_exception(expo, max_tries = 3)]
async fn delegates(n: u32) -> Result<u32, String> {
    get(n).await
}

#[on_exception(expo)]
async fn exits() -> Result<u32, String> {
    std::process::exit(0)
}

fn main() {
    let _ = (delegates(1), exits());
}
