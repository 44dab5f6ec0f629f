//! Rule 6: `on_backoff`, the log line first, then the handlers in order; the wait; the next attempt. On the
//! attempt that gives up neither generator nor jitter is asked.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

#[test]
fn a_backoff_is_logged_then_told_in_order_then_waited_for_then_tried_again() {
    both! {
        #[on_exception(
            trace.waits([3, 4]),
            max_tries = 2,
            jitter = |wait| trace.say("jitter", wait),
            on_backoff = [
                |d| trace.told("backoff a", d),
                |d| { trace.told("backoff b", d); trace.takes(seconds(1)) },
                |d| trace.told("backoff c", d),
            ],
        )]
        fn call(trace: &Trace) -> Result<(), &'static str> {
            trace.note("body");
            Err("down")
        }
        |trace| call(trace) => [
            "generator made", "body", r#"generator told "down""#, "jitter",
            "INFO backoff: Backing off call(...) for 3.0s (down)",
            r#"backoff a: call #1 at 0ns, wait 3s, "down""#,
            r#"backoff b: call #1 at 0ns, wait 3s, "down""#,
            // All handlers are told the time after the attempt; the wait begins when they are through.
            "+1s", r#"backoff c: call #1 at 0ns, wait 3s, "down""#,
            "+3s", "body",
            "ERROR backoff: Giving up call(...) after 2 tries (down)",
            r#"returned Err("down")"#,
        ]
    }
}

#[test]
fn on_the_attempt_that_gives_up_neither_generator_nor_jitter_is_asked() {
    both! {
        #[on_exception(
            trace.waits([3]),
            max_tries = max_tries,
            max_time = max_time,
            giveup = |_| giveup,
            jitter = |wait| trace.say("jitter", wait),
            on_backoff = |d| trace.told("on_backoff", d),
            logger = none,
        )]
        fn call(trace: &Trace, max_tries: u32, max_time: u64, giveup: bool) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace, 1, 9, false), call(trace, 9, 0, false), call(trace, 9, 9, true) => [
            "generator made", "returned Err(7)",
            "generator made", "returned Err(7)",
            "generator made", "returned Err(7)",
        ]
    }
}

#[test]
fn the_wait_that_is_told_is_the_wait_that_is_made() {
    both! {
        #[on_predicate(
            constant,
            max_tries = 3,
            jitter = |wait| wait * 7,
            on_backoff = |d| trace.told("on_backoff", d),
        )]
        fn call(trace: &Trace) {
            trace.note("body");
        }
        |trace| call(trace) => [
            "body", "INFO backoff: Backing off call(...) for 7.0s (())",
            "on_backoff: call #1 at 0ns, wait 7s, ()", "+7s",
            "body", "INFO backoff: Backing off call(...) for 7.0s (())",
            "on_backoff: call #2 at 7s, wait 7s, ()", "+7s",
            "body", "ERROR backoff: Giving up call(...) after 3 tries (())", "returned ()",
        ]
    }
}
