//! The condition `transient`: the type of what fails says what is retried, when to come back, and what a refusal is.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff_runtime::{Class, Details, Pacer, Transient, on_exception, on_predicate, retry};
use backoff_tests::rate_limits::paused;
use tokio::time::{Instant, sleep};

/// A failure of such a class.
#[derive(Debug, PartialEq)]
struct Failure(Class);

impl Transient for Failure {
    fn class(&self) -> Class {
        ASKED.set(ASKED.get() + 1);
        self.0
    }
}

impl From<backoff_runtime::AttemptTimeout> for Failure {
    fn from(_: backoff_runtime::AttemptTimeout) -> Self {
        Self(Class::Final)
    }
}

thread_local! {
    /// How often a class was asked for.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// What attempts return, one after the other.
struct Answers(RefCell<Vec<Result<u32, Class>>>);

impl Answers {
    fn new<const N: usize>(mut answers: [Result<u32, Class>; N]) -> Self {
        answers.reverse();
        Self(RefCell::new(answers.to_vec()))
    }

    fn next(&self) -> Result<u32, Failure> {
        self.0.borrow_mut().pop().expect("no further attempt").map_err(Failure)
    }

    fn left(&self) -> usize {
        self.0.borrow().len()
    }
}

#[allow(clippy::unnecessary_wraps, reason = "a hint may be missing")]
const fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

#[test]
fn what_is_not_final_is_retried() {
    #[retry(constant, transient, interval = 0, logger = none)]
    fn call(answers: &Answers) -> Result<u32, Failure> {
        answers.next()
    }
    let passes = Answers::new([Err(Class::TRANSIENT), Err(Class::RATE_LIMIT), Ok(3)]);
    assert_eq!(call(&passes), Ok(3));
    let stays = Answers::new([Err(Class::TRANSIENT), Err(Class::Final), Ok(3)]);
    assert_eq!(call(&stays), Err(Failure(Class::Final)));
    assert_eq!(stays.left(), 1, "a final error is returned at once");
}

#[test]
fn a_failure_is_asked_for_its_class_once_and_a_success_never() {
    #[on_exception(constant, transient, interval = 0, pacer = pacer, on_backoff = |_| {}, logger = none)]
    fn call(pacer: &Pacer, answers: &Answers) -> Result<u32, Failure> {
        answers.next()
    }
    ASKED.set(0);
    let answers = Answers::new([Err(Class::TRANSIENT), Err(Class::TRANSIENT), Ok(3)]);
    assert_eq!(call(&Pacer::adaptive(), &answers), Ok(3));
    assert_eq!(ASKED.get(), 2);
}

#[test]
fn a_value_is_asked_as_an_error_is() {
    #[on_predicate(constant, transient, interval = 1, logger = none)]
    async fn poll(answers: &Answers) -> Failure {
        answers.next().expect_err("there are only classes")
    }
    paused(async {
        let hint = Class::TRANSIENT.after(seconds(7));
        let begun = Instant::now();
        let last = poll(&Answers::new([Err(Class::TRANSIENT), Err(hint), Err(Class::Final)])).await;
        assert_eq!(last, Failure(Class::Final));
        let waited = begun.elapsed();
        assert!((Duration::from_secs(7)..=Duration::from_secs(9)).contains(&waited), "{waited:?}");
    });
}

#[test]
fn the_hint_is_waited_for_as_with_retry_after() {
    #[retry(constant, transient, interval = 2, jitter = none, on_backoff = |d: &Details<'_, _>| waits.borrow_mut().push(d.wait), logger = none)]
    async fn call(answers: &Answers, waits: &RefCell<Vec<Option<Duration>>>) -> Result<u32, Failure> {
        answers.next()
    }
    let (transient, refused) = (Class::TRANSIENT.after(seconds(5)), Class::RATE_LIMIT.after(seconds(9)));
    let waits = RefCell::default();
    let answers = Answers::new([Err(transient), Err(refused), Err(Class::TRANSIENT), Ok(1)]);
    assert_eq!(paused(call(&answers, &waits)), Ok(1));
    assert_eq!(waits.take(), [5, 9, 2].map(seconds));
}

#[test]
fn a_hint_beyond_max_time_gives_up_at_once() {
    #[retry(expo, transient, max_time = 10, logger = none)]
    async fn call(answers: &Answers) -> Result<u32, Failure> {
        answers.next()
    }
    let refused = Class::RATE_LIMIT.after(seconds(11));
    assert_eq!(paused(call(&Answers::new([Err(refused)]))), Err(Failure(refused)));
}

#[test]
fn the_option_retry_after_says_otherwise() {
    #[retry(constant, transient, interval = 0, retry_after = |_| 3, jitter = none, logger = none)]
    async fn call(answers: &Answers) -> Result<u32, Failure> {
        answers.next()
    }
    paused(async {
        let begun = Instant::now();
        let transient = Class::TRANSIENT.after(seconds(5));
        assert_eq!(call(&Answers::new([Err(transient), Ok(1)])).await, Ok(1));
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
    });
}

#[test]
fn a_pacer_hears_only_the_rate_limit() {
    /// Of an adaptive pacer, as it needs nothing more than `transient`.
    static ACCOUNT: Pacer = Pacer::adaptive();

    #[retry(
        constant, transient, interval = 1, jitter = none, pacer = ACCOUNT, logger = none,
        on_backoff = |_| closed.borrow_mut().push(ACCOUNT.state().closed_until.is_some()),
    )]
    async fn call(answers: &Answers, closed: &RefCell<Vec<bool>>) -> Result<u32, Failure> {
        answers.next()
    }
    paused(async {
        let closed = RefCell::default();
        let (hinted, refused) = (Class::TRANSIENT.after(seconds(2)), Class::RATE_LIMIT.after(seconds(5)));
        let answers = Answers::new([Err(Class::TRANSIENT), Err(hinted), Err(refused), Ok(1)]);
        let begun = Instant::now();
        assert_eq!(call(&answers, &closed).await, Ok(1));
        assert!(begun.elapsed() >= Duration::from_secs(1 + 2 + 5), "{:?}", begun.elapsed());
        assert_eq!(closed.take(), [false, false, true], "a hint alone is no refusal");
    });
}

