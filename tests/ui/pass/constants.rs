//! Constants in range, of all types that a value may have.
#![deny(warnings)]
use backoff_runtime::on_predicate;
use std::{num::NonZero, time::Duration};

const TRIES: usize = 3;
const NON_ZERO: NonZero<u32> = NonZero::<u32>::MIN;
const UNLIMITED: Option<u32> = None;
const LIMIT: Duration = Duration::from_secs(5);
const MAYBE: Option<f64> = Some(0.5);
const WAITS: [f64; 2] = [0.5, 1.0];
static SLICE: &[u64] = &[1, 2];

#[on_predicate(expo, max_tries = TRIES, max_time = LIMIT, base = u8::MAX, factor = f32::EPSILON, max_value = LIMIT)]
#[on_predicate(fibo, max_tries = NON_ZERO, max_time = MAYBE, max_value = Duration::MAX)]
#[on_predicate(constant, max_tries = UNLIMITED, interval = WAITS)]
#[on_predicate(constant, interval = SLICE)]
#[on_predicate(decay, initial_value = u16::MAX, decay_factor = f64::EPSILON, min_value = Duration::ZERO)]
fn ready() -> bool {
    true
}

fn main() {
    assert!(ready());
}
