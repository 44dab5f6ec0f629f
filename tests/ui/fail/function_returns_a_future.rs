//! Of a function that returns a future only the making would be retried.
use backoff_runtime::{on_exception, on_predicate};
use std::future::Future;
use std::pin::Pin;

#[on_predicate(expo)]
fn opaque() -> impl Future<Output = bool> {
    std::future::ready(true)
}

#[on_predicate(expo)]
fn boxed() -> Pin<Box<dyn Future<Output = bool> + Send>> {
    Box::pin(std::future::ready(true))
}

trait Call {
    type Future;
    fn call(&mut self) -> Self::Future;
}

impl Call for () {
    type Future = std::future::Ready<Result<(), ()>>;

    #[on_exception(expo)]
    fn call(&mut self) -> Self::Future {
        std::future::ready(Ok(()))
    }
}

fn main() {}
