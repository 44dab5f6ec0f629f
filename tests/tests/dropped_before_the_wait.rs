//! What failed is gone before the wait begins: it may hold what the next attempt needs.
#![allow(
    clippy::ref_option,
    clippy::elidable_lifetime_names,
    reason = "predicates take references; the error borrows for the argument"
)]

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use backoff_runtime::{Pacer, Stop, constant, on_exception, on_predicate, testing::Scope};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

static STOP: Stop = Stop::new();

/// An answer, and the connection that it came by.
#[derive(Debug)]
struct Response {
    status: u16,
    _connection: OwnedSemaphorePermit,
}

/// A client with a pool of one connection, whose server fails twice.
struct Client {
    pool: Arc<Semaphore>,
    calls: Cell<u32>,
    pacer: Pacer,
}

impl Client {
    fn new() -> Self {
        Self { pool: Arc::new(Semaphore::new(1)), calls: Cell::new(0), pacer: Pacer::per_second(100.0) }
    }

    async fn request(&self) -> Response {
        let connection = self.pool.clone().acquire_owned().await.expect("it is not closed");
        self.calls.set(self.calls.get() + 1);
        Response { status: if self.calls.get() < 3 { 503 } else { 200 }, _connection: connection }
    }

    async fn checked(&self) -> Result<Response, Response> {
        let response = self.request().await;
        if response.status == 200 { Ok(response) } else { Err(response) }
    }
}

/// The status that is got within ten minutes.
async fn status<T>(call: impl Future<Output = T>, status: impl FnOnce(T) -> Option<u16>) -> Option<u16> {
    status(tokio::time::timeout(Duration::from_secs(600), call).await.ok()?)
}

macro_rules! each {
    ($client:ident: $($name:ident: $status:expr, [$($options:tt)*] -> $output:ty { $method:ident $wrap:expr })*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            #[$($options)*]
            async fn get($client: &Client) -> $output {
                $wrap($client.$method().await)
            }
            let client = Client::new();
            assert_eq!(status(get(&client), $status).await, Some(200));
        }
    )*};
}

fn of_value(response: Option<Response>) -> Option<u16> {
    response.map(|response| response.status)
}

fn of_result(result: Result<Response, Response>) -> Option<u16> {
    result.ok().map(|response| response.status)
}

fn is_bad(response: &Option<Response>) -> bool {
    response.as_ref().is_none_or(|response| response.status == 503)
}

#[derive(Debug)]
enum Failed {
    Status { _response: Response },
    TimedOut,
}

fn of_failed(result: Result<Response, Failed>) -> Option<u16> {
    result.ok().map(|response| response.status)
}

fn failed(result: Result<Response, Response>) -> Result<Response, Failed> {
    result.map_err(|response| Failed::Status { _response: response })
}

each! {
    client:
    a_value: of_value, [on_predicate(constant, is_bad, max_tries = 3)] -> Option<Response> { request Some }
    a_value_with_a_timeout: of_value, [on_predicate(constant, is_bad, max_tries = 3, attempt_timeout = 5)] -> Option<Response> { request Some }
    a_paced_value: of_value, [on_predicate(constant, is_bad, max_tries = 3, pacer = client.pacer)] -> Option<Response> { request Some }
    a_paced_value_with_max_time: of_value, [on_predicate(constant, is_bad, max_tries = 3, pacer = client.pacer, max_time = 300)] -> Option<Response> { request Some }
    a_value_of_a_call_that_may_be_stopped: of_value, [on_predicate(constant, is_bad, max_tries = 3, stop = STOP)] -> Option<Response> { request Some }
    a_value_with_an_absent_stop: of_value, [on_predicate(constant, is_bad, max_tries = 3, stop = None::<&Stop>)] -> Option<Response> { request Some }
    an_error_of_a_call_that_may_be_stopped: of_result, [on_exception(constant, max_tries = 3, stop = STOP)] -> Result<Response, Response> { checked std::convert::identity }
    an_error: of_result, [on_exception(constant, max_tries = 3)] -> Result<Response, Response> { checked std::convert::identity }
    an_error_with_a_sync_handler: of_result, [on_exception(constant, max_tries = 3, on_backoff = |d| assert_eq!(d.outcome.status, 503))] -> Result<Response, Response> { checked std::convert::identity }
    an_error_with_an_async_handler: of_result, [on_exception(constant, max_tries = 3, on_backoff = async |d| assert_eq!(d.outcome.status, 503))] -> Result<Response, Response> { checked std::convert::identity }
    a_paced_error_that_is_refused: of_result, [on_exception(constant, max_tries = 3, pacer = client.pacer, throttled = |_| true)] -> Result<Response, Response> { checked std::convert::identity }
    an_error_within_a_time: of_failed, [on_exception(constant, max_tries = 3, pacer = client.pacer, timeout = 300, attempt_timeout = 60, on_timeout = |_| Failed::TimedOut)] -> Result<Response, Failed> { checked failed }
}

