//! What uses a type whose marks are wrong is not told that it says nothing.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(rate_limt)]
    Busy,
}

fn main() {
    let _ = Error::Busy.is_transient();
}
