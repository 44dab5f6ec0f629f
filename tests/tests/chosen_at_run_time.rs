//! Options whose values are known only at run time: generators and jitters of any kind, limits and bounds that may be
//! absent, and waits as other types have them.

use std::cell::RefCell;
use std::time::Duration;

use backoff_runtime::{
    AnyJitter, Details, Jitter, RetryAfter, Wait, constant, decay, expo, fibo, full_jitter, none,
    on_exception, on_predicate, runtime,
};
use backoff_tests::trace::{self, seconds};
use backoff_tests::waits;

/// The waits of a call of the closure form, of five attempts.
macro_rules! closure_waits {
    ($waits:expr $(, $jitter:expr)?) => {{
        let mut waits = Vec::new();
        let told = |details: &Details<'_, ()>| waits.extend(details.wait);
        let call = on_predicate($waits).max_tries(6).logger(None).on_backoff(told);
        trace::blocking(|_| call$(.jitter($jitter))?.run_blocking(|| ()));
        waits
    }};
}

#[test]
fn a_boxed_generator_is_a_generator() {
    fn chosen(is_patient: bool) -> Box<dyn Wait<()>> {
        if is_patient { Box::new(expo().factor(10)) } else { Box::new(runtime().value(|(): &()| 3)) }
    }
    assert_eq!(waits!(chosen(true), jitter = none), [10, 20, 40, 80, 160].map(seconds));
    assert_eq!(waits!(chosen(false)), [3; 5].map(seconds), "asked for, so not jittered");
    assert_eq!(closure_waits!(chosen(true), none), [10, 20, 40, 80, 160].map(seconds));
    assert_eq!(closure_waits!(chosen(false)), [3; 5].map(seconds));
    let send: Box<dyn Wait<()> + Send> = Box::new(constant());
    assert_eq!(closure_waits!(send, none), [1; 5].map(seconds));
    let both: Box<dyn Wait<()> + Send + Sync> = Box::new([4, 5].map(seconds).into_iter());
    assert_eq!(closure_waits!(both, none), [4, 5].map(seconds));
    let iterator: Box<dyn Iterator<Item = Duration>> = Box::new([4, 5].map(seconds).into_iter());
    assert_eq!(closure_waits!(iterator, none), [4, 5].map(seconds));
}

#[test]
fn a_boxed_generator_may_borrow_and_tells_its_bound() {
    let first = seconds(9);
    let mut borrowing: Box<dyn Wait<u8> + '_> = Box::new(std::iter::repeat_with(|| first));
    assert_eq!(borrowing.next_wait(&1), Some(first));
    let bounded: Box<dyn Wait<u8> + Sync> = Box::new(fibo().max_value(7));
    assert_eq!((bounded.longest(), bounded.is_asked_for()), (Some(seconds(7)), false));
}

#[test]
fn a_boxed_jitter_is_a_jitter() {
    fn chosen(is_doubled: bool) -> Box<dyn Jitter> {
        if is_doubled { Box::new(|wait| wait * 2) } else { Box::new(none()) }
    }
    assert_eq!(waits!(constant, jitter = chosen(true)), [2; 5].map(seconds));
    assert_eq!(waits!(constant, jitter = chosen(false)), [1; 5].map(seconds));
    assert_eq!(closure_waits!(constant(), chosen(true)), [2; 5].map(seconds));
    let send: Box<dyn Jitter + Send> = Box::new(none());
    assert_eq!(closure_waits!(constant(), send), [1; 5].map(seconds));
    assert!(full_jitter.is_random() && !none().is_random() && !chosen(false).is_random());
}

#[test]
fn a_function_of_the_wait_may_be_a_value() {
    static DOUBLE: fn(Duration) -> Duration = |wait| wait * 2;
    assert_eq!(waits!(constant, jitter = DOUBLE), [2; 5].map(seconds));
    assert_eq!(closure_waits!(constant(), DOUBLE), [2; 5].map(seconds));
    let boxed: Box<dyn Fn(Duration) -> Duration> = Box::new(DOUBLE);
    assert_eq!(closure_waits!(constant(), boxed), [2; 5].map(seconds));
}

