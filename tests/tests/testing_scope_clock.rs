//! The testing switch: waits that take no time, the scope's clock, the cap, and the seed; for sync and async functions
//! that know nothing of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{constant, none, on_exception, on_predicate};
use backoff_tests::trace::{Trace, seconds};

#[on_exception(
    expo,
    max_time = 10,
    jitter = none,
    on_backoff = |d| trace.told("backoff", d),
    on_giveup = |d| trace.told("giveup", d),
    logger = none,
)]
fn connect(trace: &Trace, takes: u64) -> Result<(), u8> {
    trace.takes(seconds(takes));
    Err(7)
}

#[on_exception(
    expo,
    max_time = 10,
    jitter = none,
    on_backoff = |d| trace.told("backoff", d),
    on_giveup = |d| trace.told("giveup", d),
    logger = none,
)]
async fn connect_later(trace: &Trace, takes: u64) -> Result<(), u8> {
    trace.takes(seconds(takes));
    Err(7)
}

/// Polls a future until it is ready. There is no runtime to make timers in.
fn poll_to_the_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(output) = future.as_mut().poll(context) {
            return output;
        }
    }
}

#[test]
fn without_waits_elapsed_and_max_time_hold_on_the_scopes_clock() {
    let scope = Scope::new().without_waits();
    let trace = Trace::blocking(&scope);
    trace.returned(scope.run(|| connect(&trace, 2)));
    assert_eq!(scope.elapsed(), seconds(12));
    let events = [
        "+2s",
        "backoff: connect #1 at 2s, wait 1s, 7",
        "+3s",
        "backoff: connect #2 at 5s, wait 2s, 7",
        "+4s",
        // 4 s don't fit into what is left, 1 s.
        "backoff: connect #3 at 9s, wait 1s, 7",
        "+3s",
        "giveup: connect #4 at 12s, MaxTime, 7",
        "returned Err(7)",
    ];
    trace.assert(&events);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_makes_async_waits_instant_and_needs_no_scope() {
    let trace = Trace::later();
    trace.returned(connect_later(&trace, 0).await);
    trace.assert(&[
        "backoff: connect_later #1 at 0ns, wait 1s, 7",
        "+1s",
        "backoff: connect_later #2 at 1s, wait 2s, 7",
        "+2s",
        "backoff: connect_later #3 at 3s, wait 4s, 7",
        "+4s",
        "backoff: connect_later #4 at 7s, wait 3s, 7",
        "+3s",
        "giveup: connect_later #5 at 10s, MaxTime, 7",
        "returned Err(7)",
    ]);
}

#[tokio::test(start_paused = true)]
async fn without_waits_an_async_function_skips_its_waits_on_the_scopes_clock_too() {
    #[on_predicate(
        constant, interval = 4, max_time = 10, jitter = none, logger = none,
        on_backoff = |d| trace.told("backoff", d), on_giveup = |d| trace.told("giveup", d),
    )]
    async fn poll(trace: &Trace) {}
    let scope = Scope::new().without_waits();
    let (trace, start) = (Trace::blocking(&scope), tokio::time::Instant::now());
    scope.run_async(poll(&trace)).await;
    trace.assert(&[
        "backoff: poll #1 at 0ns, wait 4s, ()",
        "+4s",
        "backoff: poll #2 at 4s, wait 4s, ()",
        "+4s",
        "backoff: poll #3 at 8s, wait 2s, ()",
        "+2s",
        "giveup: poll #4 at 10s, MaxTime, ()",
    ]);
    assert_eq!(start.elapsed(), Duration::ZERO, "the runtime's clock stands still");
}

#[test]
fn advance_moves_the_clock_of_a_call_as_an_attempt_would() {
    #[on_predicate(constant, interval = 0, max_time = 3600, logger = none)]
    fn call(scope: &Scope, tries: &mut u32) {
        *tries += 1;
        scope.advance(seconds(1000));
    }
    #[on_predicate(constant, interval = 0, max_time = 3600, logger = none)]
    async fn call_later(scope: &Scope, tries: &mut u32) {
        *tries += 1;
        scope.advance(seconds(1000));
    }
    // Whether waits are skipped or not.
    for scope in [Scope::new(), Scope::new().without_waits()] {
        let (mut tries, mut later) = (0, 0);
        scope.run(|| call(&scope, &mut tries));
        poll_to_the_end(scope.run_async(call_later(&scope, &mut later)));
        assert_eq!((tries, later, scope.elapsed()), (4, 4, seconds(8000)), "{scope:?}");
    }
}

