//! A field is marked as the source, or not at all.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    Plain(#[transient] std::io::Error),
    Hint {
        #[transient(retry_after)]
        after: u64,
    },
    #[transient(crate = backoff_runtime)]
    Path,
}

fn main() {}
