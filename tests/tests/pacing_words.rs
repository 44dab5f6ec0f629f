//! What a call tells its pacer: what the server says of its limits, what an attempt costs, and what it truly cost.

use std::cell::Cell;
use std::sync::Mutex;
use std::time::Duration;

use backoff_runtime::{Pacer, RateLimit, expo, on_exception, on_predicate};
use backoff_tests::rate_limits::paused;
use tokio::time::{Instant, sleep};

#[derive(Clone, Debug, PartialEq)]
enum ApiError {
    Refused,
    Broken,
    Final,
    Slow,
}

impl From<backoff_runtime::AttemptTimeout> for ApiError {
    fn from(_: backoff_runtime::AttemptTimeout) -> Self {
        Self::Slow
    }
}

/// What the attempts of a call return, one after the other.
type Answers = Mutex<Vec<Result<u64, ApiError>>>;

fn answers(mut answers: Vec<Result<u64, ApiError>>) -> Answers {
    answers.reverse();
    Mutex::new(answers)
}

fn next(answers: &Answers) -> Result<u64, ApiError> {
    answers.lock().expect("no test panics in here").pop().expect("no further attempt")
}

#[test]
fn limit_sees_what_each_attempt_returned_once_before_the_pacer_hears_of_it() {
    #[on_exception(
        expo,
        pacer = pacer,
        throttled = |e| *e == ApiError::Refused,
        giveup = |e| *e == ApiError::Final,
        limit = |outcome| { assert_eq!(pacer.in_flight(), 1); seen.lock().expect("no panic").push(outcome.clone()); None::<RateLimit> },
        logger = none,
    )]
    async fn call(
        pacer: &Pacer,
        seen: &Mutex<Vec<Result<u64, ApiError>>>,
        answers: &Answers,
    ) -> Result<u64, ApiError> {
        next(answers)
    }
    let (pacer, seen) = (Pacer::adaptive(), Mutex::new(Vec::new()));
    let all = vec![Err(ApiError::Refused), Err(ApiError::Broken), Ok(1)];
    assert_eq!(paused(call(&pacer, &seen, &answers(all.clone()))), Ok(1));
    assert_eq!(*seen.lock().expect("no panic"), all);
    seen.lock().expect("no panic").clear();
    assert_eq!(paused(call(&pacer, &seen, &answers(vec![Err(ApiError::Final)]))), Err(ApiError::Final));
    assert_eq!(*seen.lock().expect("no panic"), [Err(ApiError::Final)], "also what is not retried");
}

#[test]
fn an_attempt_without_an_outcome_tells_nothing() {
    #[on_exception(
        expo,
        pacer = pacer,
        throttled = |_| false,
        attempt_timeout = 1,
        max_tries = 2,
        limit = |_| { told.set(told.get() + 1); None::<RateLimit> },
        settle = |_| { told.set(told.get() + 1); 5 },
        logger = none,
    )]
    async fn call(pacer: &Pacer, told: &Cell<u32>) -> Result<(), ApiError> {
        sleep(Duration::from_secs(9)).await;
        Ok(())
    }
    let (pacer, told) = (Pacer::adaptive(), Cell::new(0));
    assert_eq!(paused(call(&pacer, &told)), Err(ApiError::Slow));
    assert_eq!(told.get(), 0);
}

/// The whole seconds at which calls went.
#[derive(Default)]
struct Log(Mutex<Vec<u64>>);

impl Log {
    fn add(&self, start: Instant) {
        self.0.lock().expect("no panic").push(start.elapsed().as_secs());
    }

    fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

#[test]
fn cost_is_evaluated_once_and_taken_for_each_attempt() {
    #[on_exception(
        expo,
        pacer = pacer,
        throttled = |_| false,
        jitter = none,
        cost = { evaluated.set(evaluated.get() + 1); text.len() },
        logger = none,
    )]
    async fn call(
        pacer: &Pacer,
        evaluated: &Cell<u32>,
        text: String,
        log: (&Log, Instant),
        answers: &Answers,
    ) -> Result<u64, ApiError> {
        log.0.add(log.1);
        assert_eq!(text, "12345");
        next(answers)
    }
    paused(async {
        // After the first attempt's 5 of 8 the second waits for the window, not for a second only.
        let (pacer, evaluated, log) = (Pacer::per(8, "10s"), Cell::new(0), Log::default());
        let broken = answers(vec![Err(ApiError::Broken), Ok(1)]);
        let called = call(&pacer, &evaluated, "12345".to_owned(), (&log, Instant::now()), &broken).await;
        assert_eq!((called, evaluated.get(), log.take()), (Ok(1), 1, vec![0, 10]));
    });
}

