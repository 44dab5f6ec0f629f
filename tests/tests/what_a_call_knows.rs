//! What a call knows, its caller can have: tries, elapsed and reason beside the result, the attempt's number in the body,
//! and the fallback's details; a fallback may be async.
#![allow(
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "a function stands where it is called; callables take what they are given; a method is what is tested"
)]

use std::cell::RefCell;
use std::time::Duration;

use backoff_runtime::{GiveUp, GivenUp, Retried, constant, on_exception, on_predicate};
use tokio::time::sleep;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn tries_elapsed_and_reason_come_beside_the_result() {
    #[on_exception(constant, interval = 2, jitter = none, max_tries = 4, attempt = n, logger = none)]
    async fn get(fails: u32) -> Retried<Result<u32, String>> {
        if n <= fails {
            Err(format!("attempt {n}"))?;
        }
        Ok(n)
    }
    let got = get(0).await;
    assert_eq!((got.result, got.tries, got.elapsed, got.reason), (Ok(1), 1, Duration::ZERO, None));
    let got = get(2).await;
    assert_eq!((got.result, got.tries, got.elapsed, got.reason), (Ok(3), 3, seconds(4), None));
    let got = get(9).await;
    let error = Err("attempt 4".to_owned());
    assert_eq!(
        (got.result, got.tries, got.elapsed, got.reason),
        (error, 4, seconds(6), Some(GiveUp::MaxTries))
    );

    #[on_predicate(constant, interval = 0, max_tries = 2, logger = none)]
    fn poll() -> Retried<bool> {
        false
    }
    let polled = poll();
    assert_eq!((polled.result, polled.tries, polled.reason), (false, 2, Some(GiveUp::MaxTries)));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_retried_has_no_reason() {
    #[on_exception(constant, |e| *e == 1, logger = none)]
    async fn get() -> Retried<Result<(), u32>> {
        Err(2)
    }
    let got = get().await;
    assert_eq!((got.result, got.tries, got.reason), (Err(2), 1, None));
}

#[tokio::test(start_paused = true)]
async fn of_stacked_attributes_the_outer_one_reports() {
    #[on_exception(constant, interval = 10, jitter = none, max_tries = 2, attempt = outer, logger = none)]
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 3, attempt = inner, logger = none)]
    async fn get(seen: &RefCell<Vec<(u32, u32)>>) -> Retried<Result<(), ()>> {
        seen.borrow_mut().push((outer, inner));
        Err(())
    }
    let seen = RefCell::default();
    let got = get(&seen).await;
    assert_eq!((got.tries, got.elapsed), (2, seconds(14)));
    assert_eq!(*seen.borrow(), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]);
}