#[test]
fn the_clock_goes_to_its_end_and_stays_there() {
    let scope = Scope::new().without_waits();
    for _ in 0..2 {
        scope.advance(Duration::MAX);
        let tries = scope.run(|| {
            let mut tries = 0;
            on_predicate(constant().interval(Duration::MAX))
                .max_tries(3)
                .max_time(Duration::MAX)
                .jitter(none)
                .on_try(|d| tries = d.tries)
                .run_blocking(|| ());
            tries
        });
        assert_eq!(tries, 3);
    }
}

#[test]
fn the_cap_gives_up_with_the_reason_max_tries_on_the_usual_path() {
    #[on_exception(
        constant,
        max_tries = tries,
        jitter = none,
        raise_on_giveup = false,
        on_giveup = |d| trace.told("giveup", d),
    )]
    fn call(trace: &Trace, tries: u32) -> Result<u8, u8> {
        trace.note("body");
        Err(7)
    }
    let scope = Scope::new().without_waits().max_tries(2);
    let trace = Trace::blocking(&scope);
    let guard = trace.with_log();
    scope.run(|| trace.returned(call(&trace, 9)));
    // Its own limit holds where it is the lower one, and there is always a first attempt.
    scope.run(|| trace.returned(call(&trace, 1)));
    scope.clone().max_tries(0).run(|| trace.returned(call(&trace, 9)));
    drop(guard);
    let once = [
        "body",
        "ERROR backoff: Giving up call(...) after 1 tries (7)",
        "giveup: call #1 at 0ns, MaxTries, 7",
        "returned Ok(0)",
    ];
    let twice = [
        "body",
        "INFO backoff: Backing off call(...) for 1.0s (7)",
        "+1s",
        "body",
        "ERROR backoff: Giving up call(...) after 2 tries (7)",
        "giveup: call #2 at 1s, MaxTries, 7",
        "returned Ok(0)",
    ];
    trace.assert(&[&twice[..], &once, &once].concat());
}

#[test]
fn an_inner_scope_replaces_the_outer_one_until_it_ends_and_has_its_own_clock() {
    let (outer, inner) =
        (Scope::new().without_waits().max_tries(2), Scope::new().without_waits().max_tries(3));
    let trace = Trace::blocking(&outer);
    let call = |event: &str| {
        on_predicate(constant()).jitter(none).logger(None).run_blocking(|| trace.note(event));
    };
    outer.run(|| {
        call("outer");
        inner.run(|| call("inner"));
        poll_to_the_end(inner.run_async(async { call("inner later") }));
        call("outer again");
    });
    trace.assert(&[
        "outer",
        "+1s",
        "outer",
        "inner",
        "inner",
        "inner",
        "inner later",
        "inner later",
        "inner later",
        "outer again",
        "+1s",
        "outer again",
    ]);
    assert_eq!((outer.elapsed(), inner.elapsed()), (seconds(2), seconds(4)));
}

#[test]
fn a_call_whose_attempts_enter_scopes_of_their_own_is_judged_in_the_one_it_runs_in() {
    let (outer, inner) = (Scope::new().without_waits(), Scope::new().without_waits().max_tries(2));
    let mut seen = vec![];
    outer.run(|| {
        on_predicate(constant().interval(5))
            .jitter(none)
            .max_time(12)
            .on_try(|d| seen.push(d.elapsed))
            .run_blocking(|| {
                inner.run(|| on_predicate(constant().interval(100)).jitter(none).run_blocking(|| ()));
            });
    });
    assert_eq!(seen, [0, 5, 10, 12].map(seconds));
    assert_eq!((outer.elapsed(), inner.elapsed()), (seconds(12), seconds(400)));
}

#[test]
fn a_panic_leaves_the_scope_of_a_function_and_of_a_future() {
    let capped = || {
        let mut tries = 0;
        on_predicate(constant().interval(0)).max_tries(5).on_try(|d| tries = d.tries).run_blocking(|| ());
        tries
    };
    let (outer, inner) = (Scope::new().max_tries(3), Scope::new().max_tries(1));
    outer.run(|| {
        assert!(catch_unwind(|| inner.run(|| panic!("out"))).is_err());
        assert_eq!(capped(), 3, "the outer scope is in force again");
        let future = inner.run_async(async { panic!("out") });
        assert!(catch_unwind(AssertUnwindSafe(|| poll_to_the_end::<()>(future))).is_err());
        assert_eq!(capped(), 3);
    });
    assert_eq!(capped(), 5);
}
