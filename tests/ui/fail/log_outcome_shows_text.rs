//! What is logged instead of an outcome has a text.
use backoff_runtime::on_exception;

struct Silent(u8);

#[on_exception(expo, log_outcome = |silent| &silent.0)]
fn shown() -> Result<u8, Silent> {
    Ok(1)
}

#[on_exception(expo, log_outcome = |silent| silent)]
fn silent() -> Result<u8, Silent> {
    Ok(1)
}

#[on_exception(expo, log_outcome = log)]
fn logged() -> Result<u8, Silent> {
    Ok(1)
}

fn log(_: &Silent) {}

fn main() {}
