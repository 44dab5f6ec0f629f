//! All spellings of a condition on a value.
#![deny(warnings)]
use backoff_runtime::on_predicate;

fn is_pending(status: &Option<u8>) -> bool {
    status.is_none()
}

#[on_predicate(expo)]
#[on_predicate(expo, is_pending)]
#[on_predicate(expo, Option::is_none)]
#[on_predicate(expo, matches!(None | Some(0)))]
#[on_predicate(expo, matches!(Some(n) if *n > late))]
#[on_predicate(expo, |status| status.is_none())]
#[on_predicate(expo, |status: &Option<u8>| status.is_none(), max_tries = 3)]
fn status(late: u8) -> Option<u8> {
    Some(late)
}

fn main() {
    assert_eq!(status(1), Some(1));
}
