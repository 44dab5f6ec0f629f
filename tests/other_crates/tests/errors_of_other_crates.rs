//! Where a call may end without an outcome of its own, `on_timeout` makes the error, or the error says it by
//! `From<AttemptTimeout>`; where it cannot, nothing is asked for. A timeout is retried whatever the condition names.
#![allow(clippy::items_after_statements, reason = "a function stands where it is called")]

use std::cell::Cell;
use std::io;
use std::time::Duration;

use backoff_runtime::{AttemptTimeout, GiveUp, Pacer, Retried, constant, expo, on_exception, on_predicate};
use tokio::time::Instant;

static PACER: Pacer = Pacer::per_second(1000.0);

/// An error that reqwest makes, as its type has no constructor.
fn no_answer(_: AttemptTimeout) -> reqwest::Error {
    reqwest::Client::new().get("no answer").build().expect_err("this is no URL")
}

fn pool_timed_out(_: AttemptTimeout) -> sqlx::Error {
    sqlx::Error::PoolTimedOut
}

fn deadline_exceeded(timeout: AttemptTimeout) -> tonic::Status {
    tonic::Status::deadline_exceeded(timeout.to_string())
}

/// An answer of one's own, which has no falsy value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Status {
    Pending,
    Unknown,
}

/// A function that never answers, under an attribute and in a closure: the errors of both.
macro_rules! never_answers {
    ($name:ident, $output:ty, $make:expr, [$attribute:ident $($condition:tt)*], $builder:expr) => {
        #[tokio::test(start_paused = true)]
        async fn $name() {
            #[$attribute($($condition)*, attempt_timeout = 5, max_tries = 2, logger = none, on_timeout = $make)]
            async fn by_attempt() -> Retried<$output> {
                std::future::pending().await
            }
            #[$attribute($($condition)*, timeout = 5, logger = none, on_timeout = $make)]
            async fn by_call() -> Retried<$output> {
                std::future::pending().await
            }
            #[$attribute($($condition)*, pacer = *pacer, max_time = 5, logger = none, on_timeout = $make)]
            async fn by_pacer(pacer: &Pacer) -> Retried<$output> {
                std::future::pending().await
            }
            let expected = format!("{:?}", made($make));
            let start = Instant::now();
            let called = by_attempt().await;
            assert_eq!((called.tries, called.reason), (2, Some(GiveUp::MaxTries)), "a timeout is retried");
            assert_eq!(shown(&called.result), expected);
            assert!((10..=12).contains(&start.elapsed().as_secs()));
            let called = by_call().await;
            assert_eq!((called.reason, shown(&called.result)), (Some(GiveUp::Timeout), expected.clone()));
            let slow = Pacer::per_second(0.001);
            slow.turn_blocking(backoff_runtime::Place::back(), None).unwrap().accepted();
            let called = by_pacer(&slow).await;
            assert_eq!((called.reason, shown(&called.result)), (Some(GiveUp::MaxTime), expected.clone()));

            let policy = || $builder.on_timeout($make).logger(None);
            let called = policy().attempt_timeout(5).max_tries(2).run_reported(async |_| std::future::pending::<$output>().await).await;
            assert_eq!((called.tries, shown(&called.result)), (2, expected.clone()));
            let called = policy().timeout(5).run_reported(async |_| std::future::pending::<$output>().await).await;
            assert_eq!((called.reason, shown(&called.result)), (Some(GiveUp::Timeout), expected.clone()));
            let called = policy().pacer(&slow).max_time(5).run_reported(async |_| std::future::pending::<$output>().await).await;
            assert_eq!((called.reason, shown(&called.result)), (Some(GiveUp::MaxTime), expected));
        }
    };
}

fn made<T>(make: impl FnOnce(AttemptTimeout) -> T) -> T {
    let bounded = on_exception(constant()).pacer(&PACER).timeout(0).max_tries(1).logger(None);
    let scope = backoff_runtime::testing::Scope::new();
    // The timeout itself cannot be made by hand.
    let timeout = scope.run(|| bounded.run_blocking(|| Err::<(), AttemptTimeout>(timeout())));
    make(timeout.expect_err("it fails"))
}

fn timeout() -> AttemptTimeout {
    let slow = Pacer::per_second(0.001);
    slow.turn_blocking(backoff_runtime::Place::back(), None).unwrap().accepted();
    let call = on_exception(constant()).pacer(&slow).max_time(5).logger(None);
    call.run_blocking(|| Ok::<(), AttemptTimeout>(())).expect_err("there is no turn in time")
}

/// The error, without the time that was not enough, which differs.
fn shown<T: ErrorOrValue>(result: &T) -> String {
    result.shown()
}

trait ErrorOrValue {
    fn shown(&self) -> String;
}

impl<T, E: std::fmt::Debug> ErrorOrValue for Result<T, E> {
    fn shown(&self) -> String {
        self.as_ref().err().map(|error| format!("{error:?}")).unwrap_or_default()
    }
}

