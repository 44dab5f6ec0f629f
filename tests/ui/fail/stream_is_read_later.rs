//! A stream fails when the function has returned.
use backoff_runtime::{on_exception, on_predicate};
use std::pin::Pin;

trait Stream {}

struct Pages;
impl Stream for Pages {}

type Boxed = Pin<Box<dyn Stream>>;

macro_rules! try_stream {
    ($body:block) => {
        Pages
    };
}

#[on_exception(expo)]
async fn opaque() -> impl Stream {
    Pages
}

#[on_predicate(expo, |_| false)]
fn boxed() -> Pin<Box<dyn Stream + Send>> {
    Box::pin(Pages)
}

#[on_exception(expo)]
fn behind_an_alias() -> Boxed {
    Box::pin(try_stream!({ Ok(1) }))
}

#[on_exception(expo)]
fn iterator() -> impl Iterator<Item = Result<u8, ()>> {
    std::iter::empty()
}

fn main() {}
