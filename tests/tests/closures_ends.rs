//! Without the attributes, compared with the annotated twin: which errors are retried, what a call that gives up
//! returns, where its log lines go, and which waits its generators make.

mod closures;

use std::cell::Cell;
use std::io;
use std::num::ParseIntError;
use std::time::Duration;

use backoff_runtime::{
    Details, Level, constant, decay, expo, fibo, none, on_exception, on_predicate, runtime,
};
use backoff_tests::trace::{Trace, seconds};
use closures::twins;

type Erased = Box<dyn std::error::Error + Send + Sync>;

fn error(kind: u8) -> Erased {
    match kind {
        0 => io::Error::other("io").into(),
        1 => "x".parse::<u8>().unwrap_err().into(),
        _ => "neither".into(),
    }
}

#[test]
fn exception_of_is_one_type_of_error_or_several() {
    twins! {
        #[on_exception(constant, io::Error, max_tries = 2, jitter = none, logger = none)]
        on_exception(constant()).exception_of::<io::Error, _>().max_tries(2).jitter(none).logger(None);
        fn call(trace: &Trace, kind: u8) -> Result<(), Erased> {
            trace.note("body");
            Err(error(kind))
        }
        |trace| call(trace, 0), call(trace, 1) => [
            "body", "+1s", "body", r#"returned Err(Custom { kind: Other, error: "io" })"#,
            "body", "returned Err(ParseIntError { kind: InvalidDigit })",
        ]
    }
    twins! {
        #[on_exception(constant, (io::Error, ParseIntError), max_tries = 2, jitter = none, logger = none)]
        on_exception(constant()).exception_of::<(io::Error, ParseIntError), _>()
            .max_tries(2).jitter(none).logger(None);
        fn call(trace: &Trace, kind: u8) -> Result<(), Erased> {
            trace.note("body");
            Err(error(kind))
        }
        |trace| call(trace, 1), call(trace, 2) => [
            "body", "+1s", "body", "returned Err(ParseIntError { kind: InvalidDigit })",
            "body", r#"returned Err("neither")"#,
        ]
    }
    twins! {
        #[on_exception(constant, io::Error, max_tries = 2, jitter = none, logger = none)]
        on_exception(constant()).exception_of::<io::Error, _>().max_tries(2).jitter(none).logger(None);
        fn call(trace: &Trace) -> io::Result<()> {
            trace.note("body");
            Err(io::ErrorKind::NotFound.into())
        }
        |trace| call(trace) => ["body", "+1s", "body", "returned Err(Kind(NotFound))"]
    }
}

#[test]
fn raise_on_giveup_of_false_returns_the_default_value_whatever_the_reason() {
    twins! {
        #[on_exception(
            trace.waits([1]), |e| *e < 9, max_tries = tries, jitter = none, raise_on_giveup = false,
            giveup = |e| *e == 5, on_success = |d| trace.told("on_success", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        on_exception(trace.waits([1])).exception(|e: &u8| *e < 9).max_tries(tries).jitter(none)
            .raise_on_giveup(false).giveup(|e: &u8| *e == 5)
            .on_success(|d: &Details<'_, Option<u8>>| trace.told("on_success", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("on_giveup", d));
        fn call(trace: &Trace, tries: u32, result: Result<Option<u8>, u8>) -> Result<Option<u8>, u8> {
            result
        }
        |trace|
            call(trace, 1, Err(7)), call(trace, 9, Err(5)), call(trace, 9, Err(8)),
            call(trace, 9, Err(9)), call(trace, 9, Ok(Some(1)))
        => [
            "generator made", "ERROR backoff: Giving up call(...) after 1 tries (7)",
            "on_giveup: call #1 at 0ns, MaxTries, 7", "returned Ok(None)",
            "generator made", "ERROR backoff: Giving up call(...) after 1 tries (5)",
            "on_giveup: call #1 at 0ns, Predicate, 5", "returned Ok(None)",
            "generator made", "generator told 8", "INFO backoff: Backing off call(...) for 1.0s (8)", "+1s",
            "generator told 8", "ERROR backoff: Giving up call(...) after 2 tries (8)",
            "on_giveup: call #2 at 1s, Exhausted, 8", "returned Ok(None)",
            // Neither of these gave up.
            "generator made", "returned Err(9)",
            "generator made", "on_success: call #1 at 0ns, Some(1)", "returned Ok(Some(1))",
        ]
    }
    twins! {
        #[on_exception(constant, max_tries = 1, raise_on_giveup = true, logger = none)]
        on_exception(constant()).max_tries(1).raise_on_giveup(true).logger(None);
        fn call() -> Result<u8, u8> {
            Err(7)
        }
        |trace| call() => ["returned Err(7)"]
    }
}

#[test]
fn fallback_makes_what_is_returned_of_the_last_error_by_value_after_the_events() {
    /// Can only be moved.
    #[derive(Debug)]
    struct Failed(u8);
    twins! {
        #[on_exception(
            constant, |e| e.0 < 9, max_tries = 2, jitter = none,
            fallback = |Failed(n)| trace.say("fallback", if n == 2 { Ok("cached") } else { Err(Failed(99)) }),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        on_exception(constant()).exception(|e: &Failed| e.0 < 9).max_tries(2).jitter(none)
            .fallback(|Failed(n)| trace.say("fallback", if n == 2 { Ok("cached") } else { Err(Failed(99)) }))
            .on_giveup(|d: &Details<'_, Failed>| trace.told("on_giveup", d));
        fn call(trace: &Trace, n: &Cell<u8>) -> Result<&'static str, Failed> {
            n.set(n.get() + 1);
            Err(Failed(n.get()))
        }
        |trace| call(trace, &Cell::new(0)), call(trace, &Cell::new(1)), call(trace, &Cell::new(8)) => [
            "INFO backoff: Backing off call(...) for 1.0s (Failed(1))", "+1s",
            "ERROR backoff: Giving up call(...) after 2 tries (Failed(2))",
            "on_giveup: call #2 at 1s, MaxTries, Failed(2)", "fallback", r#"returned Ok("cached")"#,
            "INFO backoff: Backing off call(...) for 1.0s (Failed(2))", "+1s",
            "ERROR backoff: Giving up call(...) after 2 tries (Failed(3))",
            "on_giveup: call #2 at 1s, MaxTries, Failed(3)", "fallback", "returned Err(Failed(99))",
            "returned Err(Failed(9))",
        ]
    }
}

#[test]
fn logger_is_a_target_or_none_and_both_levels_are_options() {
    twins! {
        #[on_exception(
            constant, max_tries = 2, jitter = none,
            logger = "sms", backoff_log_level = debug, giveup_log_level = warn,
        )]
        on_exception(constant()).max_tries(2).jitter(none)
            .logger("sms").backoff_log_level(Level::Debug).giveup_log_level(tracing::Level::WARN);
        fn call() -> Result<(), u8> {
            Err(7)
        }
        |trace| call() => [
            "DEBUG sms: Backing off call(...) for 1.0s (7)", "+1s",
            "WARN sms: Giving up call(...) after 2 tries (7)", "returned Err(7)",
        ]
    }
    twins! {
        #[on_predicate(constant, max_tries = 2, jitter = none, backoff_log_level = trace, giveup_log_level = error)]
        on_predicate(constant()).max_tries(2).jitter(none)
            .backoff_log_level(Level::Trace).giveup_log_level(Level::Error);
        fn call() -> bool {
            false
        }
        |trace| call() => [
            "TRACE backoff: Backing off call(...) for 1.0s (false)", "+1s",
            "ERROR backoff: Giving up call(...) after 2 tries (false)", "returned false",
        ]
    }
    // The last word counts: a target after `None` logs again, at the levels that were said before.
    let builder = || on_predicate(constant()).max_tries(1).giveup_log_level(Level::Info);
    closures::blocking(|_| {
        builder().logger("sms").logger(None).run_blocking(|| false);
        builder().logger(None).logger("sms").run_blocking(|| false);
    })
    .assert(&[
        "INFO sms: Giving up logger_is_a_target_or_none_and_both_levels_are_options(...) after 1 tries (false)",
    ]);
}

