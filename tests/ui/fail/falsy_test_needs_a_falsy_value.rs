//! Without a predicate there must be a value that counts as false.
use backoff_runtime::on_predicate;

struct Status;

#[on_predicate(expo)]
fn own_type() -> Status {
    Status
}

#[on_predicate(expo, max_tries = 3)]
async fn result() -> Result<u8, String> {
    Ok(1)
}

#[on_predicate(expo)]
fn opaque() -> impl Fn() {
    || ()
}

fn main() {}
