//! A path leads to a field that is there.
use backoff_runtime::Transient;

struct Refusal {
    after: u64,
}

#[derive(Transient)]
enum Error {
    #[transient(retry_after = refusal.afer)]
    Refused { refusal: Refusal },
}

fn main() {}
