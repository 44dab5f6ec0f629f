//! What has to behave as in the plain function, in every edition.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};
use std::future::Future;
use std::pin::Pin;

#[on_exception(expo, max_tries = 5)]
async fn later(flaky: &Flaky, mut n: u32) -> Result<Box<dyn Fn(u32) -> u32 + '_>, Failed> {
    n += flaky.call_later().await?;
    Ok(Box::new(move |m| n + m))
}

#[on_exception(constant, |failed| failed.0 > 0, interval = 0, jitter = none, max_tries = 5)]
#[on_predicate(constant, matches!(Err(Failed(9))), interval = 0, jitter = none, max_tries = 5)]
fn now(flaky: &Flaky) -> Result<u32, Failed> {
    let call = flaky.call()?;
    Ok(call)
}

#[on_exception(expo, max_tries = 5)]
fn boxed<'a>(flaky: &'a Flaky) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send + 'a>> {
    Box::pin(async move { flaky.call_later().await })
}

#[on_exception(expo, max_tries = 5, attempt_span = true)]
async fn spanned(flaky: &Flaky, mut n: u32) -> Result<Box<dyn Fn(u32) -> u32 + '_>, Failed> {
    n += flaky.call_later().await?;
    Ok(Box::new(move |m| n + m))
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5, attempt_span = true)]
fn spanned_now(flaky: &Flaky, mut n: u32) -> Result<Box<dyn Fn(u32) -> u32 + '_>, Failed> {
    n += flaky.call()?;
    Ok(Box::new(move |m| n + m))
}

#[on_exception(expo, max_tries = 5, attempt_span = true, timeout = 900)]
fn spanned_boxed<'a>(flaky: &'a Flaky) -> Pin<Box<dyn Future<Output = std::io::Result<u32>> + Send + 'a>> {
    Box::pin(async move { flaky.call_later().await.map_err(|_| std::io::ErrorKind::Other.into()) })
}

#[tokio::test(start_paused = true)]
async fn functions_are_retried_in_spans() {
    assert_eq!(spanned(&Flaky::new(), 10).await.map(|add| add(1)), Ok(14));
    assert_eq!(spanned_now(&Flaky::new(), 10).map(|add| add(1)), Ok(14));
    assert_eq!(spanned_boxed(&Flaky::new()).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn functions_are_retried() {
    assert_eq!(later(&Flaky::new(), 10).await.map(|add| add(1)), Ok(14));
    assert_eq!(now(&Flaky::new()), Ok(3));
    assert_eq!(boxed(&Flaky::new()).await, Ok(3));
}

/// Fields that are borrowed apart from each other.
#[derive(Default)]
struct Client {
    flaky: Flaky,
    calls: Vec<u32>,
    backoffs: u32,
}

impl Client {
    #[on_exception(constant, interval = 0, max_tries = 5, on_backoff = |_| self.backoffs += 1)]
    fn now(&mut self) -> Result<u32, Failed> {
        let Self { flaky, calls, .. } = self;
        calls.push(flaky.calls());
        self.flaky.call()
    }

    #[on_exception(expo, max_tries = 5, on_backoff = |_| self.backoffs += 1)]
    async fn later(&mut self) -> Result<u32, Failed> {
        let calls = &mut self.calls;
        calls.push(self.flaky.calls());
        self.flaky.call_later().await
    }
}

#[tokio::test(start_paused = true)]
async fn methods_are_retried_beside_their_handlers() {
    let mut client = Client::default();
    assert_eq!((client.now(), &client.calls[..], client.backoffs), (Ok(3), &[0, 1, 2][..], 2));
    let mut client = Client::default();
    assert_eq!((client.later().await, &client.calls[..], client.backoffs), (Ok(3), &[0, 1, 2][..], 2));
}

/// # Safety
/// `flaky` points to one.
#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
#[allow(unsafe_op_in_unsafe_fn)]
unsafe fn unsafe_now(flaky: *const Flaky) -> Result<u32, Failed> {
    (*flaky).call()
}

/// # Safety
/// `flaky` points to one.
#[on_exception(expo, max_tries = 5)]
#[allow(unsafe_op_in_unsafe_fn)]
async unsafe fn unsafe_later(flaky: *const Flaky) -> Result<u32, Failed> {
    (*flaky).call_later().await
}

/// # Safety
/// `flaky` points to one.
#[on_exception(expo, max_tries = 5)]
#[deny(unsafe_op_in_unsafe_fn)]
async unsafe fn unsafe_block(flaky: *const Flaky) -> Result<u32, Failed> {
    let flaky = unsafe { &*flaky };
    flaky.call_later().await
}

#[tokio::test(start_paused = true)]
async fn unsafe_functions_are_retried() {
    let flaky = Flaky::new();
    assert_eq!(unsafe { unsafe_now(&flaky) }, Ok(3));
    let flaky = Flaky::new();
    assert_eq!(unsafe { unsafe_later(&flaky) }.await, Ok(3));
    let flaky = Flaky::new();
    assert_eq!(unsafe { unsafe_block(&flaky) }.await, Ok(3));
}

#[test]
fn functions_of_other_languages_are_retried() {
    #[on_predicate(constant, |code| *code != 0, interval = 0, jitter = none, max_tries = 5)]
    unsafe extern "C" fn poll(flaky: *const Flaky) -> i32 {
        if unsafe { &*flaky }.call().is_ok() { 0 } else { -1 }
    }
    let flaky = Flaky::new();
    let pointer: unsafe extern "C" fn(*const Flaky) -> i32 = poll;
    assert_eq!((unsafe { pointer(&flaky) }, flaky.calls()), (0, 3));
}