#[test]
fn a_jitter_may_be_chosen_by_a_configuration() {
    #[on_predicate(
        expo, jitter = jitter, max_tries = 500, max_value = 30, max_time = max_time,
        logger = none, on_backoff = |d| waits.borrow_mut().extend(d.wait),
    )]
    fn call(waits: &RefCell<Vec<Duration>>, jitter: AnyJitter, max_time: Option<u32>) {}
    let drawn = |jitter, max_time| {
        let waits = RefCell::default();
        trace::blocking(|_| call(&waits, jitter, max_time));
        waits.into_inner()
    };
    let of = |jitter| drawn(jitter, None);
    assert_eq!(of(AnyJitter::None)[..6], [1, 2, 4, 8, 16, 30].map(seconds));
    assert!(of(AnyJitter::default()).iter().any(|wait| *wait < seconds(1)), "by default full jitter");
    assert!(of(AnyJitter::Equal)[5..].iter().all(|wait| *wait >= seconds(15)));
    assert!(of(AnyJitter::Random)[5..].iter().all(|wait| *wait >= seconds(30)));
    let decorrelated = of(AnyJitter::Decorrelated);
    assert!(decorrelated.iter().all(|wait| (seconds(1)..=seconds(30)).contains(wait)));
    assert!(decorrelated.iter().any(|wait| *wait > seconds(3)), "it remembers the wait before");
    assert_eq!(drawn(AnyJitter::None, Some(5)), [1, 2, 2].map(seconds), "cut, as it is not random");
    assert_eq!(closure_waits!(expo(), AnyJitter::None), [1, 2, 4, 8, 16].map(seconds));
}

#[test]
fn a_bound_of_a_generator_may_be_absent() {
    fn bound(seconds: u64) -> Option<Duration> {
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }
    const LONGEST: Option<u32> = Some(3);
    const NONE: Option<f64> = None;
    assert_eq!(waits!(expo, max_value = bound(5), jitter = none), [1, 2, 4, 5, 5].map(seconds));
    assert_eq!(waits!(expo, max_value = bound(0), jitter = none), [1, 2, 4, 8, 16].map(seconds));
    assert_eq!(waits!(fibo, max_value = LONGEST, jitter = none), [1, 1, 2, 3, 3].map(seconds));
    assert_eq!(waits!(fibo, max_value = NONE, jitter = none), [1, 1, 2, 3, 5].map(seconds));
    assert_eq!(waits!(expo, max_value = None, jitter = none), [1, 2, 4, 8, 16].map(seconds));
    assert_eq!(waits!(decay, min_value = bound(1), jitter = none), [1; 5].map(seconds));
    assert!(waits!(decay, min_value = none, jitter = none)[4] < seconds(1));
    assert_eq!(closure_waits!(expo().max_value(bound(5)), none), [1, 2, 4, 5, 5].map(seconds));
    assert_eq!(closure_waits!(fibo().max_value(NONE), none), [1, 1, 2, 3, 5].map(seconds));
    assert_eq!(closure_waits!(decay().min_value(bound(1)), none), [1; 5].map(seconds));
}

#[test]
fn a_parsed_retry_after_is_a_wait() {
    struct Refused(&'static str);

    #[on_exception(
        expo, max_tries = 2, retry_after = |e| RetryAfter::parse(e.0),
        logger = none, on_backoff = |d| waits.borrow_mut().extend(d.wait),
    )]
    fn hinted(waits: &RefCell<Vec<Duration>>) -> Result<(), Refused> {
        Err(Refused("120"))
    }
    #[on_exception(
        runtime, value = |e| RetryAfter::parse(e.0).unwrap(), max_tries = 2,
        logger = none, on_backoff = |d| waits.borrow_mut().extend(d.wait),
    )]
    fn asked(waits: &RefCell<Vec<Duration>>) -> Result<(), Refused> {
        Err(Refused("7"))
    }
    let waits = RefCell::default();
    trace::blocking(|_| assert!(hinted(&waits).is_err() && asked(&waits).is_err()));
    assert!(waits.borrow()[0] >= seconds(120));
    assert_eq!(waits.borrow()[1], seconds(7));
}

#[test]
fn a_value_that_is_no_wait_gives_up() {
    assert_eq!(waits!(runtime, value = |()| -1.0), []);
    assert_eq!(waits!(runtime, value = |()| Some(f64::NAN)), []);
    for value in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(closure_waits!(runtime().value(|(): &()| value)), []);
    }
    assert_eq!(waits!(runtime, value = |()| -1), []);
    assert_eq!(waits!(runtime, value = |()| -0.0), [seconds(0); 5]);
}