impl ErrorOrValue for Status {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

never_answers!(reqwest_error, Result<(), reqwest::Error>, no_answer, [on_exception constant, reqwest::Error::is_connect], on_exception(constant()).exception(reqwest::Error::is_connect));
never_answers!(sqlx_error, Result<(), sqlx::Error>, pool_timed_out, [on_exception constant, matches!(sqlx::Error::Io(_))], on_exception(constant()).exception(|e: &sqlx::Error| matches!(e, sqlx::Error::Io(_))));
never_answers!(tonic_status, Result<(), tonic::Status>, |_| tonic::Status::deadline_exceeded("no answer"), [on_exception constant, tonic::Status], on_exception(constant()).exception_of::<tonic::Status, _>());
never_answers!(string_error, Result<(), String>, |_| "no answer".to_owned(), [on_exception constant], on_exception(constant()));
never_answers!(a_value_of_ones_own, Status, |_| Status::Unknown, [on_predicate constant, |s| *s == Status::Pending], on_predicate(constant()).predicate(|s: &Status| *s == Status::Pending));

#[tokio::test(start_paused = true)]
async fn a_string_says_it_by_itself() {
    #[on_exception(constant, max_tries = 2, attempt_timeout = 5, logger = none)]
    async fn get() -> Result<(), String> {
        std::future::pending().await
    }
    assert_eq!(get().await.unwrap_err(), "no answer within 5s");
    let call = on_exception(constant()).max_tries(2).attempt_timeout(5).logger(None);
    assert_eq!(
        call.run(async || std::future::pending::<Result<(), String>>().await).await.unwrap_err(),
        "no answer within 5s"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pacer_without_a_limit_of_time_asks_for_nothing() {
    #[on_exception(expo, max_tries = 3, pacer = PACER, logger = none)]
    async fn send() -> Result<(), tonic::Status> {
        Err(tonic::Status::internal("no"))
    }
    #[on_predicate(expo, |s| *s == Status::Pending, max_tries = 3, pacer = PACER, logger = none)]
    async fn poll() -> Status {
        Status::Pending
    }
    assert!(send().await.is_err());
    assert_eq!(poll().await, Status::Pending);
    let policy = || on_exception(expo()).max_tries(3).pacer(&PACER).logger(None);
    assert!(policy().run(send).await.is_err());
    assert!(policy().run_blocking(|| Err::<(), sqlx::Error>(sqlx::Error::PoolClosed)).is_err());
    // The future of a call into another crate need not even be run.
    drop(policy().run(|| reqwest::Client::new().get("http://localhost").send()));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_retried_though_the_condition_names_other_types_unless_giveup_says_otherwise() {
    #[on_exception(constant, io::Error, max_tries = 3, attempt_timeout = 1, logger = none)]
    async fn erased(calls: &Cell<u32>) -> anyhow::Result<()> {
        calls.set(calls.get() + 1);
        std::future::pending().await
    }
    #[on_exception(constant, (io::Error, std::num::ParseIntError), max_tries = 3, attempt_timeout = 1, logger = none)]
    async fn boxed(calls: &Cell<u32>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        calls.set(calls.get() + 1);
        std::future::pending().await
    }
    #[on_exception(constant, io::Error, max_tries = 3, attempt_timeout = 1, logger = none, giveup = anyhow::Error::is::<AttemptTimeout>)]
    async fn given_up(calls: &Cell<u32>) -> anyhow::Result<()> {
        calls.set(calls.get() + 1);
        std::future::pending().await
    }
    let calls = Cell::new(0);
    assert!(erased(&calls).await.unwrap_err().is::<AttemptTimeout>());
    assert_eq!(calls.take(), 3);
    assert!(boxed(&calls).await.unwrap_err().is::<AttemptTimeout>());
    assert_eq!(calls.take(), 3);
    assert!(given_up(&calls).await.is_err());
    assert_eq!(calls.take(), 1);
    let policy =
        on_exception(constant()).exception_of::<io::Error, _>().max_tries(3).attempt_timeout(1).logger(None);
    let called = policy.run_reported(async |_| std::future::pending::<anyhow::Result<()>>().await).await;
    assert_eq!(called.tries, 3);
}

#[tokio::test(start_paused = true)]
async fn on_timeout_sees_the_arguments_and_the_time() {
    #[on_exception(constant, max_tries = 1, attempt_timeout = limit, logger = none, on_timeout = |t| format!("{name}: {t}"))]
    async fn get<T: Send + Sync + Clone>(name: &str, limit: Duration, value: T) -> Result<T, String> {
        std::future::pending::<()>().await;
        Ok(value.clone())
    }
    #[on_predicate(constant, max_tries = 1, attempt_timeout = 2, logger = none, on_timeout = deadline)]
    async fn text() -> impl AsRef<str> + backoff_runtime::Falsy {
        std::future::pending::<()>().await;
        String::new()
    }
    fn deadline(timeout: AttemptTimeout) -> String {
        deadline_exceeded(timeout).message().to_owned()
    }
    assert_eq!(get("page", Duration::from_secs(3), 1).await.unwrap_err(), "page: no answer within 3s");
    assert_eq!(text().await.as_ref(), "no answer within 2s");
}
