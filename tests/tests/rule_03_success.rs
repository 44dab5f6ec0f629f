//! Rule 3: success: `on_success`, return. An error that does not match is returned at once, with no event at
//! all.

use std::cell::Cell;
use std::io;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

#[test]
fn a_success_calls_on_success_in_order_and_returns() {
    both! {
        #[on_exception(
            trace.waits([1]),
            max_tries = 1,
            max_time = 1,
            giveup = |()| trace.say("giveup asked", true),
            on_try = |d| trace.told("on_try", d),
            on_success = [|d| trace.told("success a", d), |d| trace.told("success b", d)],
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace) -> Result<u32, ()> {
            trace.takes(seconds(5));
            trace.note("body");
            Ok(7)
        }
        |trace| call(trace) => [
            "generator made", "on_try: call #1 at 0ns, ()", "+5s", "body",
            // A success is none the less one when it comes after `max_time`.
            "success a: call #1 at 5s, 7", "success b: call #1 at 5s, 7", "returned Ok(7)",
        ]
    }
}

#[test]
fn a_success_after_failures_tells_how_many_tries_it_took() {
    both! {
        #[on_exception(
            constant,
            interval = 10,
            jitter = none,
            on_success = |d| trace.told("on_success", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace, failures: &Cell<u32>) -> Result<&'static str, u32> {
            trace.note("body");
            match failures.get() {
                0 => Ok("up"),
                left => { failures.set(left - 1); Err(left) }
            }
        }
        |trace| call(trace, &Cell::new(2)) => [
            "body", "INFO backoff: Backing off call(...) for 10.0s (2)",
            "+10s", "body", "INFO backoff: Backing off call(...) for 10.0s (1)",
            "+10s", "body", r#"on_success: call #3 at 20s, "up""#, r#"returned Ok("up")"#,
        ]
    }
}

#[test]
fn an_error_that_does_not_match_is_returned_at_once_with_no_event_at_all() {
    both! {
        #[on_exception(
            trace.waits([1]),
            |error| error.kind() == io::ErrorKind::TimedOut,
            jitter = |wait| trace.say("jitter", wait),
            max_tries = 1,
            giveup = |_| trace.say("giveup asked", true),
            on_try = |d| trace.told("on_try", d),
            on_success = |d| trace.told("on_success", d),
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
            fallback = |error| { trace.note("fallback"); Err(error) },
        )]
        fn call(trace: &Trace) -> io::Result<()> {
            trace.note("body");
            Err(io::ErrorKind::NotFound.into())
        }
        |trace| call(trace) => [
            // `on_try` is of the attempt, before anything is known of its outcome.
            "generator made", "on_try: call #1 at 0ns, ()", "body", "returned Err(Kind(NotFound))",
        ]
    }
}

#[test]
fn an_error_that_does_not_match_ends_a_call_that_was_retried() {
    both! {
        #[on_exception(
            constant,
            matches!(1..),
            jitter = none,
            raise_on_giveup = false,
            on_success = |d| trace.told("on_success", d),
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace, left: &Cell<u32>) -> Result<(), u32> {
            Err(left.replace(0))
        }
        |trace| call(trace, &Cell::new(1)) => [
            "INFO backoff: Backing off call(...) for 1.0s (1)", "on_backoff: call #1 at 0ns, wait 1s, 1",
            // `raise_on_giveup` is not about errors that were never to be retried.
            "+1s", "returned Err(0)",
        ]
    }
}

#[test]
fn a_value_that_the_predicate_does_not_hold_of_is_a_success() {
    both! {
        #[on_predicate(
            constant,
            |value| *value < 2,
            jitter = none,
            on_success = |d| trace.told("on_success", d),
            on_backoff = |d| trace.told("on_backoff", d),
            logger = none,
        )]
        fn call(trace: &Trace, calls: &Cell<u32>) -> u32 {
            calls.replace(calls.get() + 1)
        }
        |trace| call(trace, &Cell::new(1)) => [
            "on_backoff: call #1 at 0ns, wait 1s, 1", "+1s", "on_success: call #2 at 1s, 2", "returned 2",
        ]
    }
}
