//! Rule 2: an attempt: tries + 1; `on_try`; the body, on the original arguments (see also rule 10).

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{Trace, seconds};

#[test]
fn an_attempt_is_counted_then_on_try_is_called_in_order_then_the_body_runs() {
    both! {
        #[on_exception(
            trace.waits([1, 2]),
            max_tries = 3,
            jitter = none,
            on_try = [|d| trace.told("try a", d), |d| trace.told("try b", d)],
            on_success = |d| trace.told("on_success", d),
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace, name: &str) -> Result<(), String> {
            trace.note(format!("body {name}"));
            Err(format!("{name} is down"))
        }
        |trace| call(trace, "db") => [
            "generator made",
            "try a: call #1 at 0ns, ()", "try b: call #1 at 0ns, ()", "body db",
            r#"generator told "db is down""#,
            "INFO backoff: Backing off call(...) for 1.0s (db is down)",
            r#"on_backoff: call #1 at 0ns, wait 1s, "db is down""#,
            "+1s",
            "try a: call #2 at 1s, ()", "try b: call #2 at 1s, ()", "body db",
            r#"generator told "db is down""#,
            "INFO backoff: Backing off call(...) for 2.0s (db is down)",
            r#"on_backoff: call #2 at 1s, wait 2s, "db is down""#,
            "+2s",
            "try a: call #3 at 3s, ()", "try b: call #3 at 3s, ()", "body db",
            "ERROR backoff: Giving up call(...) after 3 tries (db is down)",
            r#"on_giveup: call #3 at 3s, MaxTries, "db is down""#,
            r#"returned Err("db is down")"#,
        ]
    }
}

#[test]
fn on_try_is_told_the_time_before_the_attempt() {
    both! {
        #[on_predicate(
            constant,
            interval = 1,
            max_tries = 2,
            jitter = none,
            on_try = |d| { trace.told("on_try", d); trace.takes(seconds(4)) },
            logger = none,
        )]
        fn call(trace: &Trace) -> bool {
            trace.takes(seconds(2));
            trace.note("body");
            false
        }
        |trace| call(trace) => [
            "on_try: call #1 at 0ns, ()", "+6s", "body",
            "+1s", "on_try: call #2 at 7s, ()", "+6s", "body",
            "returned false",
        ]
    }
}

#[test]
fn the_attempt_number_reaches_the_body_through_on_try() {
    use std::cell::Cell;
    both! {
        #[on_exception(constant, interval = 0, jitter = none, on_try = |d| tries.set(d.tries), logger = none)]
        fn call(trace: &Trace, tries: &Cell<u32>) -> Result<&'static str, ()> {
            trace.note(format!("body {}", tries.get()));
            if tries.get() < 3 { Err(()) } else { Ok("done") }
        }
        |trace| call(trace, &Cell::new(0)) => ["body 1", "body 2", "body 3", r#"returned Ok("done")"#]
    }
}
