//! What other retry libraries get wrong, each as a test that shows it absent here. What they refuse too late,
//! or accept (a limit of no attempts, a negative factor, a misspelt option), is refused at compile time:
//! `ui.rs`. Kinds of functions that others don't take are in `kinds_of_function.rs`, `positions.rs` and
//! `arguments.rs`.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backoff_runtime::{RetryAfter, RetryBudget, on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, millis, seconds};
use backoff_tests::{both, waits};
use tokio::time::Instant;

/// The waits of a call that fails 301 times.
macro_rules! many {
    ($($argument:tt)+) => {{
        #[on_predicate($($argument)+, max_tries = 301, logger = none, on_backoff = |d| waits.extend(d.wait))]
        fn call(waits: &mut Vec<Duration>) {}
        let mut waits = vec![];
        trace::blocking(|_| call(&mut waits));
        waits
    }};
}

/// backon: 19.97 s at a cap of 10 s.
#[test]
fn jitter_does_not_exceed_the_maximum() {
    assert!(many!(expo, max_value = 10).iter().all(|wait| *wait <= seconds(10)));
}

/// backon: 34 s at 30 s.
#[test]
fn the_fibonacci_maximum_is_not_overshot() {
    assert_eq!(many!(fibo, max_value = 30, jitter = none).into_iter().max(), Some(seconds(30)));
}

/// backon counts sleeps alone: at a limit of 5 s, attempts of 100 s go on for 605 s. Python does not count
/// the attempt that has just ended: at a limit of 0.5 s, attempts of 0.4 s go on for 1.3 s.
#[test]
fn the_limit_of_time_counts_the_attempts() {
    both! {
        #[on_exception(constant, interval = "100ms", max_time = limit, jitter = none, logger = none)]
        fn call(trace: &Trace, limit: Duration, attempt: Duration) -> Result<(), u8> {
            trace.takes(attempt);
            Err(7)
        }
        |trace| call(trace, seconds(5), seconds(100)), call(trace, millis(500), millis(400)) => [
            "+100s", "returned Err(7)", "+900ms", "returned Err(7)",
        ]
    }
}

/// backon panics with `total_delay(MAX)`, and with uncapped fibonacci and jitter; mulligan when its linear
/// waits overflow; retry-if at attempt 70, as it multiplies before the maximum applies.
#[test]
fn nothing_overflows() {
    assert_eq!(many!(expo, base = 10, max_time = Duration::MAX).len(), 300);
    assert_eq!(many!(fibo, jitter = random_jitter).len(), 300);
    assert_eq!(many!((1..).map(|n| Duration::MAX / 2 * (1 + n / 300)), jitter = random_jitter).len(), 300);
    assert_eq!(many!(expo, max_value = 60, jitter = none)[6..], [seconds(60); 294]);
}

/// backon accepts a factor of -1. Here a literal is refused, and one that is known only at run time waits not
/// at all.
#[test]
fn a_negative_factor_of_run_time_is_no_wait() {
    assert_eq!(waits!(expo, factor = || -1, jitter = none), [Duration::ZERO; 5]);
}

/// backoff makes the operation before the wait, so that what it captured is stale after it.
#[tokio::test(start_paused = true)]
async fn each_attempt_is_made_after_the_wait() {
    #[on_exception(constant, interval = 60, jitter = none, max_tries = 3, logger = none)]
    async fn call(start: Instant, made: &mut Vec<Duration>) -> Result<(), u8> {
        let token = start.elapsed();
        made.push(token);
        Err(7)
    }
    let mut made = vec![];
    assert!(call(Instant::now(), &mut made).await.is_err());
    assert_eq!(made, [0, 60, 120].map(seconds));
}

/// backoff, tokio-retry2: the limit is on another clock than the sleep, so under a paused clock it is never
/// reached. retrying, retryable, Python: a clock that can be set.
#[tokio::test(start_paused = true)]
async fn the_limit_of_time_is_on_the_clock_of_the_sleep() {
    #[on_predicate(constant, max_time = 3600, jitter = none, logger = none)]
    async fn call(attempts: &mut u32) {
        *attempts += 1;
    }
    let mut attempts = 0;
    call(&mut attempts).await;
    assert_eq!(attempts, 3601);
}

