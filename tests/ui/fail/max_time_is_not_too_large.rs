//! A time that no `Duration` can hold is refused.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_time = 1e300)]
fn float() -> bool {
    true
}

#[on_predicate(expo, max_time = 99_999_999_999_999_999_999)]
fn whole() -> bool {
    true
}

#[on_predicate(expo, max_time = "999999999999999d")]
fn string() -> bool {
    true
}

fn main() {}
