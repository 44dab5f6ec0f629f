//! A closure under a policy does what the annotated function of the same options does: whole traces are compared.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{
    GiveUp, Level, constant, decay, expo, fibo, none, on_exception, on_predicate, runtime,
};
use backoff_tests::trace::{self, Trace};

fn calls() -> Cell<u32> {
    Cell::new(0)
}

fn attempt(trace: &Trace, calls: &Cell<u32>) -> Result<u32, u32> {
    calls.set(calls.get() + 1);
    trace.note(format!("attempt {}", calls.get()));
    if calls.get() < 4 { Err(calls.get()) } else { Ok(calls.get()) }
}

#[test]
fn every_event_of_on_exception_comes_in_the_same_order() {
    #[on_exception(
        expo, base = 3, jitter = none, max_tries = 9, logger = none,
        on_try = |d| trace.told("try", d),
        on_success = |d| trace.told("success", d),
        on_backoff = [|d| trace.told("backoff", d), |_| trace.note("second")],
        giveup = |e| trace.say("asked", *e > 7),
    )]
    fn annotated(trace: &Trace, calls: &Cell<u32>) -> Result<u32, u32> {
        attempt(trace, calls)
    }

    let expected = trace::blocking(|trace| trace.returned(annotated(trace, &calls())));
    let found = trace::blocking(|trace| {
        let calls = calls();
        let annotated = || attempt(trace, &calls);
        let returned = on_exception(expo().base(3))
            .jitter(none)
            .max_tries(9)
            .logger(None)
            .on_try(|d| trace.told("try", d))
            .on_success(|d| trace.told::<u32>("success", d))
            .on_backoff(|d| trace.told::<u32>("backoff", d))
            .on_backoff(|_: &backoff_runtime::Details<'_, u32>| trace.note("second"))
            .giveup(|e: &u32| trace.say("asked", *e > 7))
            .run_blocking(annotated);
        trace.returned(returned);
    });
    found.assert(
        &expected
            .texts()
            .into_iter()
            .map(|event| event.replace("annotated", name()))
            .map(leak)
            .collect::<Vec<_>>(),
    );
}

/// The name that a closure of these tests goes by: that of the function it stands in.
fn name() -> &'static str {
    "every_event_of_on_exception_comes_in_the_same_order"
}

fn leak(text: String) -> &'static str {
    text.leak()
}

#[test]
fn giving_up_is_one_path_whatever_the_reason() {
    type Run<'a> = &'a dyn Fn(&Cell<Option<GiveUp>>) -> Result<u32, u32>;
    let reason = |run: Run<'_>| {
        let told = Cell::new(None);
        let returned = run(&told);
        (returned, told.get())
    };
    let always = || Err::<u32, u32>(7);
    assert_eq!(
        reason(&|told| on_exception(constant().interval(0))
            .max_tries(3)
            .on_giveup(|d| told.set(d.reason))
            .run_blocking(always)),
        (Err(7), Some(GiveUp::MaxTries))
    );
    assert_eq!(
        reason(&|told| on_exception(constant().interval([0; 2]))
            .on_giveup(|d| told.set(d.reason))
            .run_blocking(always)),
        (Err(7), Some(GiveUp::Exhausted))
    );
    assert_eq!(
        reason(&|told| on_exception(expo())
            .max_time(0)
            .on_giveup(|d| told.set(d.reason))
            .run_blocking(always)),
        (Err(7), Some(GiveUp::MaxTime))
    );
    assert_eq!(
        reason(&|told| {
            on_exception(expo())
                .giveup(|e: &u32| *e == 7)
                .on_giveup(|d| told.set(d.reason))
                .run_blocking(always)
        }),
        (Err(7), Some(GiveUp::Predicate))
    );
    assert_eq!(
        on_exception(constant().interval(0)).max_tries(2).raise_on_giveup(false).run_blocking(always),
        Ok(0)
    );
    assert_eq!(
        on_exception(constant().interval(0)).max_tries(2).raise_on_giveup(true).run_blocking(always),
        Err(7)
    );
    assert_eq!(
        on_exception(constant().interval(0)).max_tries(2).fallback(|e: u32| Ok(e + 1)).run_blocking(always),
        Ok(8)
    );
}

/// Nobody looks at what these calls return.
fn used<T>(_: T) {}

