//! What is connected to is retried, what is read from it is not; and a `Result` in a `Result` is one.
use backoff_runtime::{on_exception, on_predicate};
use std::io;
use std::net::TcpStream;
use std::pin::Pin;

trait Stream {}
impl Stream for u8 {}

#[on_exception(expo)]
async fn connect() -> io::Result<impl Stream> {
    Ok(1_u8)
}

#[on_exception(expo)]
async fn boxed() -> Result<Pin<Box<dyn Stream + Send>>, ()> {
    Ok(Box::pin(1_u8))
}

#[on_predicate(expo, max_tries = 1)]
fn open() -> Option<TcpStream> {
    None
}

#[on_predicate(expo, |items| items.size_hint().0 == 0)]
fn items() -> impl Iterator<Item = u8> {
    std::iter::once(1)
}

#[on_exception(expo)]
async fn nested() -> Result<Result<u8, ()>, io::Error> {
    Ok(Err(()))
}

/// Copies what it returns out of what it is lent.
#[on_exception(expo)]
async fn head<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], ()> {
    let (head, tail) = rest.split_at_checked(2).ok_or(())?;
    *rest = tail;
    Ok(head)
}

#[on_exception(expo)]
async fn other<'a>(_count: &'a mut u8, text: &'a str) -> Result<&'a str, ()> {
    Ok(text)
}

fn main() {
    let _ = (open(), items());
    drop((connect(), boxed(), nested(), head(&mut &[1][..]), other(&mut 1, "")));
}
