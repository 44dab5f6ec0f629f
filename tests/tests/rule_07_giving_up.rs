//! Rule 7: giving up: the log line, then `on_giveup` in order, then the last outcome is returned, or what
//! `raise_on_giveup` or `fallback` say. One path, whatever the reason.

use std::cell::Cell;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

/// What is the same for every reason.
const LINE: &str = "ERROR backoff: Giving up call(...) after 1 tries (7)";

#[test]
fn giving_up_is_one_path_whatever_the_reason() {
    both! {
        #[on_exception(
            limits.0,
            max_tries = limits.1,
            max_time = limits.2,
            giveup = |_| limits.3,
            on_try = |d| trace.told("on_try", d),
            on_success = |d| trace.told("on_success", d),
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = [|d| trace.told("giveup a", d), |d| trace.told("giveup b", d)],
        )]
        fn call(trace: &Trace, limits: (std::vec::IntoIter<std::time::Duration>, u32, u64, bool)) -> Result<(), u8> {
            Err(7)
        }
        |trace|
            call(trace, (vec![seconds(1)].into_iter(), 1, 9, false)),
            call(trace, (vec![seconds(1)].into_iter(), 9, 0, false)),
            call(trace, (vec![seconds(1)].into_iter(), 9, 9, true)),
            call(trace, (vec![].into_iter(), 9, 9, false))
        => [
            "on_try: call #1 at 0ns, ()", LINE, "giveup a: call #1 at 0ns, MaxTries, 7",
            "giveup b: call #1 at 0ns, MaxTries, 7", "returned Err(7)",
            "on_try: call #1 at 0ns, ()", LINE, "giveup a: call #1 at 0ns, MaxTime, 7",
            "giveup b: call #1 at 0ns, MaxTime, 7", "returned Err(7)",
            "on_try: call #1 at 0ns, ()", LINE, "giveup a: call #1 at 0ns, Predicate, 7",
            "giveup b: call #1 at 0ns, Predicate, 7", "returned Err(7)",
            "on_try: call #1 at 0ns, ()", LINE, "giveup a: call #1 at 0ns, Exhausted, 7",
            "giveup b: call #1 at 0ns, Exhausted, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn the_last_error_is_returned_and_not_the_first() {
    both! {
        #[on_exception(constant, max_tries = 3, jitter = none, logger = none)]
        fn call(errors: &Cell<u8>) -> Result<(), u8> {
            errors.set(errors.get() + 1);
            Err(errors.get())
        }
        |trace| call(&Cell::new(0)) => ["+2s", "returned Err(3)"]
    }
}

#[test]
fn the_last_value_is_returned_and_not_the_first() {
    both! {
        #[on_predicate(constant, |_| true, max_tries = 3, jitter = none, logger = none)]
        fn call(values: &Cell<u8>) -> u8 {
            values.set(values.get() + 1);
            values.get()
        }
        |trace| call(&Cell::new(0)) => ["+2s", "returned 3"]
    }
}

#[test]
fn raise_on_giveup_of_false_returns_the_default_value_after_the_events() {
    both! {
        #[on_exception(
            trace.waits([1]),
            raise_on_giveup = false,
            jitter = none,
            on_success = |d| trace.told("on_success", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace) -> Result<Option<u8>, u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "generator made", "body", "generator told 7",
            "INFO backoff: Backing off call(...) for 1.0s (7)", "+1s",
            "body", "generator told 7",
            "ERROR backoff: Giving up call(...) after 2 tries (7)",
            "on_giveup: call #2 at 1s, Exhausted, 7", "returned Ok(None)",
        ]
    }
}

#[test]
fn fallback_is_called_with_the_last_error_by_value_after_the_events() {
    /// Can only be moved.
    #[derive(Debug)]
    struct Failed(u8);
    both! {
        #[on_exception(
            constant,
            max_tries = 2,
            jitter = none,
            fallback = |Failed(number)| {
                trace.note("fallback");
                if number > 1 { Ok(default) } else { Err(Failed(9)) }
            },
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, errors: &Cell<u8>, default: &'static str) -> Result<&'static str, Failed> {
            errors.set(errors.get() + 1);
            Err(Failed(errors.get()))
        }
        |trace| call(trace, &Cell::new(0), "cached") => [
            "+1s", "on_giveup: call #2 at 1s, MaxTries, Failed(2)", "fallback", r#"returned Ok("cached")"#,
        ]
    }
}

#[test]
fn a_fallback_may_return_an_error_of_its_own_and_is_not_retried() {
    both! {
        #[on_exception(
            constant,
            max_tries = 2,
            jitter = none,
            fallback = |error| { trace.note("fallback"); Err(format!("gave up: {error}")) },
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), String> {
            trace.note("body");
            Err("down".to_owned())
        }
        |trace| call(trace) => ["body", "+1s", "body", "fallback", r#"returned Err("gave up: down")"#]
    }
}

#[test]
fn what_did_not_give_up_meets_neither_fallback_nor_default() {
    both! {
        #[on_exception(
            constant,
            |error| *error > 5,
            fallback = |_| { trace.note("fallback"); Ok(99) },
            logger = none,
        )]
        fn call(trace: &Trace, result: Result<u8, u8>) -> Result<u8, u8> {
            result
        }
        |trace| call(trace, Ok(1)), call(trace, Err(1)) => ["returned Ok(1)", "returned Err(1)"]
    }
}
