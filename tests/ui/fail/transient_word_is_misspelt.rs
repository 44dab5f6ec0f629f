//! A misspelt word is told with the nearest one.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(rate_limt)]
    Busy,
    #[transient(retryafter = after)]
    Later { after: u64 },
    #[transient(sauce)]
    Io(std::io::Error),
    #[transient(colour)]
    Red,
}

fn main() {}
