//! The mistakes of stacked attributes are told in one go.

#[backoff_runtime::on_predicate(expo, max_tries = 0)]
#[backoff_runtime::on_exception(fibo, base = 2)]
#[backoff_runtime::on_exception(exo)]
fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {
    let _ = read();
}
