//! `on_exception` looks at errors, so there must be a `Result`.
use backoff_runtime::on_exception;

#[on_exception(expo)]
fn value() -> bool {
    true
}

#[on_exception(expo)]
async fn nothing() {}

#[on_exception(expo, max_tries = 3, giveup = |_| true, on_backoff = |_| ())]
fn option() -> Option<u8> {
    None
}

fn main() {}
