//! `on_try`, `on_success`, `on_backoff`, `on_giveup`: a handler or a list of them; closures see the
//! function's arguments; on async functions a handler may be async. They are told all there is to know.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "what is asked and told is given references")]

use std::cell::{Cell, RefCell};
use std::fmt::Debug;

use backoff_runtime::{Details, GiveUp, on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{self, Trace, millis, seconds};

thread_local! {
    /// What the handlers that are plain functions saw: each test has a thread of its own.
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
}

fn see(event: impl Into<String>) {
    SEEN.with_borrow_mut(|seen| seen.push(event.into()));
}

fn seen() -> Vec<String> {
    SEEN.take()
}

fn on_details(details: &Details<'_, u8>) {
    see(format!("details {} {}", details.tries, details.outcome));
}

fn on_any<T: Debug>(details: &Details<'_, T>) {
    see(format!("any {} {:?}", details.tries, details.outcome));
}

async fn on_later(details: &Details<'_, u8>) {
    tokio::time::sleep(seconds(1)).await;
    see(format!("later {} {}", details.tries, details.outcome));
}

mod deep {
    pub(super) struct Handlers;
    impl Handlers {
        pub(super) fn handle<T>(details: &super::Details<'_, T>) {
            super::see(format!("method {}", details.tries));
        }
    }
}

#[test]
fn a_handler_is_a_function_by_any_path_or_a_closure() {
    #[on_exception(
        constant,
        max_tries = 2,
        interval = 0,
        on_try = on_any,
        on_backoff = [on_details, crate::on_any::<u8>, deep::Handlers::handle, |d| see(d.tries.to_string())],
        on_giveup = deep::Handlers::handle,
    )]
    fn call() -> Result<(), u8> {
        Err(7)
    }
    assert_eq!(call(), Err(7));
    assert_eq!(seen(), ["any 1 ()", "details 1 7", "any 1 7", "method 1", "1", "any 2 ()", "method 2"]);
}

#[test]
fn a_handler_may_be_an_expression_or_an_argument() {
    fn named(name: &str) -> impl Fn(&Details<'_, u8>) {
        move |d| see(format!("{name} {}", d.tries))
    }
    #[on_exception(
        constant,
        max_tries = 2,
        interval = 0,
        on_backoff = [named("a"), handler, if loud { named("loud") } else { named("quiet") }],
        on_giveup = handler,
    )]
    fn call(loud: bool, handler: impl Fn(&Details<'_, u8>)) -> Result<(), u8> {
        Err(7)
    }
    assert_eq!(call(true, |d| see(format!("argument {}", d.tries))), Err(7));
    assert_eq!(seen(), ["a 1", "argument 1", "loud 1", "argument 2"]);
}

#[test]
fn closures_see_the_arguments_and_may_change_what_was_lent() {
    both! {
        #[on_exception(
            constant,
            max_tries = 3,
            interval = 0,
            on_try = |_| *total += 1,
            on_backoff = [|d| log.push(format!("{name} {}", d.tries)), |_| *total += 10],
            on_giveup = |_| trace.note(format!("{log:?} {total}")),
            logger = none,
        )]
        fn call(trace: &Trace, name: String, log: &mut Vec<String>, total: &mut u32) -> Result<u32, ()> {
            *total += 100;
            Err(())
        }
        |trace| call(trace, "n".to_owned(), &mut vec![], &mut 0) => [
            r#"["n 1", "n 2"] 323"#, "returned Err(())",
        ]
    }
}

/// Its handlers look at it.
#[derive(Default)]
struct Client {
    failures: Cell<u32>,
    log: Vec<u32>,
}

impl Client {
    fn count<T>(&self, _details: &Details<'_, T>) {
        self.failures.set(self.failures.get() + 1);
    }

    #[on_exception(
        constant,
        interval = 0,
        max_tries = 3,
        on_backoff = |d| self.count(d),
        on_giveup = |d| self.count(d),
    )]
    async fn fetch(&self) -> Result<(), u8> {
        Err(7)
    }

    #[on_predicate(constant, interval = 0, max_tries = 3, on_backoff = |d| self.log.push(d.tries))]
    fn poll(&mut self) -> Option<u8> {
        self.log.push(100);
        None
    }
}

#[test]
fn closures_see_self() {
    let mut client = Client::default();
    trace::later(async |trace: &Trace| trace.returned(client.fetch().await));
    assert_eq!((client.failures.get(), client.poll()), (3, None));
    assert_eq!(client.log, [100, 1, 100, 2, 100]);
}

