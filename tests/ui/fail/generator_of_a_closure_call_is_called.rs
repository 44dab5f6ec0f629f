//! A generator is what a function such as `expo` makes.
use backoff_runtime::{expo, on_exception, on_predicate};

fn main() {
    let _ = on_exception(expo).max_tries(3).run_blocking(|| Err::<(), _>("busy"));
    let _ = on_predicate(expo).run_blocking(|| false);
}