/// tokio-retry: `from_millis(100)` waits 100 ms, 10 s, 1000 s, 28 h.
#[test]
fn exponential_waits_double() {
    assert_eq!(waits!(expo, factor = 0.1, jitter = none), [100, 200, 400, 800, 1600].map(millis));
}

/// tokio-retry2: `retry_after` never changes the sleep. Python: jitter shortens a Retry-After.
#[test]
fn a_wait_that_the_server_asks_for_is_waited_in_full() {
    both! {
        #[on_exception(runtime, value = |retry_after| *retry_after, max_tries = 2, logger = none)]
        fn call(retry_after: u64) -> Result<(), u64> {
            Err(retry_after)
        }
        |trace| call(17), call(120) => ["+17s", "returned Err(17)", "+120s", "returned Err(120)"]
    }
}

/// failsafe-go: a date in a Retry-After is ignored, `-5` becomes an immediate retry.
#[test]
fn a_retry_after_is_understood_as_a_date_too_and_a_negative_one_as_none() {
    const DATE: &str = "Wed, 21 Oct 2015 07:27:30 GMT";
    both! {
        #[on_exception(
            runtime,
            value = |header| RetryAfter::parse(header).map(|asked| asked.wait_since(RetryAfter::date(DATE))),
            max_tries = 2,
            logger = none,
        )]
        fn call(trace: &Trace, header: &'static str) -> Result<(), &'static str> {
            trace.say(header, Err(header))
        }
        |trace| call(trace, "120"), call(trace, "Wed, 21 Oct 2015 07:28:00 GMT"), call(trace, "-5") => [
            "120", "+120s", "120", r#"returned Err("120")"#,
            "Wed, 21 Oct 2015 07:28:00 GMT", "+30s", "Wed, 21 Oct 2015 07:28:00 GMT",
            r#"returned Err("Wed, 21 Oct 2015 07:28:00 GMT")"#,
            "-5", r#"returned Err("-5")"#,
        ]
    }
}

/// failsafe-go: large values of a Retry-After wrap to negative.
#[test]
fn a_large_retry_after_saturates() {
    let asked = waits!(runtime, value = |()| u64::MAX);
    assert_eq!(asked, [Duration::from_secs(u64::MAX); 5]);
    assert_eq!(waits!(runtime, value = |()| f64::MAX, max_time = 5), [], "the call gives up at once");
}

/// tokio-retry2: the duration that is told is the wrong one. mulligan: the hook after an attempt runs after
/// the sleep.
#[test]
fn the_wait_is_told_before_it_is_waited() {
    both! {
        #[on_predicate(
            expo,
            max_tries = 3,
            jitter = |w| w * 3,
            on_backoff = |d| trace.told("on_backoff", d),
            logger = none,
        )]
        fn call(trace: &Trace) {}
        |trace| call(trace) => [
            "on_backoff: call #1 at 0ns, wait 3s, ()", "+3s",
            "on_backoff: call #2 at 3s, wait 6s, ()", "+6s", "returned ()",
        ]
    }
}

/// tokio-retry2 draws its range jitter once for all waits; tower's rounds to zero for whole seconds, and is
/// none at the maximum; in relentless' documented order jitter is defeated at the cap.
#[test]
fn jitter_is_drawn_for_each_wait_and_at_the_maximum_too() {
    for waits in [
        many!(constant, interval = 10),
        many!(expo, max_value = 10),
        many!(expo, max_value = 10, jitter = equal_jitter),
    ] {
        let mut different = waits[10..].to_vec();
        different.sort();
        different.dedup();
        assert!(different.len() > 280, "{different:?}");
        assert!(different.iter().any(|wait| wait.subsec_nanos() != 0));
    }
}

/// tower: all backoffs of one maker share one sequence.
#[test]
fn calls_do_not_share_a_sequence_of_jitter() {
    assert_ne!(many!(constant), many!(constant));
}

