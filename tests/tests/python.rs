//! What the test suite of Python's `backoff` 2.2.1 promises, as promises of ours. Its waits and jitters are
//! in `generators.rs` and `jitters.rs`, its log lines in `log_lines.rs`, its handlers in `handlers.rs`. What
//! is left is here, with a comment where we differ deliberately.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff_runtime as backoff;
use backoff_tests::trace::{self, Trace, seconds};
use backoff_tests::{both, waits};

/// An error that is named, and one that is not.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Failure {
    Key,
    Value,
}

/// `on_predicate`: the default predicate, and no limit.
#[test]
fn a_falsy_value_is_polled_until_it_is_truthy() {
    both! {
        #[backoff::on_predicate(backoff::expo, jitter = None, logger = none)]
        fn return_true(log: &RefCell<Vec<bool>>, n: usize) -> bool {
            let value = log.borrow().len() == n - 1;
            log.borrow_mut().push(value);
            value
        }
        |trace| return_true(&RefCell::new(vec![]), 3) => ["+3s", "returned true"]
    }
}

/// `on_predicate`: a jitter that takes no argument was deprecated there; here a jitter is given the wait.
#[test]
fn polling_gives_up_at_max_tries_and_returns_the_last_value() {
    both! {
        #[backoff::on_predicate(backoff::expo, jitter = None, max_tries = 3, logger = none)]
        fn return_true(log: &RefCell<Vec<bool>>, n: usize) -> bool {
            let value = log.borrow().len() == n;
            log.borrow_mut().push(value);
            value
        }
        |trace| return_true(&RefCell::new(vec![]), 10) => ["+3s", "returned false"]
    }
}

/// `on_predicate`: `max_time`, and a callable `max_time`. There the clock is faked; here attempts take time,
/// and what they take counts: in Python the attempt that ends at 12 s is judged at 11.
#[test]
fn polling_gives_up_at_max_time() {
    both! {
        #[backoff::on_predicate(
            backoff::expo,
            jitter = None,
            max_time = 10,
            on_giveup = |d| trace.told("giveup", d),
            logger = none,
        )]
        #[backoff::on_predicate(
            backoff::constant,
            jitter = None,
            max_time = || 10,
            on_giveup = |d| trace.told("inner", d),
            logger = none,
        )]
        fn return_true(trace: &Trace) -> bool {
            trace.takes(seconds(11));
            false
        }
        |trace| return_true(trace) => [
            "+11s", "inner: return_true #1 at 11s, MaxTime, false", "giveup: return_true #1 at 11s, MaxTime, false",
            "returned false",
        ]
    }
}

/// `on_exception`: a named exception is retried until success, and an exception of a tuple.
#[test]
fn a_named_error_is_retried_until_success() {
    both! {
        #[backoff::on_exception(
            backoff::expo,
            matches!(Failure::Key | Failure::Value),
            jitter = None,
            logger = none,
        )]
        #[backoff::on_exception(backoff::expo, |e| *e == Failure::Key, jitter = None, logger = none)]
        fn key_error_then_true(log: &Cell<u32>, n: u32) -> Result<bool, Failure> {
            log.set(log.get() + 1);
            match log.get() {
                calls if calls == n => Ok(true),
                calls if calls % 2 == 1 => Err(Failure::Key),
                _ => Err(Failure::Value),
            }
        }
        // Key: 1 s inside; Value: 1 s outside; Key: 1 s inside, from the start again.
        |trace| key_error_then_true(&Cell::new(0), 4) => ["+3s", "returned Ok(true)"]
    }
}

/// `on_exception`: `max_tries`, and the error that is raised is the last one; an error that is not named is
/// raised at once.
#[test]
fn giving_up_raises_the_last_error_and_an_unnamed_one_is_raised_at_once() {
    both! {
        #[backoff::on_exception(
            backoff::expo,
            matches!((Failure::Key, _)),
            jitter = None,
            max_tries = 3,
            logger = none,
        )]
        fn fail(log: &Cell<u32>, error: Failure) -> Result<(), (Failure, u32)> {
            log.set(log.get() + 1);
            Err((error, log.get()))
        }
        |trace| fail(&Cell::new(0), Failure::Key), fail(&Cell::new(0), Failure::Value) => [
            "+3s", "returned Err((Key, 3))", "returned Err((Value, 1))",
        ]
    }
}

/// `on_exception`: callable `max_tries` is read for each call, and so is a callable argument of the
/// generator.
#[test]
fn callables_are_read_once_per_call_and_anew_for_each() {
    both! {
        #[backoff::on_exception(
            backoff::constant,
            interval = || trace.say("interval", u64::from(lookup.get())),
            max_tries = || { lookup.set(lookup.get() + 1); trace.say("max_tries", lookup.get()) },
            jitter = None,
            logger = none,
        )]
        fn fail(trace: &Trace, lookup: &Cell<u32>) -> Result<(), ()> {
            trace.note("call");
            Err(())
        }
        |trace| { let lookup = Box::leak(Box::new(Cell::new(1))); fail(trace, lookup) } => [
            "max_tries", "interval", "call", "+2s", "call", "returned Err(())",
        ]
    }
}