#[test]
fn the_number_of_the_attempt_is_known_in_every_kind_of_function() {
    struct Client;
    impl Client {
        #[on_exception(constant, interval = 0, max_tries = 3, attempt = attempt)]
        fn get(&self, path: &str) -> Result<(), String> {
            Err(format!("{path} {attempt}"))
        }
    }
    #[on_exception(constant, interval = 0, max_tries = 3, attempt = n)]
    fn boxed() -> std::pin::Pin<Box<dyn Future<Output = Result<(), u32>>>> {
        Box::pin(async move { Err(n) })
    }
    let _quiet = backoff_runtime::testing::Scope::new().max_tries(2);
    assert_eq!(Client.get("/"), Err("/ 3".to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(boxed()), Err(3));
}

#[test]
fn handlers_see_the_number_of_the_attempt() {
    static STOP: backoff_runtime::Stop = backoff_runtime::Stop::new();
    #[on_exception(constant, interval = 0, max_tries = 2, attempt = n, logger = none, on_try = |d| assert_eq!(d.tries, n), on_giveup = |_| last.set(n))]
    fn plain(last: &std::cell::Cell<u32>) -> Result<(), u32> {
        Err(n)
    }
    #[on_exception(constant, interval = 0, max_tries = 2, attempt = n, stop = STOP, logger = none, on_try = |d| assert_eq!(d.tries, n), on_giveup = |_| last.set(n))]
    fn stoppable(last: &std::cell::Cell<u32>) -> Result<(), u32> {
        Err(n)
    }
    let last = std::cell::Cell::new(0);
    assert_eq!((plain(&last), last.take()), (Err(2), 2));
    assert_eq!((stoppable(&last), last.take()), (Err(2), 2));
}

#[tokio::test(start_paused = true)]
async fn a_fallback_may_be_async_and_is_told_the_details() {
    async fn mirror(id: u32) -> Result<u32, String> {
        sleep(seconds(1)).await;
        Ok(id + 1000)
    }
    async fn ask_mirror(error: String) -> Result<u32, String> {
        mirror(error.len() as u32).await
    }
    fn told(error: String, given_up: GivenUp) -> Result<u32, String> {
        Err(format!("{error} after {} tries in {:?}: {}", given_up.tries, given_up.elapsed, given_up.reason))
    }

    #[on_exception(constant, interval = 0, max_tries = 2, logger = none, fallback = async |_| mirror(id).await)]
    async fn closure(id: u32) -> Result<u32, String> {
        Err(format!("{id} is down"))
    }
    #[on_exception(constant, interval = 0, max_tries = 2, logger = none, fallback = ask_mirror)]
    async fn path(id: u32) -> Result<u32, String> {
        Err(format!("{id} is down"))
    }
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 2, logger = none, fallback = |e, d| told(e, d))]
    async fn details(id: u32) -> Result<u32, String> {
        Err(format!("{id} is down"))
    }
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 2, logger = none, fallback = async |e, d| { mirror(0).await?; told(e, d) })]
    async fn details_later(id: u32) -> Result<u32, String> {
        Err(format!("{id} is down"))
    }
    #[on_exception(constant, interval = 0, max_tries = 2, logger = none, fallback = |e, d| told(e, d))]
    fn blocking(id: u32) -> Result<u32, String> {
        Err(format!("{id} is down"))
    }
    #[on_exception(constant, interval = 0, max_tries = 2, logger = none, fallback = async |_, d| mirror(d.tries).await)]
    async fn reported(id: u32) -> Retried<Result<u32, String>> {
        Err(format!("{id} is down"))
    }

    assert_eq!(closure(1).await, Ok(1001));
    assert_eq!(path(1).await, Ok(1009));
    assert_eq!(details(1).await.unwrap_err(), "1 is down after 2 tries in 1s: max_tries");
    assert_eq!(details_later(1).await.unwrap_err(), "1 is down after 2 tries in 1s: max_tries");
    assert!(blocking(1).unwrap_err().ends_with(": max_tries"));
    let reported = reported(1).await;
    assert_eq!((reported.result, reported.tries, reported.reason), (Ok(1002), 2, Some(GiveUp::MaxTries)));

    fn sendable<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(sendable(closure(2)).await, Ok(1002));
    assert!(sendable(details_later(2)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn closures_are_told_as_much() {
    let policy = || on_exception(constant().interval(1)).jitter(None).max_tries(2).logger(None);
    let got =
        policy().fallback_with(|error: u32, d| Ok(error + d.tries)).run(async || Err::<u32, _>(7)).await;
    assert_eq!(got, Ok(9));
    let later = policy().fallback_async(async |error: u32, d| {
        sleep(seconds(1)).await;
        Err(error + d.elapsed.as_secs() as u32)
    });
    assert_eq!(later.run(async || Err::<u32, _>(7)).await, Err(8));
    // Their futures can be sent.
    let spawned = tokio::spawn(policy().fallback_async(async |e: String, _| Err(e)).run(async || {
        sleep(seconds(1)).await;
        Err::<u32, _>("sent".to_owned())
    }));
    assert_eq!(spawned.await.unwrap(), Err("sent".to_owned()));
    let spawned = tokio::spawn(policy().fallback_with(|e: String, d| Err(format!("{e} {}", d.tries))).run(
        async || {
            sleep(seconds(1)).await;
            Err::<u32, _>("sent".to_owned())
        },
    ));
    assert_eq!(spawned.await.unwrap(), Err("sent 2".to_owned()));
    let got = policy().fallback(Ok).run_reported(async |attempt| Err::<u32, _>(attempt)).await;
    assert_eq!(
        (got.result, got.tries, got.elapsed, got.reason),
        (Ok(2), 2, seconds(1), Some(GiveUp::MaxTries))
    );
    let scope = backoff_runtime::testing::Scope::new().without_waits();
    let got = scope.run(|| {
        policy().run_blocking_reported(|attempt| if attempt < 2 { Err(attempt) } else { Ok(attempt) })
    });
    assert_eq!((got.result, got.tries, got.elapsed, got.reason), (Ok(2), 2, seconds(1), None));
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_function_may_report() {
    #[async_trait::async_trait]
    trait Api {
        async fn get(&self, n: u32) -> Retried<Result<u32, String>>;

        #[on_exception(constant, interval = 0, max_tries = 2, raise_on_giveup = false, logger = none)]
        async fn default(&self) -> Retried<Result<u32, String>> {
            Err("no".to_owned())
        }
    }
    struct Client;
    #[async_trait::async_trait]
    impl Api for Client {
        #[on_exception(constant, interval = 0, max_tries = 3, attempt = k, logger = none)]
        async fn get(&self, n: u32) -> Retried<Result<u32, String>> {
            if k < n {
                Err("early".to_owned())?;
            }
            Ok(n)
        }
    }
    #[tracing::instrument]
    #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
    async fn generic<T: std::fmt::Debug + Clone>(value: T) -> Retried<Result<(), T>> {
        Err(value.clone())
    }
    #[on_predicate(constant, interval = 0, max_tries = 2, logger = none)]
    #[on_predicate(constant, interval = 0, max_tries = 3, logger = none)]
    async fn stacked(calls: &std::cell::Cell<u32>) -> Retried<bool> {
        calls.set(calls.get() + 1);
        false
    }

    let got = Client.get(2).await;
    assert_eq!((got.result, got.tries), (Ok(2), 2));
    let got = Client.default().await;
    assert_eq!((got.result, got.tries, got.reason), (Ok(0), 2, Some(GiveUp::MaxTries)));
    assert_eq!(generic("x").await.tries, 2);
    let calls = std::cell::Cell::new(0);
    assert_eq!((stacked(&calls).await.tries, calls.get()), (2, 6));
}
