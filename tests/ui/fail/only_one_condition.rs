//! There is one condition; several error types stand in parentheses.
use backoff_runtime::on_exception;

#[on_exception(expo, std::io::Error, std::fmt::Error)]
fn two_types() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[on_exception(expo, std::io::Error, |_| true, max_tries = 3)]
fn a_type_and_a_predicate() -> Result<u8, std::io::Error> {
    Ok(1)
}

fn main() {}
