//! `attempt_span` is known when the program is compiled.
use backoff_runtime::on_exception;

#[on_exception(expo, attempt_span = "attempt")]
fn named() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, attempt_span = traced)]
async fn chosen(traced: bool) -> Result<(), String> {
    let _ = traced;
    Ok(())
}

#[on_exception(expo, attempt_spans = true)]
fn misspelt() -> Result<(), String> {
    Ok(())
}

fn main() {}
