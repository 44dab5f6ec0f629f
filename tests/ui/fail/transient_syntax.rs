//! A mark has words in parentheses.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient()]
    Empty,
    #[transient = "rate_limit"]
    Value,
    #[transient("rate_limit")]
    Text,
    #[transient(retry_after: 0)]
    Colon(u8),
}

#[derive(Transient)]
#[transient(crate = "backoff_runtime")]
struct Quoted;

fn main() {}
