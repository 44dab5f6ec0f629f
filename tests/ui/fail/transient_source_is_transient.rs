//! A source says what it is by the same trait.
use backoff_runtime::Transient;

struct Other;

#[derive(Transient)]
enum Error {
    #[transient(source)]
    Other(Other),
}

fn main() {}
