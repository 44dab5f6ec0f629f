//! A generator's options are seconds or plain numbers.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_value = limit)]
fn duration(limit: &str) -> bool {
    limit.is_empty()
}

#[on_predicate(expo, base = base)]
fn number(base: std::time::Duration) -> bool {
    base.is_zero()
}

#[on_predicate(constant, interval = waits)]
fn interval(waits: &str) -> bool {
    waits.is_empty()
}

fn main() {}
