//! Constants of the type that a method belongs to, of a type parameter, and const parameters.
#![deny(warnings)]
use backoff_runtime::on_predicate;

struct Probe<const N: u32>;

impl<const N: u32> Probe<N> {
    const TRIES: u32 = N + 1;
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(9);

    #[on_predicate(expo, max_tries = Self::TRIES, max_time = Self::LIMIT)]
    #[on_predicate(expo, max_tries = N)]
    fn ready(&self) -> bool {
        true
    }
}

fn main() {
    assert!(Probe::<3>.ready());
}
