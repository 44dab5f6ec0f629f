//! The wait generator has to be there.
use backoff_runtime::{on_exception, on_predicate};

#[on_exception(max_tries = 3)]
fn only_options() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate()]
fn empty() -> bool {
    true
}

#[on_predicate]
fn bare() -> bool {
    true
}

fn main() {}
