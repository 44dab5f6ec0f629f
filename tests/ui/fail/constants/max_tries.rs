//! A constant below 1 is refused as a literal is.
use backoff_runtime::on_predicate;

const TRIES: u32 = 0;
const NEGATIVE: i64 = -3;

#[on_predicate(expo, max_tries = TRIES)]
fn zero() -> bool {
    true
}

#[on_predicate(expo, max_tries = NEGATIVE)]
fn negative() -> bool {
    true
}

fn main() {
    (zero(), negative());
}
