//! What is no `Result` behind another name is found out by the compiler.
use backoff_runtime::on_exception;

type Found = Option<u8>;

#[on_exception(expo)]
fn alias() -> Found {
    None
}

fn main() {}
