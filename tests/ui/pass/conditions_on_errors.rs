//! All spellings of a condition on an error.
#![deny(warnings)]
use backoff_runtime::on_exception;
use std::{fmt, io, num::ParseIntError};

fn is_transient(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

#[on_exception(expo)]
#[on_exception(expo, io::Error)]
#[on_exception(expo, (fmt::Error, io::Error))]
#[on_exception(expo, matches!(e if is_transient(e)))]
#[on_exception(expo, |error| is_transient(error))]
#[on_exception(expo, is_transient)]
fn error() -> io::Result<u8> {
    Ok(1)
}

#[on_exception(expo, (ParseIntError, io::Error))]
fn erased() -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok("1".parse()?)
}

fn main() {
    assert!(error().is_ok() && erased().is_ok());
}