#[test]
fn what_is_retried_can_be_said_in_every_form() {
    let count = |run: &dyn Fn(&Cell<u32>)| {
        let calls = calls();
        run(&calls);
        calls.get()
    };
    let fail = |calls: &Cell<u32>| calls.set(calls.get() + 1);
    let policy = || on_exception(constant().interval([0; 2]));
    assert_eq!(
        count(&|c| used(policy().exception(|e: &u32| *e == 1).run_blocking(|| {
            fail(c);
            Err::<(), u32>(2)
        }))),
        1
    );
    assert_eq!(
        count(&|c| used(policy().exception(|e: &u32| *e == 2).run_blocking(|| {
            fail(c);
            Err::<(), u32>(2)
        }))),
        3
    );
    let io = || -> Box<dyn std::error::Error> { std::io::Error::other("x").into() };
    assert_eq!(
        count(&|c| used(policy().exception_of::<std::io::Error, _>().run_blocking(|| {
            fail(c);
            Err::<(), _>(io())
        }))),
        3
    );
    assert_eq!(
        count(&|c| used(policy().exception_of::<std::fmt::Error, _>().run_blocking(|| {
            fail(c);
            Err::<(), _>(io())
        }))),
        1
    );
    let policy = || on_predicate(constant().interval([0; 2]));
    assert_eq!(
        count(&|c| {
            policy().run_blocking(|| {
                fail(c);
                c.get() > 1
            });
        }),
        2
    );
    assert_eq!(
        count(&|c| {
            policy().predicate(|n: &u32| *n < 9).run_blocking(|| {
                fail(c);
                c.get()
            });
        }),
        3
    );
}

#[test]
fn generators_and_jitters_wait_as_they_do_in_the_attribute() {
    macro_rules! waits {
        ($waits:expr $(, $jitter:expr)?) => {{
            let trace = trace::blocking(|trace| {
                let waited = |d: &backoff_runtime::Details<'_, bool>| trace.note(format!("{:?}", d.wait.unwrap()));
                on_predicate($waits).max_tries(4).logger(None)$(.jitter($jitter))?.on_backoff(waited).run_blocking(|| false);
            });
            let waits: Vec<String> = trace.texts().into_iter().filter(|event| !event.starts_with('+')).collect();
            waits.join(" ")
        }};
    }
    assert_eq!(waits!(expo().factor(2).max_value(5), none), "2s 4s 5s");
    assert_eq!(waits!(fibo(), none), "1s 1s 2s");
    assert_eq!(waits!(decay().min_value(1), none), "1s 1s 1s");
    assert_eq!(waits!(constant().interval([3, 1]), none), "3s 1s");
    assert_eq!(waits!(runtime().value(|_: &bool| 7)), "7s 7s 7s", "what was asked for is not jittered");
    assert_eq!(waits!(vec![Duration::from_secs(8); 2].into_iter(), |wait| wait / 2), "4s 4s");
    assert_eq!(waits!(fibo(), backoff_runtime::decorrelated_jitter).split(' ').count(), 3);
}

#[test]
fn no_decorrelated_wait_exceeds_max_value() {
    for _ in 0..50 {
        trace::blocking(|trace| {
            on_predicate(expo().max_value(5))
                .jitter(backoff_runtime::decorrelated_jitter)
                .max_tries(20)
                .on_backoff(|d| assert!(d.wait.unwrap() <= Duration::from_secs(5)))
                .run_blocking(|| false);
            trace.note("over");
        });
    }
}

#[test]
fn log_lines_are_those_of_the_attribute() {
    let (lines, _guard) = backoff_tests::logs::record();
    let policy =
        on_exception(constant().interval(0)).max_tries(2).logger("sms").backoff_log_level(Level::Warn);
    let fetch = || Err::<(), u32>(7);
    assert!(policy.run_blocking(fetch).is_err());
    let lines = lines.lock().unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.target.clone(), line.level.to_string(), line.message.clone()))
        .collect();
    let name = "log_lines_are_those_of_the_attribute";
    assert_eq!(
        told,
        [
            ("sms".to_owned(), "WARN".to_owned(), format!("Backing off {name}(...) for 0.0s (7)")),
            ("sms".to_owned(), "ERROR".to_owned(), format!("Giving up {name}(...) after 2 tries (7)")),
        ]
    );
}
