//! A const parameter is checked for each value that is used.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = TRIES)]
fn ready<const TRIES: u8>() -> bool {
    true
}

fn main() {
    ready::<3>();
    ready::<0>();
}
