//! `max_tries` is a whole number, or what gives one.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = tries)]
fn string(tries: &str) -> bool {
    tries.is_empty()
}

#[on_predicate(expo, max_tries = tries * 0.5)]
fn float(tries: f64) -> bool {
    tries > 1.0
}

#[on_predicate(expo, max_tries = || "three")]
fn closure() -> bool {
    true
}

fn main() {}
