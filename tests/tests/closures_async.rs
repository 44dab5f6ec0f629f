//! Closures and functions that make futures, under a policy.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{AttemptTimeout, Pacer, constant, expo, on_exception, on_predicate};
use tokio::time::Instant;

fn require_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test(start_paused = true)]
async fn an_async_closure_may_change_what_it_borrows() {
    let mut seen = Vec::new();
    let start = Instant::now();
    let mut n = 0;
    let returned = on_exception(expo())
        .jitter(backoff_runtime::none)
        .run(|| {
            n += 1;
            seen.push(n);
            let n = n;
            async move {
                tokio::time::sleep(Duration::from_secs(10)).await;
                if n < 3 { Err(n) } else { Ok(n) }
            }
        })
        .await;
    assert_eq!((returned, seen), (Ok(3), vec![1, 2, 3]));
    assert_eq!(start.elapsed(), Duration::from_secs(10 + 1 + 10 + 2 + 10));
}

#[tokio::test(start_paused = true)]
async fn a_function_of_another_crate_is_called_as_it_is() {
    async fn fetch() -> Result<u32, std::io::Error> {
        Err(std::io::Error::other("down"))
    }
    let start = Instant::now();
    let error =
        on_exception(constant().interval(5)).jitter(backoff_runtime::none).max_time(12).run(fetch).await;
    assert!(error.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(12), "5, 5, and what is left");
}

#[tokio::test(start_paused = true)]
async fn the_future_is_send_when_the_closure_and_the_outcome_are() {
    let spawned = tokio::spawn(require_send(
        on_predicate(expo()).max_tries(2).on_backoff(|_| ()).run(async || Option::<u8>::None),
    ));
    assert_eq!(spawned.await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_policy_can_be_cloned_and_begins_anew() {
    let policy = on_predicate(constant().interval([1, 1])).jitter(backoff_runtime::none);
    for _ in 0..2 {
        let calls = Cell::new(0);
        let start = Instant::now();
        assert!(
            !policy
                .clone()
                .run(async || {
                    calls.set(calls.get() + 1);
                    false
                })
                .await
        );
        assert_eq!((calls.get(), start.elapsed().as_secs()), (3, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_everything() {
    let events = Cell::new(0);
    let call = on_predicate(constant()).on_giveup(|_| events.set(events.get() + 1)).run(async || false);
    assert!(tokio::time::timeout(Duration::from_secs(10), call).await.is_err());
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(events.get(), 0);
}

#[test]
#[should_panic(expected = "through")]
fn a_panic_goes_through() {
    on_predicate(constant()).run_blocking(|| -> bool { panic!("through") });
}

#[derive(Debug, PartialEq)]
enum ApiError {
    TooMany,
    Timeout,
}

impl From<AttemptTimeout> for ApiError {
    fn from(_: AttemptTimeout) -> Self {
        Self::Timeout
    }
}

#[tokio::test(start_paused = true)]
async fn closures_share_a_limit_too() {
    static PACER: Pacer = Pacer::per_second(1.0).margin(1.0);
    let start = Instant::now();
    let calls = Cell::new(0);
    for _ in 0..3 {
        let sent = on_exception(expo())
            .pacer(&PACER)
            .throttled(|e: &ApiError| *e == ApiError::TooMany)
            .retry_after(|_: &ApiError| Some(4))
            .run(async || {
                calls.set(calls.get() + 1);
                if calls.get() == 2 { Err(ApiError::TooMany) } else { Ok(()) }
            });
        sent.await.unwrap();
    }
    assert_eq!((calls.get(), PACER.waiting(), PACER.in_flight()), (4, 0, 0));
    assert_eq!(start.elapsed().as_secs(), 1 + 4 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_gets_no_turn_in_time_makes_no_call() {
    static PACER: Pacer = Pacer::per_second(0.01).margin(1.0);
    let calls = Cell::new(0);
    let send = async || {
        calls.set(calls.get() + 1);
        Ok::<(), ApiError>(())
    };
    assert_eq!(on_exception(expo()).pacer(&PACER).max_time(5).run(send).await, Ok(()));
    assert_eq!(on_exception(expo()).pacer(&PACER).max_time(5).run(send).await, Err(ApiError::Timeout));
    assert_eq!(calls.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_a_failure() {
    let start = Instant::now();
    let never = on_exception(constant()).jitter(backoff_runtime::none).attempt_timeout(5).max_tries(2);
    assert_eq!(never.run(std::future::pending::<Result<(), ApiError>>).await, Err(ApiError::Timeout));
    assert_eq!(start.elapsed(), Duration::from_secs(5 + 1 + 5));
}
