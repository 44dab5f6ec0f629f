//! A method that is only declared has nothing to retry.
use backoff_runtime::on_predicate;

trait Probe {
    #[on_predicate(expo)]
    fn ready(&self) -> bool;

    #[on_predicate(expo)]
    async fn ready_soon(&self) -> bool;
}

fn main() {}
