//! Without the attributes: every option is a method of the same name with the same meaning. Each test runs the same
//! scenario by attribute and by closure, sync and async, and compares the whole traces.

mod closures;

use std::cell::Cell;

use backoff_runtime::{Details, constant, expo, none, on_exception, on_predicate};
use backoff_tests::trace::{Trace, seconds};
use closures::twins;

#[test]
fn without_options_a_closure_is_retried_as_the_annotated_function() {
    twins! {
        #[on_exception(constant, interval = 0)]
        on_exception(constant().interval(0));
        fn call(trace: &Trace, left: &Cell<u8>) -> Result<u8, u8> {
            trace.note("body");
            let tries = left.replace(left.get() - 1);
            if tries > 1 { Err(tries) } else { Ok(tries) }
        }
        |trace| call(trace, &Cell::new(3)) => [
            "body", "INFO backoff: Backing off call(...) for 0.0s (3)",
            "body", "INFO backoff: Backing off call(...) for 0.0s (2)",
            "body", "returned Ok(1)",
        ]
    }
    twins! {
        #[on_predicate(constant, interval = 0)]
        on_predicate(constant().interval(0));
        fn call(trace: &Trace, polls: &Cell<u8>) -> Option<u8> {
            trace.note("body");
            polls.set(polls.get() + 1);
            (polls.get() == 2).then_some(9)
        }
        |trace| call(trace, &Cell::new(0)) => [
            "body", "INFO backoff: Backing off call(...) for 0.0s (None)", "body", "returned Some(9)",
        ]
    }
}

