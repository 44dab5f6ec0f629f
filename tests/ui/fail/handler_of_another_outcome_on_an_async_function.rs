//! A handler takes the details of what the function returns.
use backoff_runtime::{Details, on_exception};

async fn told_of_a_number(_: &Details<'_, u8>) {}

fn told_of_the_error(_: &String) {}

#[on_exception(expo, on_backoff = told_of_a_number)]
async fn another_type() -> Result<u8, String> {
    Ok(1)
}

#[on_exception(expo, on_giveup = told_of_the_error)]
async fn no_details() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
