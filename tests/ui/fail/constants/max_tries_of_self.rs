//! A constant of the type that the method belongs to is checked where it is used.
use backoff_runtime::on_predicate;

struct Probe;

impl Probe {
    const TRIES: u32 = 0;

    #[on_predicate(expo, max_tries = Self::TRIES)]
    fn ready(&self) -> bool {
        true
    }
}

fn main() {
    Probe.ready();
}
