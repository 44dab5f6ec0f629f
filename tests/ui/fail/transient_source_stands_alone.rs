//! A source says all of it itself.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(source, rate_limit)]
    Limit(std::io::Error),
    #[transient(source, retry_after = 0)]
    Hint(std::io::Error),
    #[transient]
    Marked(#[transient(source)] std::io::Error),
}

fn main() {}
