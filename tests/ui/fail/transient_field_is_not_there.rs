//! A hint is in a field that is there.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(retry_after = retry_aftr)]
    Named { text: String, retry_after: u64 },
    #[transient(retry_after = colour)]
    Other { text: String, retry_after: u64 },
    #[transient(retry_after = 2)]
    Tuple(String, u64),
    #[transient(retry_after = 0)]
    Unit,
}

fn main() {}
