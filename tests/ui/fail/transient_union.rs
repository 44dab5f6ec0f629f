//! A union does not say what it holds.
use backoff_runtime::Transient;

#[derive(Transient)]
union Error {
    number: u8,
}

fn main() {}
