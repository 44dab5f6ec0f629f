//! A hint is a wait.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(retry_after = after)]
    Text { after: String },
}

fn main() {}