/// `on_exception`: success after failures, under each jitter; the handlers' details there.
#[test]
fn a_success_tells_the_handlers_of_each_failure_and_of_itself() {
    both! {
        #[backoff::on_exception(
            backoff::constant,
            interval = 0,
            jitter = None,
            on_success = |d| trace.told("success", d),
            on_backoff = |d| trace.told("backoff", d),
            on_giveup = |d| trace.told("giveup", d),
        )]
        fn succeeder(trace: &Trace, log: &Cell<u32>) -> Result<&'static str, &'static str> {
            log.set(log.get() + 1);
            if log.get() < 3 { Err("catch me") } else { Ok("bar") }
        }
        |trace| succeeder(trace, &Cell::new(0)) => [
            "INFO backoff: Backing off succeeder(...) for 0.0s (catch me)",
            r#"backoff: succeeder #1 at 0ns, wait 0ns, "catch me""#,
            "INFO backoff: Backing off succeeder(...) for 0.0s (catch me)",
            r#"backoff: succeeder #2 at 0ns, wait 0ns, "catch me""#,
            r#"success: succeeder #3 at 0ns, "bar""#,
            r#"returned Ok("bar")"#,
        ]
    }
}

/// `on_exception`: giving up with and without `raise_on_giveup`. Python then returns None; a Rust function,
/// its default.
#[test]
fn giving_up_tells_the_handlers_whether_or_not_it_raises() {
    macro_rules! exceptor {
        ($raise:literal, $returned:literal) => {
            both! {
                #[backoff::on_exception(
                    backoff::constant,
                    interval = 0,
                    max_tries = 2,
                    raise_on_giveup = $raise,
                    on_giveup = |d| trace.told("giveup", d),
                    logger = none,
                )]
                fn exceptor(trace: &Trace) -> Result<Option<u8>, &'static str> {
                    Err("catch me")
                }
                |trace| exceptor(trace) => [r#"giveup: exceptor #2 at 0ns, MaxTries, "catch me""#, $returned]
            }
        };
    }
    exceptor!(true, r#"returned Err("catch me")"#);
    exceptor!(false, "returned Ok(None)");
}

/// `on_exception`: giveup predicates, sync, and on coroutines async.
#[test]
fn a_giveup_predicate_ends_the_retries() {
    both! {
        #[backoff::on_exception(backoff::constant, jitter = None, giveup = |e| *e == "foo", logger = none)]
        fn foo_bar_baz(errors: &RefCell<Vec<&'static str>>) -> Result<(), &'static str> {
            Err(errors.borrow_mut().pop().unwrap())
        }
        |trace| foo_bar_baz(&RefCell::new(vec!["baz", "foo", "bar"])) => ["+1s", r#"returned Err("foo")"#]
    }
}

/// Handlers may be given as any iterable there; here as a list.
#[test]
fn a_list_of_handlers_is_called_in_order() {
    both! {
        #[backoff::on_predicate(
            backoff::constant,
            max_tries = 2,
            jitter = None,
            on_backoff = [|_| trace.note("a"), |_| trace.note("b"), |_| trace.note("c")],
            on_giveup = [],
            logger = none,
        )]
        fn fail(trace: &Trace) -> bool {
            false
        }
        |trace| fail(trace) => ["a", "b", "c", "+1s", "returned false"]
    }
}

/// constant over an iterable; when it is used up Python raises `StopIteration` out of the loop, here the call
/// gives up.
#[test]
fn a_constant_iterable_gives_each_wait_then_gives_up() {
    both! {
        #[backoff::on_exception(
            backoff::constant,
            interval = [1, 2, 3],
            jitter = None,
            on_giveup = |d| trace.told("giveup", d),
            logger = none,
        )]
        fn endless(trace: &Trace) -> Result<(), Failure> {
            trace.note("call");
            Err(Failure::Key)
        }
        |trace| endless(trace) => [
            "call", "+1s", "call", "+2s", "call", "+3s", "call",
            "giveup: endless #4 at 6s, Exhausted, Key", "returned Err(Key)",
        ]
    }
}

/// runtime: the wait comes from the value, as with Retry-After. Python jitters it by default; we never
/// shorten it.
#[test]
fn runtime_waits_as_the_value_says() {
    #[derive(Debug)]
    struct Response {
        status: u16,
        retry_after: u64,
    }
    both! {
        #[backoff::on_predicate(
            backoff::runtime,
            |r| r.status == 429,
            value = |r| r.retry_after,
            on_backoff = |d| trace.note(format!("{:?}", d.wait.unwrap())),
            logger = none,
        )]
        fn get(trace: &Trace, tries: &Cell<u64>) -> Response {
            tries.set(tries.get() + 1);
            Response { status: if tries.get() < 3 { 429 } else { 200 }, retry_after: tries.get() * 30 }
        }
        |trace| get(trace, &Cell::new(0)) => [
            "30s", "+30s", "60s", "+60s", "returned Response { status: 200, retry_after: 90 }",
        ]
    }
}

/// `wait_gen`: the defaults, by the names that Python has.
#[test]
fn the_generators_have_pythons_defaults() {
    assert_eq!(waits!(backoff::expo, jitter = None), [1, 2, 4, 8, 16].map(seconds));
    assert_eq!(waits!(backoff::fibo, jitter = None), [1, 1, 2, 3, 5].map(seconds));
    assert_eq!(waits!(backoff::constant, jitter = None), [1; 5].map(seconds));
    let decay = waits!(backoff::decay, jitter = None);
    assert!(
        decay[0] == seconds(1)
            && decay[1].abs_diff(Duration::from_secs_f64(1. / std::f64::consts::E)).as_nanos() < 2
    );
}

/// jitter: full jitter is the default, and a custom one is any function of the wait.
#[test]
fn a_custom_jitter_is_a_function_of_the_wait() {
    assert_eq!(waits!(backoff::constant, jitter = |value| value / 2), [Duration::from_millis(500); 5]);
    let trace = trace::blocking(|_| {
        #[backoff::on_predicate(
            backoff::constant,
            jitter = backoff::random_jitter,
            max_tries = 11,
            logger = none,
        )]
        fn call() {}
        call();
    });
    assert!(trace.elapsed() >= seconds(10) && trace.elapsed() <= seconds(20));
}
