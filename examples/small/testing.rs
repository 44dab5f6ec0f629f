//! How code that retries is tested: without waiting, and with the same result each time.
//!
//! ```text
//! cargo run --example testing
//! ```
//!
//! The functions under test wait for minutes and know nothing of tests. Each test here is a function that `main` calls;
//! in a project of yours it would carry `#[test]` or `#[tokio::test(start_paused = true)]`. Expect five tests that pass
//! in an instant, and the time that they would have taken.

use std::{cell::Cell, io, time::Duration};

use backoff_runtime::{on_exception, on_predicate, testing::Scope};
use tokio::time::Instant;

#[on_predicate(constant, interval = "1m", jitter = none, max_time = "1h")]
async fn is_delivered(polls: &Cell<u32>, delivered_at_poll: u32) -> bool {
    polls.set(polls.get() + 1);
    tokio::task::yield_now().await;
    polls.get() >= delivered_at_poll
}

#[on_exception(fibo, jitter = none, max_tries = 8)]
fn connect(attempts: &Cell<u32>) -> io::Result<()> {
    attempts.set(attempts.get() + 1);
    Err(io::ErrorKind::ConnectionRefused.into())
}

#[on_exception(expo, max_tries = 6, on_backoff = |details| waits.push(details.wait.unwrap()))]
fn upload(waits: &mut Vec<Duration>) -> io::Result<()> {
    Err(io::ErrorKind::TimedOut.into())
}

/// A paused tokio clock jumps to the next timer, so async functions need nothing else.
async fn a_delivery_is_noticed() {
    let (start, polls) = (Instant::now(), Cell::new(0));
    assert!(is_delivered(&polls, 4).await);
    assert_eq!((polls.get(), start.elapsed()), (4, Duration::from_secs(3 * 60)));
    passed("a delivery is noticed", start.elapsed());
}

/// Limits of time hold on the paused clock, too.
async fn after_an_hour_nobody_asks_any_more() {
    let start = Instant::now();
    assert!(!is_delivered(&Cell::new(0), u32::MAX).await);
    assert_eq!(start.elapsed(), Duration::from_secs(60 * 60));
    passed("after an hour nobody asks any more", start.elapsed());
}

/// Sync functions wait on the scope's clock, if it is without waits.
fn all_attempts_are_made() {
    let (scope, attempts) = (Scope::new().without_waits(), Cell::new(0));
    assert!(scope.run(|| connect(&attempts)).is_err());
    assert_eq!(attempts.get(), 8);
    assert_eq!(scope.elapsed(), Duration::from_secs(1 + 1 + 2 + 3 + 5 + 8 + 13));
    passed("all attempts are made", scope.elapsed());
}

/// Where only the failure matters, one attempt is enough.
fn a_failure_is_returned() {
    let attempts = Cell::new(0);
    let error = Scope::new().max_tries(1).run(|| connect(&attempts)).unwrap_err();
    assert_eq!((error.kind(), attempts.get()), (io::ErrorKind::ConnectionRefused, 1));
    passed("a failure is returned", Duration::ZERO);
}

/// A seed makes the jitter the same in each run.
fn jitter_repeats() {
    let waits_of_seed = |seed| {
        let mut waits = Vec::new();
        let error = Scope::new().without_waits().seed(seed).run(|| upload(&mut waits));
        assert!(error.is_err());
        waits
    };
    assert_eq!(waits_of_seed(7), waits_of_seed(7));
    assert_ne!(waits_of_seed(7), waits_of_seed(8));
    passed("jitter repeats", waits_of_seed(7).iter().sum());
}

fn passed(test: &str, simulated: Duration) {
    println!("{test} ... ok, {:.0} s on its clock", simulated.as_secs_f64());
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    a_delivery_is_noticed().await;
    after_an_hour_nobody_asks_any_more().await;
    all_attempts_are_made();
    a_failure_is_returned();
    jitter_repeats();
    println!("All tests passed.");
}
