//! Changes to an owned `self` would carry over into the next attempt.
use backoff_runtime::on_predicate;

struct Counter(u8);

impl Counter {
    #[on_predicate(expo)]
    fn count(mut self) -> bool {
        self.0 += 1;
        self.0 > 3
    }

    #[on_predicate(expo)]
    async fn boxed(mut self: Box<Self>) -> bool {
        self.0 += 1;
        self.0 > 3
    }
}

fn main() {}
