//! A mistake in the body is told as without the attribute.
use backoff_runtime::{on_exception, on_predicate};

#[derive(Debug)]
struct Failed;

#[on_predicate(expo)]
async fn wrong_type() -> bool {
    1
}

#[on_exception(expo)]
fn unknown_name() -> Result<u8, Failed> {
    Ok(missing)
}

#[on_exception(expo)]
async fn question_mark() -> Result<u8, Failed> {
    Ok("5".parse::<u8>()?)
}

fn main() {}
