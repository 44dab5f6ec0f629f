//! Numbers of all types are values, as are suffixed literals.
#![deny(warnings)]
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = a, max_time = b, base = c, factor = d, max_value = e)]
fn small(a: u8, b: i8, c: u16, d: i16, e: f32) -> bool {
    a > 0 && b > 0 && c > 0 && d > 0 && e > 0.0
}

#[on_predicate(decay, max_tries = a, max_time = b, initial_value = c, decay_factor = d, min_value = e)]
fn large(a: usize, b: u64, c: i64, d: f64, e: isize) -> bool {
    a > 0 && b > 0 && c > 0 && d > 0.0 && e > 0
}

#[on_predicate(expo, max_tries = 3u8, max_time = 5_000f64, base = 1.5f32, max_value = 0x10, factor = 0)]
#[on_predicate(constant, max_tries = (3), interval = (0.5), max_time = "1h 30m")]
fn literals() -> bool {
    true
}

fn main() {
    assert!(small(1, 1, 1, 1, 1.0) && large(1, 1, 1, 1.0, 1) && literals());
}
