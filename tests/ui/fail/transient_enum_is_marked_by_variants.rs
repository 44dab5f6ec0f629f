//! An enum is marked variant by variant.
use backoff_runtime::Transient;

#[derive(Transient)]
#[transient]
enum Error {
    Busy,
}

#[derive(Transient)]
#[transient(rate_limit)]
enum Limits {
    Busy,
}

fn main() {}
