//! `throttled` tells a pacer something.
use backoff_runtime::on_exception;

#[on_exception(expo, throttled = |e| e.is_empty())]
fn send() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = send();
}
