//! A `const fn` can't wait.
use backoff_runtime::on_predicate;

#[on_predicate(expo)]
const fn ready() -> bool {
    true
}

fn main() {
    ready();
}