/// mulligan's "decorrelated" grows with the exponential and not with the last wait, and panics when the base
/// is large.
#[test]
fn decorrelated_jitter_follows_the_last_wait_whatever_the_base() {
    let waits = many!(constant, interval = 2, jitter = decorrelated_jitter);
    let bounds = std::iter::once(seconds(2)).chain(waits.iter().copied());
    assert!(std::iter::zip(bounds, &waits).all(|(last, wait)| *wait <= last.saturating_mul(3)));
    assert_eq!(many!(constant, interval = Duration::MAX, jitter = decorrelated_jitter).len(), 300);
}

/// retry-if: `?` on an `Option` and `bail!` don't retry. retrying, retryable: nor do `?` and `return`.
#[test]
fn every_way_out_of_the_body_ends_an_attempt_and_not_the_call() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 4, logger = none)]
        fn call(trace: &Trace, attempts: &Cell<u32>) -> anyhow::Result<&'static str> {
            attempts.set(attempts.get() + 1);
            trace.note(format!("attempt {}", attempts.get()));
            match attempts.get() {
                1 => anyhow::bail!("bailed"),
                2 => { "x".parse::<u8>()?; }
                3 => return Err(anyhow::anyhow!("returned")),
                _ => {}
            }
            Ok("done")
        }
        |trace| call(trace, &Cell::new(0)) => [
            "attempt 1", "attempt 2", "attempt 3", "attempt 4", r#"returned Ok("done")"#,
        ]
    }
    both! {
        #[on_predicate(constant, interval = 0, logger = none)]
        fn call(options: &Cell<u8>) -> Option<u8> {
            let nothing = options.replace(options.get() + 1).checked_sub(2)?;
            Some(nothing)
        }
        |trace| call(&Cell::new(0)) => ["returned Some(0)"]
    }
}

/// asyn-retry-policy: `attempts = 0` panics when called. Python: `max_tries = 0` is infinite.
#[test]
fn no_attempts_at_run_time_are_one() {
    both! {
        #[on_exception(constant, max_tries = tries, logger = none)]
        fn call(tries: u32) -> Result<(), u32> {
            Err(tries)
        }
        |trace| call(0) => ["returned Err(0)"]
    }
}

/// Python: an error of a callable's own is swallowed, and becomes infinite retry.
#[test]
#[should_panic(expected = "no settings")]
fn a_panic_in_a_callable_goes_through() {
    #[on_predicate(constant, interval = 0, max_tries = || -> u32 { panic!("no settings") })]
    fn call() -> bool {
        true
    }
    call();
}

/// Python: a shared iterator of waits serves one call only.
#[test]
fn a_generator_serves_each_call_anew() {
    both! {
        #[on_predicate(constant, interval = [1, 2], jitter = none, logger = none)]
        #[on_predicate([seconds(3)].into_iter(), jitter = none, logger = none)]
        fn call() {}
        |trace| call(), call() => ["+12s", "returned ()", "+12s", "returned ()"]
    }
}

/// Python: what goes wrong in a lambda handler that returns a coroutine is lost.
#[tokio::test(start_paused = true)]
#[should_panic(expected = "the handler failed")]
async fn a_closure_that_returns_a_future_is_awaited() {
    #[on_predicate(constant, max_tries = 2, on_backoff = |_| async { panic!("the handler failed") })]
    async fn call() {}
    call().await;
}

/// AWS adaptive mode before 2026: retries wait for the limiter but pay no token, 62 times the calls at one a second.
#[tokio::test(start_paused = true)]
async fn a_budget_bounds_the_retries_of_all_callers() {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.1).per_second(0.5);
    #[on_exception(
        expo,
        max_value = 5,
        max_tries = 60,
        giveup = |()| !BUDGET.withdraw_at(Instant::now().into_std()),
        logger = none,
    )]
    async fn call() -> Result<(), ()> {
        ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        Err(())
    }
    for _ in 0..100 {
        tokio::spawn(call());
        tokio::time::sleep(seconds(1)).await;
    }
    // One call a second for 100 s, and half a retry; one that the budget begins with.
    let attempts = ATTEMPTS.load(Ordering::Relaxed);
    assert!((140..=152).contains(&attempts), "{attempts}");
}
