//! A generator of one's own makes `Duration`s.
use backoff_runtime::on_predicate;

#[on_predicate(vec![1, 2, 3])]
fn sequence() -> bool {
    true
}

#[on_predicate([1, 2, 3].into_iter())]
fn numbers() -> bool {
    true
}

#[on_predicate(std::iter::empty::<std::time::Duration>)]
fn not_called() -> bool {
    true
}

fn main() {}
