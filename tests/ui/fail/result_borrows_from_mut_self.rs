//! What an attempt returns can't borrow what the next one changes.
use backoff_runtime::on_predicate;

struct Pool(Vec<u8>);

impl Pool {
    #[on_predicate(expo)]
    fn elided(&mut self) -> Option<&u8> {
        self.0.first()
    }

    #[on_predicate(expo)]
    async fn named<'a>(&'a mut self, _: &u8) -> Option<&'a mut u8> {
        self.0.first_mut()
    }

    #[on_predicate(expo)]
    fn in_a_type(&mut self) -> std::slice::Iter<'_, u8> {
        self.0.iter()
    }
}

fn main() {}
