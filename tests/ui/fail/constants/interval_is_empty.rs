//! A constant sequence of waits has items.
use backoff_runtime::on_predicate;

const NONE: [f64; 0] = [];
const EMPTY: &[u32] = &[];

#[on_predicate(constant, interval = NONE)]
fn array() -> bool {
    true
}

#[on_predicate(constant, interval = EMPTY)]
fn slice() -> bool {
    true
}

fn main() {
    (array(), slice());
}
