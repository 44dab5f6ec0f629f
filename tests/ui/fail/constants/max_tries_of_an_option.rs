//! A constant limit that may be absent is refused, too, if it is there and below 1.
use backoff_runtime::on_predicate;

const TRIES: Option<u32> = Some(0);

#[on_predicate(expo, max_tries = TRIES)]
fn ready() -> bool {
    true
}

fn main() {
    ready();
}
