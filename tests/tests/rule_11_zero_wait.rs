//! Rule 11: a wait of zero makes no timer, but yields to the runtime once. No wait ever exceeds `max_value`,
//! except by the jitter that is defined to add.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use backoff_runtime::{Details, on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, millis, seconds};

#[test]
fn a_zero_wait_makes_no_timer_but_yields_once() {
    #[on_predicate(constant, interval = 0, max_tries = 3, logger = none)]
    async fn call(attempts: &std::cell::Cell<u32>) -> bool {
        attempts.set(attempts.get() + 1);
        false
    }
    let attempts = std::cell::Cell::new(0);
    // Outside a runtime a timer would panic.
    let mut future = pin!(call(&attempts));
    let mut poll = || (future.as_mut().poll(&mut Context::from_waker(Waker::noop())), attempts.get());
    assert_eq!(poll(), (Poll::Pending, 1));
    assert_eq!(poll(), (Poll::Pending, 2));
    assert_eq!(poll(), (Poll::Ready(false), 3));
}

#[test]
fn a_zero_wait_of_any_origin_makes_no_timer() {
    #[on_exception(expo, factor = 0, jitter = none, max_tries = 2, logger = none)]
    async fn no_factor() -> Result<(), u8> {
        Err(1)
    }
    #[on_exception(expo, jitter = |_| Duration::ZERO, max_tries = 2, logger = none)]
    async fn jittered_to_zero() -> Result<(), u8> {
        Err(2)
    }
    #[on_exception(runtime, value = |_| 0, max_tries = 2, logger = none)]
    async fn asked_for() -> Result<(), u8> {
        Err(3)
    }
    #[on_exception(std::iter::once(Duration::ZERO), logger = none)]
    async fn own() -> Result<(), u8> {
        Err(4)
    }
    fn polls(future: impl Future<Output = Result<(), u8>>) -> (u32, Result<(), u8>) {
        let mut future = pin!(future);
        for polls in 1.. {
            if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return (polls, result);
            }
        }
        unreachable!()
    }
    assert_eq!(polls(no_factor()), (2, Err(1)));
    assert_eq!(polls(jittered_to_zero()), (2, Err(2)));
    assert_eq!(polls(asked_for()), (2, Err(3)));
    assert_eq!(polls(own()), (2, Err(4)));
}

#[tokio::test(start_paused = true)]
async fn a_zero_wait_lets_other_tasks_run() {
    #[on_predicate(constant, interval = 0, logger = none)]
    async fn call(trace: &Trace, attempts: &mut u32) -> bool {
        *attempts += 1;
        trace.note("attempt");
        *attempts == 3
    }
    let trace = Trace::later();
    let other = tokio::spawn({
        let trace = trace.clone();
        async move {
            for _ in 0..2 {
                trace.note("other");
                tokio::task::yield_now().await;
            }
        }
    });
    assert!(call(&trace, &mut 0).await);
    other.await.unwrap();
    trace.assert(&["attempt", "other", "attempt", "other", "attempt"]);
}

#[test]
fn a_zero_wait_of_a_sync_function_takes_no_time() {
    #[on_predicate(constant, interval = 0, max_tries = 1000, logger = none)]
    fn call(trace: &Trace) -> bool {
        trace.elapsed() > Duration::ZERO
    }
    trace::blocking(|trace| trace.returned(call(trace))).assert(&["returned false"]);
}

/// The longest wait in 300 of each kind, with a bound of 10 s.
macro_rules! longest_waits {
    ($([$($option:tt)+])*) => {[$({
        #[on_predicate($($option)+, max_tries = 301, logger = none, on_backoff = |d| longest(d, waits))]
        async fn call_later(waits: &mut Duration) {}
        #[on_predicate($($option)+, max_tries = 301, logger = none, on_backoff = |d| longest(d, waits))]
        fn call(waits: &mut Duration) {}
        let (mut async_waits, mut sync_waits) = (Duration::ZERO, Duration::ZERO);
        trace::later(async |_: &Trace| call_later(&mut async_waits).await);
        trace::blocking(|_| call(&mut sync_waits));
        (async_waits, sync_waits)
    }),*]};
}

fn longest<T>(details: &Details<'_, T>, longest: &mut Duration) {
    *longest = details.wait.unwrap().max(*longest);
}

#[test]
fn no_wait_ever_exceeds_max_value() {
    let bounded = longest_waits! {
        [expo, base = 3, max_value = 10]
        [expo, max_value = 10, jitter = none]
        [expo, max_value = 10, jitter = equal_jitter]
        [expo, max_value = 10, jitter = decorrelated_jitter]
        [fibo, max_value = 10]
        [fibo, max_value = 10, jitter = none]
        [fibo, max_value = 10, jitter = equal_jitter]
        [fibo, max_value = 10, jitter = decorrelated_jitter]
    };
    for (place, (later, blocking)) in bounded.into_iter().enumerate() {
        assert!(later <= seconds(10) && blocking <= seconds(10), "{place}: {later:?}, {blocking:?}");
        // And it is used: the longest of 300 full jitters is below 9 s once in 10^13 runs.
        assert!(later > seconds(9) && blocking > seconds(9), "{place}: {later:?}, {blocking:?}");
    }
}

#[test]
fn only_random_jitter_exceeds_max_value_and_by_a_second_at_most() {
    let added = longest_waits! {
        [expo, max_value = 10, jitter = random_jitter]
        [fibo, max_value = 10, jitter = random_jitter]
    };
    for (later, blocking) in added {
        assert!(later <= seconds(11) && blocking <= seconds(11));
        assert!(later > millis(10_500) && blocking > millis(10_500));
    }
}
