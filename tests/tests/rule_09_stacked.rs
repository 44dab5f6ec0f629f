//! Rule 9: stacked attributes nest as in Python: the top one is the outer loop, each of its attempts runs the
//! whole inner loop.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

#[test]
fn the_top_attribute_is_the_outer_loop_and_each_of_its_attempts_runs_the_whole_inner_loop() {
    both! {
        #[on_exception(
            trace.waits([100]),
            max_tries = trace.say("outer max_tries", 2),
            jitter = none,
            on_try = |d| trace.told("outer try", d),
            on_backoff = |d| trace.told("outer backoff", d),
            on_giveup = |d| trace.told("outer giveup", d),
        )]
        #[on_exception(
            constant,
            interval = [1],
            jitter = none,
            max_time = trace.say("inner max_time", 60),
            on_try = |d| trace.told("inner try", d),
            on_backoff = |d| trace.told("inner backoff", d),
            on_giveup = |d| trace.told("inner giveup", d),
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "outer max_tries", "generator made",
            "outer try: call #1 at 0ns, ()",
            "inner max_time",
            "inner try: call #1 at 0ns, ()", "body",
            "INFO backoff: Backing off call(...) for 1.0s (7)", "inner backoff: call #1 at 0ns, wait 1s, 7",
            "+1s", "inner try: call #2 at 1s, ()", "body",
            "ERROR backoff: Giving up call(...) after 2 tries (7)", "inner giveup: call #2 at 1s, Exhausted, 7",
            "generator told 7",
            "INFO backoff: Backing off call(...) for 100.0s (7)", "outer backoff: call #1 at 1s, wait 100s, 7",
            "+100s", "outer try: call #2 at 101s, ()",
            // A call of its own: evaluated anew, with a fresh generator, count and clock.
            "inner max_time",
            "inner try: call #1 at 0ns, ()", "body",
            "INFO backoff: Backing off call(...) for 1.0s (7)", "inner backoff: call #1 at 0ns, wait 1s, 7",
            "+1s", "inner try: call #2 at 1s, ()", "body",
            "ERROR backoff: Giving up call(...) after 2 tries (7)", "inner giveup: call #2 at 1s, Exhausted, 7",
            "ERROR backoff: Giving up call(...) after 2 tries (7)", "outer giveup: call #2 at 102s, MaxTries, 7",
            "returned Err(7)",
        ]
    }
}

#[test]
fn an_error_that_the_inner_loop_does_not_match_reaches_the_outer_one_at_once() {
    both! {
        #[on_exception(constant, matches!(1), interval = 10, max_tries = 2, jitter = none, logger = none)]
        #[on_exception(constant, matches!(2), interval = 20, max_tries = 3, jitter = none, logger = none)]
        fn call(trace: &Trace, error: u8) -> Result<(), u8> {
            trace.note("body");
            Err(error)
        }
        |trace| call(trace, 1), call(trace, 2), call(trace, 3) => [
            "body", "+10s", "body", "returned Err(1)",
            "body", "+20s", "body", "+20s", "body", "returned Err(2)",
            "body", "returned Err(3)",
        ]
    }
}

#[test]
fn a_predicate_on_top_of_an_exception_polls_what_the_inner_loop_returns() {
    both! {
        #[on_predicate(
            constant,
            |result| *result == Ok(0),
            interval = 10,
            max_tries = 3,
            jitter = none,
            logger = none,
        )]
        #[on_exception(constant, interval = 1, jitter = none, logger = none)]
        fn call(trace: &Trace, results: &std::cell::RefCell<Vec<Result<u8, ()>>>) -> Result<u8, ()> {
            let result = results.borrow_mut().pop().unwrap();
            trace.say(&format!("{result:?}"), result)
        }
        |trace| call(trace, &std::cell::RefCell::new(vec![Ok(5), Err(()), Ok(0), Err(())])) => [
            "Err(())", "+1s", "Ok(0)", "+10s", "Err(())", "+1s", "Ok(5)", "returned Ok(5)",
        ]
    }
}

#[test]
fn an_exception_on_top_of_a_predicate_retries_when_polling_ends_in_an_error() {
    both! {
        #[on_exception(constant, interval = 10, max_tries = 2, jitter = none, logger = none)]
        #[on_predicate(
            constant,
            matches!(Ok(false)),
            interval = 1,
            max_tries = 2,
            jitter = none,
            logger = none,
        )]
        fn call(trace: &Trace, results: &std::cell::RefCell<Vec<Result<bool, ()>>>) -> Result<bool, ()> {
            let result = results.borrow_mut().pop().unwrap();
            trace.say(&format!("{result:?}"), result)
        }
        |trace| call(trace, &std::cell::RefCell::new(vec![Ok(false), Ok(false), Err(()), Ok(false)])) => [
            "Ok(false)", "+1s", "Err(())", "+10s", "Ok(false)", "+1s", "Ok(false)", "returned Ok(false)",
        ]
    }
}

#[test]
fn the_limits_of_the_outer_loop_hold_between_its_attempts_alone() {
    both! {
        #[on_exception(
            constant,
            max_time = 5,
            jitter = none,
            on_giveup = |d| trace.told("outer", d),
            logger = none,
        )]
        #[on_exception(constant, interval = 4, max_tries = 2, jitter = none, logger = none)]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.takes(seconds(1));
            Err(7)
        }
        // The inner loop takes 1 + 4 + 1 s; it isn't broken off.
        |trace| call(trace) => ["+6s", "outer: call #1 at 6s, MaxTime, 7", "returned Err(7)"]
    }
}

#[test]
fn three_loops_multiply_their_attempts() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        #[on_predicate(constant, Result::is_err, interval = 0, max_tries = 3, logger = none)]
        #[on_exception(constant, interval = 0, max_tries = 5, logger = none)]
        fn call(attempts: &std::cell::Cell<u32>) -> Result<(), u32> {
            attempts.set(attempts.get() + 1);
            Err(attempts.get())
        }
        |trace| call(&std::cell::Cell::new(0)) => ["returned Err(30)"]
    }
}

#[test]
fn what_the_inner_loop_falls_back_to_is_a_success_of_the_outer_one() {
    both! {
        #[on_exception(constant, on_success = |d| trace.told("outer success", d), logger = none)]
        #[on_exception(constant, max_tries = 1, raise_on_giveup = false, logger = none)]
        fn call(trace: &Trace) -> Result<Vec<u8>, ()> {
            Err(())
        }
        |trace| call(trace) => ["outer success: call #1 at 0ns, []", "returned Ok([])"]
    }
}

#[test]
fn other_attributes_may_stand_between() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        #[inline]
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        #[allow(clippy::unnecessary_wraps)]
        #[cfg_attr(all(), on_exception(constant, interval = 0, max_tries = 2, logger = none))]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "body", "body", "body", "body", "body", "body", "body", "body", "returned Err(7)",
        ]
    }
}