#[test]
fn async_handlers_are_awaited_in_order() {
    #[on_exception(
        constant,
        max_tries = 2,
        jitter = none,
        on_try = async |d| { tokio::time::sleep(millis(100)).await; trace.told("try", d) },
        on_backoff = [
            async |d| { tokio::time::sleep(millis(200)).await; trace.told("async closure", d) },
            |d| trace.told("closure", d),
            |d| async move { tokio::time::sleep(millis(300)).await; trace.told("closure of a block", d) },
            on_later,
            on_details,
        ],
        on_giveup = [on_later, async |d| trace.told("giveup", d)],
        logger = none,
    )]
    async fn call(trace: &Trace) -> Result<(), u8> {
        trace.note("body");
        Err(7)
    }
    trace::later(async |trace: &Trace| trace.returned(call(trace).await)).assert(&[
        "+100ms",
        "try: call #1 at 0ns, ()",
        "body",
        "+200ms",
        "async closure: call #1 at 100ms, wait 1s, 7",
        "closure: call #1 at 100ms, wait 1s, 7",
        "+300ms",
        "closure of a block: call #1 at 100ms, wait 1s, 7",
        // One second of `on_later`, one of the wait, and a tenth of `on_try`.
        "+2.1s",
        "try: call #2 at 2.6s, ()",
        "body",
        "+1s",
        "giveup: call #2 at 2.7s, MaxTries, 7",
        "returned Err(7)",
    ]);
    assert_eq!(seen(), ["later 1 7", "details 1 7", "later 2 7"]);
}

#[test]
fn an_async_on_success_is_awaited_before_the_call_returns() {
    #[on_predicate(
        constant,
        on_success = async |d| { tokio::time::sleep(seconds(2)).await; trace.told("success", d) },
    )]
    async fn call(trace: &Trace) -> Option<u8> {
        Some(7)
    }
    trace::later(async |trace: &Trace| trace.returned(call(trace).await)).assert(&[
        "+2s",
        "success: call #1 at 0ns, Some(7)",
        "returned Some(7)",
    ]);
}

#[test]
fn an_async_giveup_is_awaited() {
    async fn is_fatal(error: &u8) -> bool {
        tokio::time::sleep(seconds(1)).await;
        *error == 7
    }
    #[on_exception(
        constant,
        interval = 10,
        jitter = none,
        giveup = is_fatal,
        on_giveup = |d| trace.told("giveup", d),
        logger = none,
    )]
    #[on_exception(
        constant,
        jitter = none,
        max_tries = 2,
        giveup = async |e| { trace.note("asked"); is_fatal(e).await },
        logger = none,
    )]
    async fn call(trace: &Trace, error: &Cell<u8>) -> Result<(), u8> {
        error.set(error.get() + 1);
        Err(error.get())
    }
    trace::later(async |trace: &Trace| trace.returned(call(trace, &Cell::new(4)).await)).assert(&[
        "asked",
        "+2s",
        "asked",
        // The inner loop gives up by `max_tries`; the outer `giveup` says no, and its wait is 10 s.
        "+12s",
        "asked",
        // Both say yes of 7, one second each.
        "+2s",
        "giveup: call #2 at 16s, Predicate, 7",
        "returned Err(7)",
    ]);
}

#[test]
fn sync_handlers_and_giveup_may_be_mixed_with_async_ones_on_async_functions() {
    fn never(_: &u8) -> bool {
        false
    }
    #[on_exception(
        constant,
        max_tries = 2,
        interval = 0,
        giveup = never,
        on_try = on_any,
        on_backoff = [on_details, on_later],
        logger = none,
    )]
    async fn call() -> Result<(), u8> {
        Err(7)
    }
    trace::later(async |trace: &Trace| trace.returned(call().await)).assert(&["+1s", "returned Err(7)"]);
    assert_eq!(seen(), ["any 1 ()", "details 1 7", "later 1 7", "any 2 ()"]);
}

#[test]
fn details_tell_target_tries_elapsed_wait_reason_and_outcome() {
    type Told = Vec<(&'static str, u32, u64, Option<u64>, Option<GiveUp>, u8)>;
    fn tell(told: &mut Told, d: &Details<'_, u8>) {
        let wait = d.wait.map(|wait| wait.as_secs());
        told.push((d.target, d.tries, d.elapsed.as_secs(), wait, d.reason, *d.outcome));
    }
    #[on_exception(
        constant,
        interval = 3,
        jitter = none,
        max_tries = 2,
        on_success = |d| tell(told, d),
        on_backoff = |d| tell(told, d),
        on_giveup = |d| tell(told, d),
    )]
    fn r#try(told: &mut Told, result: Result<u8, u8>) -> Result<u8, u8> {
        result
    }
    let mut told = vec![];
    trace::blocking(|_| {
        let _ = r#try(&mut told, Err(7));
        let _ = r#try(&mut told, Ok(8));
    });
    assert_eq!(
        told,
        [
            ("try", 1, 0, Some(3), None, 7),
            ("try", 2, 3, None, Some(GiveUp::MaxTries), 7),
            ("try", 1, 0, None, None, 8)
        ]
    );
}

#[test]
fn the_outcome_of_a_success_is_the_value_of_the_ok() {
    both! {
        #[on_exception(constant, on_success = |d: &Details<'_, String>| trace.note(d.outcome.as_str()))]
        fn call(trace: &Trace) -> Result<String, u8> {
            Ok("value".to_owned())
        }
        |trace| call(trace) => ["value", r#"returned Ok("value")"#]
    }
    both! {
        #[on_predicate(constant, |_| false, on_success = |d| trace.note(d.outcome.unwrap_err().to_string()))]
        fn call(trace: &Trace) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace) => ["7", "returned Err(7)"]
    }
}
