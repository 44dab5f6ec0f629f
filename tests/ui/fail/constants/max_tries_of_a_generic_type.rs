//! A constant that depends on a type is checked for each type that is used.
use backoff_runtime::on_predicate;

trait Policy {
    const TRIES: usize;
}

struct Never;

impl Policy for Never {
    const TRIES: usize = 0;
}

#[on_predicate(expo, max_tries = P::TRIES)]
fn ready<P: Policy>() -> bool {
    true
}

fn main() {
    ready::<Never>();
}