/// The waits of twins that fail five times, in a trace.
macro_rules! waits {
    ($([$($options:tt)+] $waits:expr => [$($wait:literal)*])*) => {$(
        twins! {
            #[on_predicate($($options)+, max_tries = 6, jitter = none, logger = none)]
            on_predicate($waits).max_tries(6).jitter(none).logger(None);
            fn call(trace: &Trace) -> u8 {
                trace.note("body");
                0
            }
            |trace| call(trace) => ["body", $($wait, "body",)* "returned 0"]
        }
    )*};
}

#[test]
fn every_generator_makes_the_waits_of_the_attribute() {
    waits! {
        [expo] expo() => ["+1s" "+2s" "+4s" "+8s" "+16s"]
        [expo, base = 3, factor = 0.5, max_value = 5] expo().base(3).factor(0.5).max_value(5)
            => ["+500ms" "+1.5s" "+4.5s" "+5s" "+5s"]
        [fibo] fibo() => ["+1s" "+1s" "+2s" "+3s" "+5s"]
        [fibo, max_value = 2] fibo().max_value(2) => ["+1s" "+1s" "+2s" "+2s" "+2s"]
        [constant] constant() => ["+1s" "+1s" "+1s" "+1s" "+1s"]
        [constant, interval = 0.25] constant().interval(0.25)
            => ["+250ms" "+250ms" "+250ms" "+250ms" "+250ms"]
        [constant, interval = [3, 1]] constant().interval([3, 1]) => ["+3s" "+1s"]
        [constant, interval = vec![3, 1]] constant().interval(vec![3, 1]) => ["+3s" "+1s"]
        [decay, initial_value = 8, decay_factor = 2.0_f64.ln(), min_value = 2]
            decay().initial_value(8).decay_factor(2.0_f64.ln()).min_value(2)
            => ["+8s" "+4s" "+2s" "+2s" "+2s"]
        [runtime, value = |n| f64::from(*n) + 2.5] runtime().value(|n: &u8| f64::from(*n) + 2.5)
            => ["+2.5s" "+2.5s" "+2.5s" "+2.5s" "+2.5s"]
        [(1..4).map(seconds)] (1..4).map(seconds) => ["+1s" "+2s" "+3s"]
        [std::iter::empty::<Duration>()] std::iter::empty::<Duration>() => []
    }
}

#[test]
fn fallback_may_give_away_what_it_owns_since_it_is_called_once() {
    let cached = String::from("cached");
    let call = on_exception(constant().interval(0)).max_tries(2).logger(None);
    assert_eq!(call.fallback(|_| Ok(cached)).run_blocking(|| Err::<_, u8>(7)), Ok("cached".to_owned()));
}
