//! An error of the caller's choice may be anything, so no type can be named.
use backoff_runtime::on_exception;

#[on_exception(expo, std::io::Error)]
fn read<E>(read: impl Fn() -> Result<u8, E>) -> Result<u8, E> {
    read()
}

fn main() {}
