//! A constant that is no time is refused.
use backoff_runtime::on_predicate;

const NEGATIVE: f64 = -1.0;
const INFINITE: f32 = f32::INFINITY;

#[on_predicate(expo, max_time = NEGATIVE)]
fn negative() -> bool {
    true
}

#[on_predicate(expo, max_time = f64::NAN)]
fn nan() -> bool {
    true
}

#[on_predicate(expo, max_time = INFINITE)]
fn infinite() -> bool {
    true
}

fn main() {
    (negative(), nan(), infinite());
}
