//! Rule 4: otherwise `giveup` is asked, on the last attempt too; then elapsed time is read, after the
//! attempt. Give up if `giveup` said so, if tries >= `max_tries`, or if elapsed >= `max_time`.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

#[test]
fn giveup_is_asked_after_each_failure_and_on_the_last_attempt_too() {
    both! {
        #[on_exception(
            constant,
            jitter = none,
            max_tries = 2,
            giveup = |error| trace.say(&format!("giveup asked {error}"), false),
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "body", "giveup asked 7", "+1s", "body", "giveup asked 7",
            "on_giveup: call #2 at 1s, MaxTries, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn giveup_ends_the_call_at_the_error_that_it_holds_of() {
    both! {
        #[on_exception(
            trace.waits([1, 1]),
            jitter = none,
            giveup = |error| *error == 1,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, errors: &std::cell::Cell<u8>) -> Result<(), u8> {
            errors.set(errors.get() - 1);
            Err(errors.get())
        }
        |trace| call(trace, &std::cell::Cell::new(3)) => [
            "generator made", "generator told 2", "+1s",
            "on_giveup: call #2 at 1s, Predicate, 1", "returned Err(1)",
        ]
    }
}

/// Python reads the elapsed time before the attempt: there a limit of 5 s with attempts of 3 s makes three.
#[test]
fn elapsed_is_read_after_the_attempt() {
    both! {
        #[on_exception(
            constant,
            interval = 0,
            jitter = none,
            max_time = 5,
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.takes(seconds(3));
            Err(7)
        }
        |trace| call(trace) => [
            "+3s", "on_backoff: call #1 at 3s, wait 0ns, 7",
            "+3s", "on_giveup: call #2 at 6s, MaxTime, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn elapsed_is_read_after_giveup_was_asked() {
    both! {
        #[on_exception(
            constant,
            jitter = none,
            max_time = 10,
            giveup = |_| { trace.takes(seconds(4)); false },
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.takes(seconds(2));
            Err(7)
        }
        |trace| call(trace) => [
            "+6s", "on_backoff: call #1 at 6s, wait 1s, 7",
            "+7s", "on_giveup: call #2 at 13s, MaxTime, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn elapsed_that_equals_max_time_gives_up_and_a_moment_less_does_not() {
    both! {
        #[on_predicate(
            constant,
            jitter = none,
            max_time = 5,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, millis: u64) -> bool {
            trace.takes(std::time::Duration::from_millis(millis));
            trace.note("body");
            false
        }
        |trace| call(trace, 5000), call(trace, 4999) => [
            "+5s", "body", "on_giveup: call #1 at 5s, MaxTime, false", "returned false",
            "+4.999s", "body",
            "+5s", "body", "on_giveup: call #2 at 9.999s, MaxTime, false", "returned false",
        ]
    }
}

#[test]
fn the_reason_is_giveup_before_max_tries_before_max_time() {
    both! {
        #[on_exception(
            constant,
            max_tries = max_tries,
            max_time = 0,
            giveup = |_| giveup,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, giveup: bool, max_tries: u32) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace, true, 1), call(trace, false, 1), call(trace, false, 2) => [
            "on_giveup: call #1 at 0ns, Predicate, 7", "returned Err(7)",
            "on_giveup: call #1 at 0ns, MaxTries, 7", "returned Err(7)",
            "on_giveup: call #1 at 0ns, MaxTime, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn max_tries_of_one_makes_one_attempt_and_no_backoff() {
    both! {
        #[on_predicate(
            trace.waits([1]),
            max_tries = 1,
            jitter = |wait| trace.say("jitter", wait),
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace) -> Option<u8> {
            trace.note("body");
            None
        }
        |trace| call(trace) => [
            "generator made", "body", "ERROR backoff: Giving up call(...) after 1 tries (None)",
            "on_giveup: call #1 at 0ns, MaxTries, None", "returned None",
        ]
    }
}

#[test]
fn without_a_limit_there_are_more_than_1024_tries() {
    both! {
        #[on_predicate(
            expo,
            max_value = 0,
            on_success = |d| trace.note(format!("try {} succeeded", d.tries)),
            logger = none,
        )]
        fn call(trace: &Trace, tries: &std::cell::Cell<u32>) -> u32 {
            tries.set(tries.get() + 1);
            tries.get() / 5000
        }
        |trace| call(trace, &std::cell::Cell::new(0)) => ["try 5000 succeeded", "returned 1"]
    }
}

#[test]
fn what_is_temporary_in_giveup_ends_before_the_wait() {
    static IS_FATAL: std::sync::Mutex<fn(&u8) -> bool> = std::sync::Mutex::new(|_| false);
    // Who is asked for the wait could not lock what the wait would hold.
    #[on_exception(
        constant, interval = 0, max_tries = 3, giveup = *IS_FATAL.lock().unwrap(),
        jitter = |wait| { assert!(IS_FATAL.try_lock().is_ok()); wait },
    )]
    fn f() -> Result<(), u8> {
        Err(1)
    }
    assert_eq!(f(), Err(1));
}

#[test]
fn giveup_and_jitter_may_change_the_same_variable() {
    #[on_exception(
        constant, interval = 0, max_tries = 3,
        jitter = |wait| { *asked += 1; wait }, giveup = |_| { *asked += 1; false },
    )]
    fn f(asked: &mut u32) -> Result<(), u8> {
        Err(1)
    }
    let mut asked = 0;
    assert_eq!(f(&mut asked), Err(1));
    assert_eq!(asked, 5);
}