#[test]
fn max_tries_counts_the_first_attempt() {
    twins! {
        #[on_exception(constant, max_tries = tries, jitter = none, on_giveup = |d| trace.told("on_giveup", d))]
        on_exception(constant()).max_tries(tries).jitter(none)
            .on_giveup(|d: &Details<'_, u8>| trace.told("on_giveup", d));
        fn call(trace: &Trace, tries: u32) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace, 1), call(trace, 2) => [
            "body", "ERROR backoff: Giving up call(...) after 1 tries (7)",
            "on_giveup: call #1 at 0ns, MaxTries, 7", "returned Err(7)",
            "body", "INFO backoff: Backing off call(...) for 1.0s (7)", "+1s",
            "body", "ERROR backoff: Giving up call(...) after 2 tries (7)",
            "on_giveup: call #2 at 1s, MaxTries, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn under_max_time_elapsed_is_read_after_the_attempt() {
    twins! {
        #[on_predicate(
            expo, max_time = 10, jitter = none, logger = none,
            on_backoff = |d| trace.told("on_backoff", d), on_giveup = |d| trace.told("on_giveup", d),
        )]
        on_predicate(expo()).max_time(10).jitter(none).logger(None)
            .on_backoff(|d: &Details<'_, u8>| trace.told("on_backoff", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("on_giveup", d));
        fn call(trace: &Trace) -> u8 {
            trace.note("body");
            trace.takes(seconds(1));
            0
        }
        |trace| call(trace) => [
            "body", "+1s", "on_backoff: call #1 at 1s, wait 1s, 0", "+1s",
            "body", "+1s", "on_backoff: call #2 at 3s, wait 2s, 0", "+2s",
            "body", "+1s", "on_backoff: call #3 at 6s, wait 4s, 0", "+4s",
            // The wait just fits, but after the attempt the time is over.
            "body", "+1s", "on_giveup: call #4 at 11s, MaxTime, 0", "returned 0",
        ]
    }
}

#[test]
fn a_wait_that_does_not_fit_in_max_time_is_cut_to_what_is_left_and_is_the_last() {
    twins! {
        #[on_exception(
            constant, interval = 7, max_time = seconds(10), jitter = none, logger = none,
            on_backoff = |d| trace.told("on_backoff", d), on_giveup = |d| trace.told("on_giveup", d),
        )]
        on_exception(constant().interval(7)).max_time(seconds(10)).jitter(none).logger(None)
            .on_backoff(|d: &Details<'_, u8>| trace.told("on_backoff", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("on_giveup", d));
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "body", "on_backoff: call #1 at 0ns, wait 7s, 7", "+7s",
            "body", "on_backoff: call #2 at 7s, wait 3s, 7", "+3s",
            "body", "on_giveup: call #3 at 10s, MaxTime, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn handlers_are_chained_in_order() {
    twins! {
        #[on_exception(
            constant,
            max_tries = 3,
            jitter = none,
            on_try = [|d| trace.told("try a", d), |d| trace.told("try b", d)],
            on_success = [|d| trace.told("success a", d), |d| trace.told("success b", d)],
            on_backoff = [|d| trace.told("backoff a", d), |d| trace.told("backoff b", d)],
            on_giveup = [|d| trace.told("giveup a", d), |d| trace.told("giveup b", d)],
        )]
        // Interleaved: the order counts within an event only.
        on_exception(constant()).max_tries(3).jitter(none)
            .on_giveup(|d: &Details<'_, u8>| trace.told("giveup a", d))
            .on_try(|d| trace.told("try a", d))
            .on_backoff(|d: &Details<'_, u8>| trace.told("backoff a", d))
            .on_success(|d: &Details<'_, &str>| trace.told("success a", d))
            .on_try(|d| trace.told("try b", d))
            .on_success(|d: &Details<'_, &str>| trace.told("success b", d))
            .on_backoff(|d: &Details<'_, u8>| trace.told("backoff b", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("giveup b", d));
        fn call(trace: &Trace, fails: &Cell<u8>) -> Result<&'static str, u8> {
            trace.note("body");
            fails.set(fails.get() - 1);
            if fails.get() > 0 { Err(fails.get()) } else { Ok("done") }
        }
        |trace| call(trace, &Cell::new(2)), call(trace, &Cell::new(9)) => [
            "try a: call #1 at 0ns, ()", "try b: call #1 at 0ns, ()", "body",
            "INFO backoff: Backing off call(...) for 1.0s (1)",
            "backoff a: call #1 at 0ns, wait 1s, 1", "backoff b: call #1 at 0ns, wait 1s, 1", "+1s",
            "try a: call #2 at 1s, ()", "try b: call #2 at 1s, ()", "body",
            r#"success a: call #2 at 1s, "done""#, r#"success b: call #2 at 1s, "done""#,
            r#"returned Ok("done")"#,
            "try a: call #1 at 0ns, ()", "try b: call #1 at 0ns, ()", "body",
            "INFO backoff: Backing off call(...) for 1.0s (8)",
            "backoff a: call #1 at 0ns, wait 1s, 8", "backoff b: call #1 at 0ns, wait 1s, 8", "+1s",
            "try a: call #2 at 1s, ()", "try b: call #2 at 1s, ()", "body",
            "INFO backoff: Backing off call(...) for 1.0s (7)",
            "backoff a: call #2 at 1s, wait 1s, 7", "backoff b: call #2 at 1s, wait 1s, 7", "+1s",
            "try a: call #3 at 2s, ()", "try b: call #3 at 2s, ()", "body",
            "ERROR backoff: Giving up call(...) after 3 tries (6)",
            "giveup a: call #3 at 2s, MaxTries, 6", "giveup b: call #3 at 2s, MaxTries, 6",
            "returned Err(6)",
        ]
    }
}

#[test]
fn on_predicate_tells_its_handlers_the_value() {
    twins! {
        #[on_predicate(
            constant, |n| *n < 2, jitter = none, logger = none,
            on_try = |d| trace.told("try", d), on_success = |d| trace.told("success", d),
            on_backoff = |d| trace.told("backoff", d), on_giveup = |d| trace.told("giveup", d),
        )]
        on_predicate(constant()).predicate(|n: &u8| *n < 2).jitter(none).logger(None)
            .on_try(|d| trace.told("try", d)).on_success(|d: &Details<'_, u8>| trace.told("success", d))
            .on_backoff(|d: &Details<'_, u8>| trace.told("backoff", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("giveup", d));
        fn call(trace: &Trace, n: &Cell<u8>) -> u8 {
            trace.takes(seconds(1));
            n.set(n.get() + 1);
            n.get()
        }
        |trace| call(trace, &Cell::new(0)) => [
            "try: call #1 at 0ns, ()", "+1s", "backoff: call #1 at 1s, wait 1s, 1",
            "+1s", "try: call #2 at 2s, ()", "+1s", "success: call #2 at 3s, 2", "returned 2",
        ]
    }
}

#[test]
fn giveup_is_asked_of_each_error_that_is_retried_and_only_then_the_generator() {
    twins! {
        #[on_exception(
            trace.waits([1, 1]),
            |e| trace.say("exception?", *e != 9),
            giveup = |e| trace.say("giveup?", *e == 2),
            jitter = none,
            on_giveup = |d| trace.told("on_giveup", d),
            on_success = |d| trace.told("on_success", d),
        )]
        on_exception(trace.waits([1, 1]))
            .exception(|e: &u8| trace.say("exception?", *e != 9))
            .giveup(|e: &u8| trace.say("giveup?", *e == 2))
            .jitter(none)
            .on_giveup(|d: &Details<'_, u8>| trace.told("on_giveup", d))
            .on_success(|d: &Details<'_, ()>| trace.told("on_success", d));
        fn call(trace: &Trace, n: &Cell<u8>) -> Result<(), u8> {
            n.set(n.get() + 1);
            Err(n.get())
        }
        |trace| call(trace, &Cell::new(0)), call(trace, &Cell::new(8)) => [
            "generator made", "exception?", "giveup?", "generator told 1",
            "INFO backoff: Backing off call(...) for 1.0s (1)", "+1s",
            "exception?", "giveup?", "ERROR backoff: Giving up call(...) after 2 tries (2)",
            "on_giveup: call #2 at 1s, Predicate, 2", "returned Err(2)",
            // An error that is not retried raises no event at all.
            "generator made", "exception?", "returned Err(9)",
        ]
    }
}

#[test]
fn a_whole_attempt_goes_condition_giveup_generator_jitter_log_handlers_wait() {
    twins! {
        #[on_exception(
            trace.waits([1]),
            |e| trace.say("exception?", *e == 7),
            max_tries = trace.say("max_tries", 2),
            max_time = trace.say("max_time", 60),
            giveup = |_| trace.say("giveup?", false),
            jitter = |wait| trace.say("jitter", wait * 3),
            on_try = |_| trace.note("on_try"),
            on_backoff = |_| trace.note("on_backoff"),
            on_giveup = |_| trace.note("on_giveup"),
            fallback = |e| trace.say("fallback", Err(e + 1)),
        )]
        // The attribute's order of values; here it is the order in which they are written.
        {
            let (max_tries, max_time) = (trace.say("max_tries", 2), trace.say("max_time", 60));
            on_exception(trace.waits([1]))
                .exception(|e: &u8| trace.say("exception?", *e == 7))
                .max_tries(max_tries).max_time(max_time)
                .giveup(|_: &u8| trace.say("giveup?", false))
                .jitter(|wait| trace.say("jitter", wait * 3))
                .on_try(|_| trace.note("on_try"))
                .on_backoff(|_: &Details<'_, u8>| trace.note("on_backoff"))
                .on_giveup(|_: &Details<'_, u8>| trace.note("on_giveup"))
                .fallback(|e: u8| trace.say("fallback", Err(e + 1)))
        };
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "max_tries", "max_time", "generator made",
            "on_try", "body", "exception?", "giveup?", "generator told 7", "jitter",
            "INFO backoff: Backing off call(...) for 3.0s (7)", "on_backoff", "+3s",
            "on_try", "body", "exception?", "giveup?",
            "ERROR backoff: Giving up call(...) after 2 tries (7)", "on_giveup", "fallback", "returned Err(8)",
        ]
    }
}
