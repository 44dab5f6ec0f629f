//! An error type that the function's error never is would never be retried.
use backoff_runtime::on_exception;
use std::{fmt, io, num::ParseIntError};

#[on_exception(expo, fmt::Error)]
fn single() -> Result<u8, io::Error> {
    Ok(1)
}

#[on_exception(expo, (fmt::Error, ParseIntError))]
async fn tuple() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
