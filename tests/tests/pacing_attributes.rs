//! The options that share a rate limit, on annotated functions.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{
    AttemptTimeout, Details, GiveUp, Pacer, RetryBudget, on_exception, on_predicate, testing,
};
use tokio::time::Instant;

#[derive(Debug, PartialEq)]
enum ApiError {
    TooMany(Option<Duration>),
    Broken,
    Timeout(AttemptTimeout),
}

impl ApiError {
    fn is_throttled(&self) -> bool {
        matches!(self, Self::TooMany(_))
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany(hint) => *hint,
            _ => None,
        }
    }
}

impl From<AttemptTimeout> for ApiError {
    fn from(timeout: AttemptTimeout) -> Self {
        Self::Timeout(timeout)
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn a_throttled_attempt_waits_for_the_hint_and_asks_no_generator() {
    static PACER: Pacer = Pacer::adaptive();

    #[on_exception(expo, jitter = none, factor = 1000, pacer = PACER, throttled = ApiError::is_throttled, retry_after = ApiError::retry_after)]
    async fn send(calls: &Cell<u32>) -> Result<u32, ApiError> {
        calls.set(calls.get() + 1);
        if calls.get() == 1 { Err(ApiError::TooMany(Some(seconds(7)))) } else { Ok(calls.get()) }
    }

    let start = Instant::now();
    assert_eq!(send(&Cell::new(0)).await, Ok(2));
    assert_eq!(start.elapsed().as_secs(), 7);
    assert_eq!((PACER.waiting(), PACER.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn other_failures_back_off_by_the_generator_and_then_pass_the_pacer() {
    static PACER: Pacer = Pacer::per_second(1.0).margin(1.0);

    #[on_exception(constant, interval = 10, jitter = none, pacer = PACER, throttled = ApiError::is_throttled)]
    async fn send(calls: &Cell<u32>) -> Result<u32, ApiError> {
        calls.set(calls.get() + 1);
        if calls.get() < 3 { Err(ApiError::Broken) } else { Ok(calls.get()) }
    }

    let start = Instant::now();
    assert_eq!(send(&Cell::new(0)).await, Ok(3));
    assert_eq!(start.elapsed(), seconds(20));
}

#[tokio::test(start_paused = true)]
async fn the_pacer_stands_in_front_of_first_attempts_of_every_function_that_names_it() {
    static PACER: Pacer = Pacer::per_second(2.0).margin(1.0);

    #[on_predicate(expo, pacer = &PACER)]
    async fn one() -> bool {
        true
    }

    #[on_exception(expo, pacer = PACER)]
    async fn other() -> Result<(), ApiError> {
        Ok(())
    }

    let start = Instant::now();
    for _ in 0..5 {
        assert!(one().await);
        other().await.unwrap();
    }
    assert_eq!(start.elapsed(), Duration::from_millis(4500));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gets_no_turn_in_time_gives_up_without_calling() {
    static PACER: Pacer = Pacer::per_second(0.01).margin(1.0);

    #[on_exception(expo, pacer = PACER, max_time = 60, on_try = |_| tries.set(tries.get() + 1), on_giveup = |d| reasons.set(d.reason))]
    async fn send(tries: &Cell<u32>, reasons: &Cell<Option<GiveUp>>) -> Result<(), ApiError> {
        Ok(())
    }

    let (tries, reasons) = (Cell::new(0), Cell::new(None));
    assert_eq!(send(&tries, &reasons).await, Ok(()));
    let error = send(&tries, &reasons).await.unwrap_err();
    assert!(matches!(error, ApiError::Timeout(timeout) if timeout.limit == seconds(60) && !timeout.made));
    assert_eq!((tries.get(), reasons.get()), (1, Some(GiveUp::MaxTime)));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gets_no_other_turn_in_time_returns_its_last_error() {
    static PACER: Pacer = Pacer::per_second(0.01).margin(1.0);

    #[on_exception(expo, pacer = PACER, max_time = 60, on_giveup = |d| reasons.set(d.reason))]
    async fn send(reasons: &Cell<Option<GiveUp>>) -> Result<(), ApiError> {
        Err(ApiError::Broken)
    }

    let reasons = Cell::new(None);
    assert_eq!(send(&reasons).await, Err(ApiError::Broken));
    assert_eq!(reasons.get(), Some(GiveUp::MaxTime));
}

#[tokio::test(start_paused = true)]
async fn without_a_pacer_and_without_jitter_retry_after_is_a_floor_under_the_wait() {
    #[on_exception(constant, interval = [1, 20], jitter = none, retry_after = |_| seconds(5), on_backoff = |d| waits.push(d.wait.unwrap()))]
    async fn send(waits: &mut Vec<Duration>) -> Result<(), ApiError> {
        Err(ApiError::Broken)
    }

    let mut waits = Vec::new();
    assert!(send(&mut waits).await.is_err());
    assert_eq!(waits, [seconds(5), seconds(20)]);
}

#[tokio::test(start_paused = true)]
async fn a_hint_beyond_what_is_left_of_max_time_gives_up_now() {
    fn reason(details: &Details<'_, ApiError>) {
        assert_eq!(details.reason, Some(GiveUp::RetryAfter));
    }

    #[on_exception(expo, retry_after = ApiError::retry_after, max_time = 100, on_giveup = reason)]
    async fn limited(hint: u64) -> Result<(), ApiError> {
        Err(ApiError::TooMany(Some(seconds(hint))))
    }

    #[on_exception(expo, jitter = none, retry_after = ApiError::retry_after, max_tries = 2, on_giveup = |d| *tries = d.tries)]
    async fn unlimited(hint: u64, tries: &mut u32) -> Result<(), ApiError> {
        Err(ApiError::TooMany(Some(seconds(hint))))
    }

    let start = Instant::now();
    assert!(limited(101).await.is_err());
    let mut tries = 0;
    assert!(unlimited(3601, &mut tries).await.is_err());
    assert_eq!((start.elapsed(), tries), (Duration::ZERO, 1));
    assert!(unlimited(3600, &mut tries).await.is_err());
    assert_eq!((start.elapsed(), tries), (seconds(3600), 2));
}

#[test]
fn an_exhausted_budget_gives_up() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).per_second(0.0);

    #[on_exception(constant, interval = 0, budget = BUDGET, on_giveup = |d| reasons.push(d.reason))]
    fn send(reasons: &mut Vec<Option<GiveUp>>) -> Result<(), ApiError> {
        Err(ApiError::Broken)
    }

    let mut reasons = Vec::new();
    for _ in 0..3 {
        assert!(send(&mut reasons).is_err());
    }
    assert_eq!(reasons, [Some(GiveUp::Budget); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_timed_out_attempt_is_a_failure() {
    #[on_exception(constant, jitter = none, attempt_timeout = 5, max_tries = 3)]
    async fn send(calls: &Cell<u32>) -> Result<u32, ApiError> {
        calls.set(calls.get() + 1);
        tokio::time::sleep(seconds(if calls.get() < 3 { 60 } else { 4 })).await;
        Ok(calls.get())
    }

    #[on_predicate(constant, jitter = none, attempt_timeout = limit, max_tries = 2)]
    async fn poll(limit: Duration) -> Option<u32> {
        std::future::pending().await
    }

    let start = Instant::now();
    assert_eq!(send(&Cell::new(0)).await, Ok(3));
    assert_eq!(start.elapsed(), seconds(5 + 1 + 5 + 1 + 4));
    assert_eq!(poll(seconds(2)).await, None);
    assert_eq!(start.elapsed(), seconds(16 + 2 + 1 + 2));
}

#[test]
fn a_sync_function_waits_for_its_turn() {
    static PACER: Pacer = Pacer::per_second(1.0).margin(1.0);

    #[on_exception(expo, pacer = PACER)]
    fn send() -> Result<(), ApiError> {
        Ok(())
    }

    let scope = testing::Scope::new().without_waits();
    scope.run(|| (0..10).for_each(|_| send().unwrap()));
    assert_eq!(scope.elapsed(), seconds(9));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_retried_is_an_answer_that_the_limit_let_pass() {
    static PACER: Pacer = Pacer::adaptive();

    #[on_exception(expo, ApiError::is_throttled, pacer = PACER, throttled = ApiError::is_throttled)]
    async fn send() -> Result<(), ApiError> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(ApiError::Broken)
    }

    assert_eq!(PACER.rate(), None);
    assert_eq!(send().await, Err(ApiError::Broken));
    assert!(PACER.rate().is_some(), "the pacer has learnt how long calls take");
}

#[tokio::test(start_paused = true)]
async fn a_budget_fills_on_the_clock_of_the_waits() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).per_second(1.0);

    #[on_exception(constant, interval = [2, 2, 2], jitter = none, budget = BUDGET, on_giveup = |d| reasons.set(d.reason))]
    async fn send(reasons: &Cell<Option<GiveUp>>) -> Result<(), ApiError> {
        Err(ApiError::Broken)
    }

    let reasons = Cell::new(None);
    assert!(send(&reasons).await.is_err());
    assert_eq!(reasons.get(), Some(GiveUp::Exhausted), "a retry each two seconds is within one a second");
}
