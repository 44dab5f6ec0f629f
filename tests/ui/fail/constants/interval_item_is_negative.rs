//! Each item of a constant sequence of waits is checked.
use backoff_runtime::on_predicate;

const WAITS: [f64; 2] = [1.0, -1.0];

#[on_predicate(constant, interval = WAITS)]
fn array() -> bool {
    true
}

fn main() {
    array();
}
