//! Rule 1: once per call, before the first attempt, in this order: `max_tries`, `max_time`, the start of the
//! clock, the options of the wait generator, a fresh generator. Never again during the call; nothing is kept
//! between calls.

use std::time::Duration;

use backoff_runtime::on_exception;
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

/// A generator that tells when it is made and asked.
struct Told<'a> {
    trace: &'a Trace,
    next: u64,
}

impl<'a> Told<'a> {
    fn new(trace: &'a Trace, next: u64) -> Self {
        trace.note("generator made");
        Self { trace, next }
    }
}

impl Iterator for Told<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.trace.note("generator asked");
        self.next += 1;
        Some(seconds(self.next - 1))
    }
}

fn taking(trace: &Trace, event: &str, time: u64) {
    trace.note(event);
    trace.takes(seconds(time));
}

#[test]
fn all_is_evaluated_once_per_call_before_the_first_attempt_in_order() {
    both! {
        // Written in another order than the one in which they are evaluated.
        #[on_exception(
            Told::new(trace, { taking(trace, "option", 4); first }),
            jitter = none,
            on_try = |d| trace.told("on_try", d),
            logger = none,
            max_time = { taking(trace, "max_time", 2); 100 },
            max_tries = { taking(trace, "max_tries", 1); 3 },
        )]
        fn call(trace: &Trace, first: u64) -> Result<(), &'static str> {
            trace.note("body");
            Err("down")
        }
        |trace| call(trace, 10) => [
            "max_tries", "+1s", "max_time", "+2s",
            // Here the clock starts.
            "option", "+4s", "generator made",
            "on_try: call #1 at 4s, ()", "body", "generator asked",
            "+10s", "on_try: call #2 at 14s, ()", "body", "generator asked",
            "+11s", "on_try: call #3 at 25s, ()", "body",
            r#"returned Err("down")"#,
        ]
    }
}

#[test]
fn the_options_of_a_built_in_generator_are_evaluated_once_per_call_after_the_limits() {
    both! {
        #[on_exception(
            expo,
            base = trace.say("base", 3),
            factor = trace.say("factor", 2),
            max_value = trace.say("max_value", 20),
            max_time = trace.say("max_time", 1000),
            max_tries = trace.say("max_tries", 5),
            jitter = none,
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), ()> {
            trace.note("body");
            Err(())
        }
        |trace| call(trace) => [
            "max_tries", "max_time", "base", "factor", "max_value",
            "body", "+2s", "body", "+6s", "body", "+18s", "body", "+20s", "body",
            "returned Err(())",
        ]
    }
}

#[test]
fn callables_are_called_once_per_call() {
    fn five() -> u64 {
        5
    }
    both! {
        #[on_exception(
            constant,
            interval = || trace.say("interval", 2),
            max_time = || Duration::from_secs(trace.say("max_time", five())),
            max_tries = || trace.say("max_tries", 3_u8),
            jitter = none,
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), ()> {
            trace.note("body");
            Err(())
        }
        |trace| call(trace) => [
            "max_tries", "max_time", "interval", "body", "+2s", "body", "+2s", "body", "returned Err(())",
        ]
    }
}

#[test]
fn the_clock_starts_after_the_limits_were_evaluated() {
    both! {
        #[on_exception(
            constant,
            interval = 4,
            max_time = { trace.takes(seconds(60)); 10 },
            jitter = none,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), ()> {
            trace.note("body");
            Err(())
        }
        |trace| call(trace) => [
            "+60s", "body", "+4s", "body", "+4s", "body", "+2s", "body",
            "on_giveup: call #4 at 10s, MaxTime, ()", "returned Err(())",
        ]
    }
}

#[test]
fn nothing_is_kept_between_calls() {
    both! {
        #[on_exception(
            Told::new(trace, 1),
            max_tries = trace.say("max_tries", tries),
            jitter = none,
            on_try = |d| trace.told("on_try", d),
            logger = none,
        )]
        fn call(trace: &Trace, tries: u32) -> Result<(), ()> {
            Err(())
        }
        |trace| call(trace, 3), call(trace, 2) => [
            "max_tries", "generator made",
            "on_try: call #1 at 0ns, ()", "generator asked",
            "+1s", "on_try: call #2 at 1s, ()", "generator asked",
            "+2s", "on_try: call #3 at 3s, ()",
            "returned Err(())",
            "max_tries", "generator made",
            "on_try: call #1 at 0ns, ()", "generator asked",
            "+1s", "on_try: call #2 at 1s, ()",
            "returned Err(())",
        ]
    }
}
