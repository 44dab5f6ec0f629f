//! A type-erased source says nothing.
use backoff_runtime::Transient;

#[derive(Transient)]
struct Error {
    #[transient(source)]
    cause: Box<dyn std::error::Error>,
}

fn main() {}