#[test]
fn the_option_throttled_says_otherwise() {
    #[retry(
        constant, transient, interval = 0, pacer = pacer, throttled = |_| false, logger = none,
        on_backoff = |_| assert_eq!(pacer.state().closed_until, None),
    )]
    async fn call(pacer: &Pacer, answers: &Answers) -> Result<u32, Failure> {
        answers.next()
    }
    let refused = Class::RATE_LIMIT.after(seconds(5));
    assert_eq!(paused(call(&Pacer::adaptive(), &Answers::new([Err(refused), Ok(1)]))), Ok(1));
}

#[test]
fn an_attempt_that_took_too_long_is_retried_whatever_its_error_is() {
    #[retry(constant, transient, interval = 0, attempt_timeout = 1, max_tries = 3, logger = none)]
    async fn call(calls: &Cell<u32>) -> Result<u32, Failure> {
        calls.set(calls.get() + 1);
        sleep(Duration::from_secs(9)).await;
        Ok(1)
    }
    let calls = Cell::new(0);
    assert_eq!(paused(call(&calls)), Err(Failure(Class::Final)));
    assert_eq!(calls.get(), 3);
}

#[test]
fn it_is_asked_of_types_that_are_generic() {
    #[retry(constant, transient, interval = 0, max_tries = 2, logger = none)]
    fn call<E: Transient>(mut make: impl FnMut() -> E) -> Result<u32, E> {
        Err(make())
    }
    let calls = Cell::new(0);
    let last = call(|| {
        calls.set(calls.get() + 1);
        Failure(Class::TRANSIENT)
    });
    assert_eq!((last, calls.get()), (Err(Failure(Class::TRANSIENT)), 2));
}
