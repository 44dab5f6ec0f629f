//! What the server said is never shortened, and callers who were told the same are spread; time is bounded as a reader
//! expects.
#![allow(clippy::items_after_statements, reason = "a function stands where it is called")]

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff_runtime::{
    AttemptTimeout, GiveUp, Pacer, Retried, constant, expo, on_exception, on_predicate, runtime,
};
use tokio::time::{Instant, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Debug, PartialEq)]
enum ApiError {
    Busy(u64),
    TimedOut(AttemptTimeout),
}

impl From<AttemptTimeout> for ApiError {
    fn from(timeout: AttemptTimeout) -> Self {
        Self::TimedOut(timeout)
    }
}

/// Seconds at which a call of the closure makes its attempts, and why it gives up.
async fn attempts(
    call: impl AsyncFnOnce(&RefCell<Vec<u64>>, Instant) -> Option<GiveUp>,
) -> (Vec<u64>, Option<GiveUp>) {
    let at = RefCell::default();
    let reason = call(&at, Instant::now()).await;
    (at.into_inner(), reason)
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_does_not_fit_into_max_time_gives_up_at_once_by_runtime_and_retry_after_alike() {
    #[on_exception(runtime, value = |after| *after, max_time = 120, logger = none)]
    async fn by_runtime(at: &RefCell<Vec<u64>>, start: Instant, hint: u64) -> Retried<Result<(), u64>> {
        at.borrow_mut().push(start.elapsed().as_secs());
        Err(hint)
    }
    #[on_exception(expo, retry_after = |after| *after, max_time = 120, logger = none)]
    async fn by_retry_after(at: &RefCell<Vec<u64>>, start: Instant, hint: u64) -> Retried<Result<(), u64>> {
        at.borrow_mut().push(start.elapsed().as_secs());
        Err(hint)
    }
    for hint in [121, 3600, u64::MAX] {
        let expected = (vec![0], Some(GiveUp::RetryAfter));
        assert_eq!(attempts(async |at, start| by_runtime(at, start, hint).await.reason).await, expected);
        assert_eq!(attempts(async |at, start| by_retry_after(at, start, hint).await.reason).await, expected);
        let closure = on_exception(runtime().value(|after: &u64| *after)).max_time(120).logger(None);
        assert_eq!(closure.run_reported(async |_| Err::<(), _>(hint)).await.reason, expected.1);
    }
    // What fits is waited for, and what then does not fit is not.
    let expected = (vec![0, 100], Some(GiveUp::RetryAfter));
    assert_eq!(attempts(async |at, start| by_runtime(at, start, 100).await.reason).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_wait_by_runtime_is_what_the_server_said_and_longer_only_by_a_jitter() {
    macro_rules! waits {
        ($($jitter:tt)*) => {{
            #[on_exception(runtime, value = |_| 30, max_tries = 2, logger = none, on_backoff = |d| waits.borrow_mut().extend(d.wait) $($jitter)*)]
            async fn call(waits: &RefCell<Vec<Duration>>) -> Result<(), ()> {
                Err(())
            }
            let waits = RefCell::default();
            for _ in 0..30 {
                assert!(call(&waits).await.is_err());
            }
            waits.into_inner()
        }};
    }
    assert_eq!(waits!(), [seconds(30); 30]);
    for waits in
        [waits!(, jitter = full_jitter), waits!(, jitter = equal_jitter), waits!(, jitter = random_jitter)]
    {
        assert!(waits.iter().all(|wait| *wait >= seconds(30) && *wait <= seconds(60)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_with_the_same_hint_do_not_come_back_in_the_same_instant() {
    #[on_exception(expo, retry_after = |after| *after, max_tries = 2, logger = none, on_backoff = |d| waits.borrow_mut().extend(d.wait))]
    async fn call(waits: &RefCell<Vec<Duration>>) -> Result<(), u64> {
        Err(30)
    }
    let waits = RefCell::default();
    for _ in 0..30 {
        assert!(call(&waits).await.is_err());
        let policy = on_exception(expo()).retry_after(|after: &u64| *after).max_tries(2).logger(None);
        let policy = policy.on_backoff(|d| waits.borrow_mut().extend(d.wait));
        assert!(policy.run(async || Err::<(), u64>(30)).await.is_err());
    }
    let mut waits = waits.into_inner();
    assert!(waits.iter().all(|wait| (seconds(30)..=seconds(31)).contains(wait)), "{waits:?}");
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 50, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_runtime_value_that_is_no_wait_gives_up_as_none_does() {
    #[on_exception(runtime, value = |value| *value, logger = none)]
    async fn call(value: f64) -> Retried<Result<(), f64>> {
        Err(value)
    }
    for value in [-1.0, f64::NAN, f64::NEG_INFINITY, -0.001] {
        let Retried { tries, reason, .. } = call(value).await;
        assert_eq!((tries, reason), (1, Some(GiveUp::Exhausted)), "{value}");
    }
    let negative = on_exception(runtime().value(|after: &i32| *after)).logger(None);
    assert_eq!(negative.run_reported(async |_| Err::<(), _>(-1)).await.reason, Some(GiveUp::Exhausted));
}

#[tokio::test(start_paused = true)]
async fn attempt_timeout_fits_into_max_time() {
    #[on_exception(constant, interval = 0, attempt_timeout = 10, max_time = 15, logger = none)]
    async fn call() -> Retried<Result<(), ApiError>> {
        std::future::pending().await
    }
    let start = Instant::now();
    let Retried { result, tries, reason, .. } = call().await;
    assert_eq!((start.elapsed(), tries, reason), (seconds(15), 2, Some(GiveUp::MaxTime)));
    assert!(
        matches!(result, Err(ApiError::TimedOut(AttemptTimeout { limit, made: true, .. })) if limit == seconds(5))
    );

    let start = Instant::now();
    let policy = on_exception(constant().interval(0)).attempt_timeout(10).max_time(15).logger(None);
    let called = policy.run_reported(async |_| std::future::pending::<Result<(), ApiError>>().await).await;
    assert_eq!((start.elapsed(), called.tries, called.reason), (seconds(15), 2, Some(GiveUp::MaxTime)));
}

#[tokio::test(start_paused = true)]
async fn timeout_bounds_the_whole_call_and_cuts_a_running_attempt() {
    #[on_exception(constant, interval = 1, jitter = none, timeout = 10, logger = none, on_giveup = |d| reasons.set(d.reason))]
    async fn call(reasons: &Cell<Option<GiveUp>>, attempt: Duration) -> Result<(), ApiError> {
        sleep(attempt).await;
        Err(ApiError::Busy(0))
    }
    let reasons = Cell::new(None);
    // In the middle of an attempt.
    let start = Instant::now();
    assert!(matches!(call(&reasons, seconds(60)).await, Err(ApiError::TimedOut(_))));
    assert_eq!((start.elapsed(), reasons.take()), (seconds(10), Some(GiveUp::Timeout)));
    // Of the third attempt.
    let start = Instant::now();
    assert!(matches!(call(&reasons, seconds(3)).await, Err(ApiError::TimedOut(_))));
    assert_eq!((start.elapsed(), reasons.take()), (seconds(10), Some(GiveUp::Timeout)));
    // A wait that leaves no time for an attempt is not begun, and the last error is known.
    let start = Instant::now();
    assert_eq!(call(&reasons, seconds(9)).await, Err(ApiError::Busy(0)));
    assert_eq!((start.elapsed(), reasons.take()), (seconds(9), Some(GiveUp::Timeout)));

    let start = Instant::now();
    let policy = on_exception(constant()).timeout(10).logger(None);
    let called = policy.run_reported(async |_| std::future::pending::<Result<(), ApiError>>().await).await;
    assert_eq!((start.elapsed(), called.reason), (seconds(10), Some(GiveUp::Timeout)));
}

#[tokio::test(start_paused = true)]
async fn timeout_bounds_slow_async_handlers() {
    async fn slow<T>(_: &backoff_runtime::Details<'_, T>) {
        sleep(seconds(60)).await;
    }
    macro_rules! bounded {
        ($($option:tt)*) => {{
            #[on_exception(constant, interval = 1, jitter = none, max_tries = 3, timeout = 10, logger = none, $($option)*)]
            async fn call() -> Result<(), ApiError> {
                Err(ApiError::Busy(0))
            }
            let start = Instant::now();
            assert!(call().await.is_err());
            start.elapsed()
        }};
    }
    assert_eq!(bounded!(on_try = slow), seconds(10));
    assert_eq!(bounded!(on_backoff = slow), seconds(10));
    assert_eq!(bounded!(on_giveup = slow), seconds(10));
    assert_eq!(
        bounded!(
            giveup = async |_| {
                sleep(seconds(60)).await;
                true
            }
        ),
        seconds(10)
    );
    assert_eq!(bounded!(on_giveup = [slow, slow], on_backoff = async |d| slow(d).await), seconds(10));
    assert_eq!(
        bounded!(
            fallback = async |_| {
                sleep(seconds(60)).await;
                Ok(())
            }
        ),
        seconds(10)
    );
}

#[tokio::test(start_paused = true)]
async fn timeout_bounds_the_wait_for_a_turn() {
    let pacer = Pacer::per_second(0.01).margin(1.0);
    #[on_exception(constant, timeout = 10, pacer = pacer, logger = none, on_giveup = |d| reasons.set(d.reason))]
    async fn call(pacer: &Pacer, reasons: &Cell<Option<GiveUp>>) -> Result<(), ApiError> {
        Ok(())
    }
    let (start, reasons) = (Instant::now(), Cell::new(None));
    assert_eq!(call(&pacer, &reasons).await, Ok(()));
    assert!(matches!(
        call(&pacer, &reasons).await,
        Err(ApiError::TimedOut(AttemptTimeout { made: false, .. }))
    ));
    assert_eq!(
        (start.elapsed(), reasons.get()),
        (Duration::ZERO, Some(GiveUp::Timeout)),
        "said as soon as it is known"
    );
}

#[tokio::test(start_paused = true)]
async fn loops_inside_a_call_see_what_is_left_of_those_outside() {
    // Stacked: the inner loop alone would go on for ever.
    #[on_exception(constant, max_tries = 2, timeout = 30, logger = none)]
    #[on_exception(constant, interval = 7, jitter = none, logger = none, on_giveup = |d| reasons.borrow_mut().push((d.reason, d.elapsed)))]
    async fn stacked(reasons: &RefCell<Vec<(Option<GiveUp>, Duration)>>) -> Result<(), ApiError> {
        Err(ApiError::Busy(1))
    }
    let (start, reasons) = (Instant::now(), RefCell::default());
    assert_eq!(stacked(&reasons).await, Err(ApiError::Busy(1)), "with an error of its own");
    assert_eq!(reasons.borrow()[0], (Some(GiveUp::Timeout), seconds(28)));
    assert!(start.elapsed() <= seconds(30), "{:?}", start.elapsed());

    // A call in the body, and one in a call in the body.
    #[on_exception(constant, interval = 7, jitter = none, logger = none)]
    async fn inner() -> Result<(), ApiError> {
        Err(ApiError::Busy(2))
    }
    #[on_exception(constant, max_tries = 2, attempt_timeout = 20, logger = none)]
    async fn middle() -> Result<(), ApiError> {
        inner().await
    }
    #[on_exception(constant, max_tries = 5, timeout = 50, logger = none)]
    async fn outer() -> Result<(), ApiError> {
        middle().await
    }
    let start = Instant::now();
    assert_eq!(outer().await, Err(ApiError::Busy(2)));
    assert!(start.elapsed() <= seconds(50), "{:?}", start.elapsed());

    // Outside of any call there is no limit left over.
    let until = on_predicate(constant().interval(100)).jitter(None).max_tries(3).logger(None);
    let start = Instant::now();
    assert!(!until.run(async || false).await);
    assert_eq!(start.elapsed(), seconds(200));
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_absent_at_run_time_is_none() {
    struct Config {
        attempt: Option<Duration>,
        call: Option<u64>,
        tries: Option<u32>,
    }
    #[on_exception(constant, attempt_timeout = config.attempt, timeout = config.call, max_tries = config.tries, max_time = None, logger = none)]
    async fn call(config: &Config) -> Result<(), ApiError> {
        sleep(seconds(100)).await;
        Err(ApiError::Busy(0))
    }
    let start = Instant::now();
    let config = Config { attempt: None, call: None, tries: Some(1) };
    assert_eq!(call(&config).await, Err(ApiError::Busy(0)));
    assert_eq!(start.elapsed(), seconds(100));
    let config = Config { attempt: Some(seconds(2)), call: Some(9), tries: None };
    assert!(call(&config).await.is_err());
    assert!(start.elapsed() <= seconds(109), "{:?}", start.elapsed());
    let closure = on_exception(constant()).attempt_timeout(None::<f64>).timeout(config.call).logger(None);
    assert!(closure.run(async || std::future::pending::<Result<(), ApiError>>().await).await.is_err());
    assert!(start.elapsed() <= seconds(118), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_that_there_is_no_time_for() {
    #[on_exception(constant, timeout = 10, logger = none, fallback = async |_| { sleep(seconds(1)).await; Ok(()) })]
    async fn hanging() -> Result<(), ApiError> {
        std::future::pending().await
    }
    let start = Instant::now();
    let error = hanging().await.unwrap_err();
    assert!(
        matches!(error, ApiError::TimedOut(AttemptTimeout { limit, .. }) if limit == seconds(10)),
        "{error:?}"
    );
    assert_eq!(start.elapsed(), seconds(10));

    #[on_exception(constant, interval = 8, jitter = none, timeout = 10, logger = none,
        on_backoff = async |_| sleep(seconds(5)).await, on_giveup = |d| reason.set(d.reason))]
    async fn slow(reason: &Cell<Option<GiveUp>>) -> Result<(), ApiError> {
        Err(ApiError::Busy(7))
    }
    let (start, reason) = (Instant::now(), Cell::new(None));
    assert_eq!(slow(&reason).await, Err(ApiError::Busy(7)));
    assert_eq!((start.elapsed(), reason.get()), (seconds(5), Some(GiveUp::Timeout)));

    let fallback =
        on_exception(constant()).timeout(10).logger(None).fallback_async(async |_: ApiError, _| {
            sleep(seconds(1)).await;
            Ok(())
        });
    let start = Instant::now();
    assert!(fallback.run(async || std::future::pending::<Result<(), ApiError>>().await).await.is_err());
    assert_eq!(start.elapsed(), seconds(10));
}
