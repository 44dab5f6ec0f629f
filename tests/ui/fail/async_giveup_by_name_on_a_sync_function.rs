//! A sync function can't await `giveup`, whose type says that it is async.
use backoff_runtime::on_exception;

async fn is_fatal(_: &String) -> bool {
    true
}

#[on_exception(expo, giveup = is_fatal)]
fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
