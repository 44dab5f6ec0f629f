//! `on_exception` looks at the `Result` that is returned, not into what is around it.
use backoff_runtime::on_exception;
use std::io;
use std::task::Poll;

#[on_exception(expo)]
fn in_an_option() -> Option<io::Result<u8>> {
    None
}

#[on_exception(expo)]
fn polled() -> Poll<Result<u8, ()>> {
    Poll::Pending
}

#[on_exception(expo)]
fn borrowed(last: &Result<u8, ()>) -> &Result<u8, ()> {
    last
}

#[on_exception(expo)]
async fn boxed() -> Box<Result<u8, ()>> {
    Box::new(Ok(1))
}

fn main() {}