#[tokio::test(start_paused = true)]
async fn a_value_of_a_closure() {
    let client = Client::new();
    let call =
        on_predicate(constant()).predicate(is_bad).max_tries(3).run(async || Some(client.request().await));
    assert_eq!(status(call, of_value).await, Some(200));

    let client = Client::new();
    let call = on_predicate(constant()).predicate(is_bad).max_tries(3).stop(&STOP);
    assert_eq!(status(call.run(async || Some(client.request().await)), of_value).await, Some(200));

    let client = Client::new();
    let call = on_predicate(constant()).predicate(is_bad).max_tries(3).attempt_timeout(5);
    assert_eq!(status(call.run(async || Some(client.request().await)), of_value).await, Some(200));

    let client = Client::new();
    let call = on_predicate(constant()).predicate(is_bad).max_tries(3).pacer(&client.pacer).max_time(300);
    assert_eq!(status(call.run(async || Some(client.request().await)), of_value).await, Some(200));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_closure() {
    let client = Client::new();
    let call = on_exception(constant()).max_tries(3).run(|| client.checked());
    assert_eq!(status(call, of_result).await, Some(200));

    let client = Client::new();
    let call = on_exception(constant())
        .max_tries(3)
        .pacer(&client.pacer)
        .timeout(300)
        .on_timeout(|_| Failed::TimedOut);
    let call = call.throttled(|_| true).run(async || failed(client.checked().await));
    assert_eq!(status(call, of_failed).await, Some(200));
}

/// The counter behind a lock, while it is below three.
fn locked<'m>(lock: &'m Mutex<u32>) -> Result<u32, MutexGuard<'m, u32>> {
    // A lock that is still held would block the thread for ever.
    let mut guard = lock.try_lock().expect("what failed was dropped before the next attempt");
    *guard += 1;
    if *guard < 3 { Err(guard) } else { Ok(*guard) }
}

#[test]
fn a_guard_in_the_error_of_a_sync_function() {
    #[on_exception(constant, max_tries = 3, on_backoff = |d| assert!(**d.outcome < 3))]
    fn count<'m>(lock: &'m Mutex<u32>) -> Result<u32, MutexGuard<'m, u32>> {
        locked(lock)
    }
    #[on_exception(constant, max_tries = 3, max_time = 60, pacer = pacer, throttled = |_| true, on_timeout = |_| unreachable!("there is time"))]
    fn paced<'m>(lock: &'m Mutex<u32>, pacer: &Pacer) -> Result<u32, MutexGuard<'m, u32>> {
        locked(lock)
    }
    #[on_exception(constant, max_tries = 3, stop = STOP)]
    fn stoppable<'m>(lock: &'m Mutex<u32>) -> Result<u32, MutexGuard<'m, u32>> {
        locked(lock)
    }
    Scope::new().without_waits().run(|| {
        assert_eq!(stoppable(&Mutex::new(0)).ok(), Some(3));
        let lock = Mutex::new(0);
        let stoppable = on_exception(constant()).max_tries(3).stop(&STOP);
        assert_eq!(stoppable.run_blocking(|| locked(&lock)).ok(), Some(3));
        assert_eq!(count(&Mutex::new(0)).ok(), Some(3));
        assert_eq!(paced(&Mutex::new(0), &Pacer::per_second(10.0)).ok(), Some(3));
        let lock = Mutex::new(0);
        assert_eq!(on_exception(constant()).max_tries(3).run_blocking(|| locked(&lock)).ok(), Some(3));
    });
}

/// What tells when it is dropped.
#[derive(Debug)]
struct Held<'d>(&'d Cell<u32>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_a_stopped_call_returns_is_kept_and_only_in_the_wait() {
    #[on_exception(constant, interval = 10, jitter = none, max_tries = 3, stop = stop, logger = none, attempt = n)]
    async fn call<'d>(stop: Option<&Stop>, dropped: &'d Cell<u32>) -> Result<(), Held<'d>> {
        assert_eq!(dropped.get(), n - 1, "what failed before is gone when the next attempt begins");
        Err(Held(dropped))
    }
    let dropped = Cell::new(0);
    let in_the_wait = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        dropped.get()
    };
    let (called, in_the_wait) = tokio::join!(call(Some(&STOP), &dropped), in_the_wait);
    assert!(called.is_err());
    assert_eq!(in_the_wait, 0, "a stop would return it");
    dropped.set(0);
    let in_the_wait = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        dropped.get()
    };
    let (called, in_the_wait) = tokio::join!(call(None, &dropped), in_the_wait);
    assert!(called.is_err());
    assert_eq!(in_the_wait, 1, "nothing would return it");
}