#[test]
fn a_true_cost_is_settled_in_attributes_and_closures_alike() {
    #[on_exception(
        expo,
        pacer = pacer,
        throttled = |_| false,
        cost = 900,
        settle = |outcome| outcome.as_ref().ok().copied(),
        logger = none,
    )]
    async fn attribute(pacer: &Pacer, log: (&Log, Instant)) -> Result<u64, ApiError> {
        log.0.add(log.1);
        Ok(10)
    }
    async fn closure(pacer: &Pacer, log: (&Log, Instant)) -> Result<u64, ApiError> {
        on_exception(expo())
            .pacer(pacer)
            .throttled(|_: &ApiError| false)
            .cost(900)
            .settle(|outcome: &Result<u64, ApiError>| outcome.as_ref().ok().copied())
            .run(async || {
                log.0.add(log.1);
                Ok::<_, ApiError>(10)
            })
            .await
    }
    fn blocking(pacer: &Pacer, log: (&Log, Instant)) -> Result<u64, ApiError> {
        on_exception(expo())
            .settle(|_: &Result<u64, ApiError>| 10)
            .cost(900)
            .throttled(|_: &ApiError| false)
            .pacer(pacer)
            .run_blocking(|| {
                log.0.add(log.1);
                Ok::<_, ApiError>(10)
            })
    }
    paused(async {
        for form in 0..3 {
            let (pacer, log, start) = (Pacer::per(1000, "1m"), Log::default(), Instant::now());
            for _ in 0..10 {
                let called = match form {
                    0 => attribute(&pacer, (&log, start)).await,
                    1 => closure(&pacer, (&log, start)).await,
                    _ => blocking(&pacer, (&log, start)),
                };
                assert_eq!(called, Ok(10));
            }
            assert_eq!(log.take(), [0; 10], "each of 900 takes 10");
        }
    });
}

#[test]
fn a_success_that_says_that_nothing_remains_closes_the_gate() {
    #[on_exception(
        expo,
        pacer = pacer,
        throttled = |_| false,
        limit = |outcome| outcome.as_ref().ok().map(|left| {
            RateLimit::new().with_limit(3).with_remaining(*left).with_reset(Duration::from_secs(30))
        }),
        logger = none,
    )]
    async fn attribute(pacer: &Pacer, left: u64, log: (&Log, Instant)) -> Result<u64, ApiError> {
        log.0.add(log.1);
        Ok(left)
    }
    #[on_predicate(
        constant,
        |_| false,
        pacer = pacer,
        throttled = |_| false,
        limit = |left: &u64| [RateLimit::new().with_remaining(*left).with_reset(Duration::from_secs(30))],
        logger = none,
    )]
    async fn of_value(pacer: &Pacer, left: u64, log: (&Log, Instant)) -> u64 {
        log.0.add(log.1);
        left
    }
    paused(async {
        let (pacer, log, start) = (Pacer::adaptive(), Log::default(), Instant::now());
        for left in [2, 1, 0, 2] {
            assert_eq!(attribute(&pacer, left, (&log, start)).await, Ok(left));
        }
        assert_eq!(log.take(), [0, 0, 0, 30]);
        let (pacer, start) = (Pacer::adaptive(), Instant::now());
        for left in [1, 0, 1] {
            assert_eq!(of_value(&pacer, left, (&log, start)).await, left);
        }
        assert_eq!(log.take(), [0, 0, 30]);
    });
}

/// As a function that is named: headers of a response.
fn headers(outcome: &Result<u64, ApiError>) -> Vec<RateLimit> {
    let mut headers = http::HeaderMap::new();
    if let Ok(left) = outcome {
        headers.insert("x-ratelimit-remaining", (*left).into());
        headers.insert("x-ratelimit-reset", http::HeaderValue::from_static("7"));
    }
    RateLimit::from_headers(&headers)
}

#[test]
fn limit_may_be_a_function_and_generic() {
    struct Client {
        pacer: Pacer,
    }
    impl Client {
        #[on_exception(expo, pacer = self.pacer, throttled = |_| false, limit = headers, logger = none)]
        async fn call<T>(&self, left: T) -> Result<u64, ApiError>
        where
            T: Copy + Into<u64>,
        {
            Ok(left.into())
        }
    }
    paused(async {
        let (client, start) = (Client { pacer: Pacer::adaptive() }, Instant::now());
        assert_eq!(client.call(0_u32).await, Ok(0));
        assert_eq!(client.call(1_u8).await, Ok(1));
        assert!((6.9..7.2).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    });
}
