//! A misspelt jitter is refused, with the one that was meant.
use backoff_runtime::on_predicate;

#[on_predicate(expo, jitter = ful_jitter)]
fn full() -> bool {
    true
}

#[on_predicate(expo, jitter = decorelated_jitter)]
fn decorrelated() -> bool {
    true
}

fn main() {}
