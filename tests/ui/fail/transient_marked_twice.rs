//! A mark is written once.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient]
    #[transient(rate_limit)]
    Busy,
    #[transient(rate_limit, rate_limit)]
    Limit,
}

fn main() {}
