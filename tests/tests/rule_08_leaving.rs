//! Rule 8: a panic in the body or a handler goes through. Dropping the future, in the body or in the wait,
//! ends everything: no event, no task left behind. A sync function waits by blocking its thread.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, seconds};

/// Where the function of the tests panics.
fn panics_at(trace: &Trace, here: &str, there: &str) {
    trace.note(here);
    assert!(here != there, "{here} panics");
}

/// What a future gives, or the panic that ended it.
async fn caught_in<T>(future: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// A sync and an async function that panic in one place, and how the trace of each ends.
macro_rules! panics {
    ($($place:literal after [$($event:literal),*];)*) => {
        #[on_exception(
            constant,
            |_| { panics_at(trace, "condition", place); true },
            max_tries = 2,
            jitter = |wait| { panics_at(trace, "jitter", place); wait },
            giveup = |_| { panics_at(trace, "giveup", place); false },
            on_try = |_| panics_at(trace, "on_try", place),
            on_success = |_| panics_at(trace, "on_success", place),
            on_backoff = |_| panics_at(trace, "on_backoff", place),
            on_giveup = |_| panics_at(trace, "on_giveup", place),
            fallback = |error| { panics_at(trace, "fallback", place); Err(error) },
            logger = none,
        )]
        fn call(trace: &Trace, place: &str) -> Result<(), u8> {
            panics_at(trace, "body", place);
            if place == "on_success" { Ok(()) } else { Err(7) }
        }

        #[on_exception(
            constant,
            |_| { panics_at(trace, "condition", place); true },
            max_tries = 2,
            jitter = |wait| { panics_at(trace, "jitter", place); wait },
            giveup = async |_| { panics_at(trace, "giveup", place); false },
            on_try = async |_| panics_at(trace, "on_try", place),
            on_success = async |_| panics_at(trace, "on_success", place),
            on_backoff = async |_| panics_at(trace, "on_backoff", place),
            on_giveup = async |_| panics_at(trace, "on_giveup", place),
            fallback = |error| { panics_at(trace, "fallback", place); Err(error) },
            logger = none,
        )]
        async fn call_later(trace: &Trace, place: &str) -> Result<(), u8> {
            panics_at(trace, "body", place);
            if place == "on_success" { Ok(()) } else { Err(7) }
        }

        $({
            let expected = &[$($event,)* $place, concat!("panicked: ", $place, " panics")];
            let caught = |trace: &Trace, panic: Box<dyn std::any::Any + Send>| {
                trace.note(format!("panicked: {}", panic.downcast::<String>().unwrap()));
            };
            trace::blocking(|trace| {
                caught(trace, catch_unwind(AssertUnwindSafe(|| call(trace, $place))).unwrap_err());
            })
            .assert(expected);
            trace::later(async |trace: &Trace| {
                let panic = caught_in(call_later(trace, $place)).await.unwrap_err();
                caught(trace, panic);
            })
            .assert(expected);
        })*
    };
}

#[test]
fn a_panic_in_the_body_or_in_anything_that_is_asked_or_told_goes_through() {
    panics! {
        "on_try" after [];
        "body" after ["on_try"];
        "condition" after ["on_try", "body"];
        "on_success" after ["on_try", "body"];
        "giveup" after ["on_try", "body", "condition"];
        "jitter" after ["on_try", "body", "condition", "giveup"];
        "on_backoff" after ["on_try", "body", "condition", "giveup", "jitter"];
        "on_giveup" after [
            "on_try", "body", "condition", "giveup", "jitter", "on_backoff", "+1s",
            "on_try", "body", "condition", "giveup"
        ];
        "fallback" after [
            "on_try", "body", "condition", "giveup", "jitter", "on_backoff", "+1s",
            "on_try", "body", "condition", "giveup", "on_giveup"
        ];
    }
}

/// Tells when it is dropped.
struct Dropped<'a>(&'a Trace);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.note("body dropped");
    }
}

#[on_predicate(
    constant,
    interval = 10,
    jitter = none,
    on_try = |d| trace.told("on_try", d),
    on_success = |d| trace.told("on_success", d),
    on_backoff = |d| trace.told("on_backoff", d),
    on_giveup = |d| trace.told("on_giveup", d),
)]
async fn ready(trace: &Trace, hangs: bool) -> bool {
    if hangs {
        let _dropped = Dropped(trace);
        pending::<()>().await;
    }
    false
}

/// Drops the call after 5 s, and looks on for an hour.
async fn dropped_after_5s(trace: &Trace, hangs: bool) {
    assert!(tokio::time::timeout(seconds(5), ready(trace, hangs)).await.is_err());
    trace.note("dropped");
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0, "no task is left behind");
    tokio::time::sleep(seconds(3600)).await;
    trace.note("an hour later");
}

#[test]
fn dropping_the_future_in_the_body_ends_everything() {
    trace::later(async |trace: &Trace| dropped_after_5s(trace, true).await).assert(&[
        "on_try: ready #1 at 0ns, ()",
        "+5s",
        "body dropped",
        "dropped",
        "+3600s",
        "an hour later",
    ]);
}

#[test]
fn dropping_the_future_in_the_wait_ends_everything() {
    trace::later(async |trace: &Trace| dropped_after_5s(trace, false).await).assert(&[
        "on_try: ready #1 at 0ns, ()",
        "INFO backoff: Backing off ready(...) for 10.0s (false)",
        "on_backoff: ready #1 at 0ns, wait 10s, false",
        "+5s",
        "dropped",
        "+3600s",
        "an hour later",
    ]);
}

#[tokio::test(start_paused = true)]
async fn aborting_the_task_ends_everything() {
    let trace = Trace::later();
    let task = tokio::spawn({
        let trace = trace.clone();
        async move { ready(&trace, false).await }
    });
    tokio::time::sleep(seconds(15)).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    tokio::time::sleep(seconds(3600)).await;
    trace.assert(&[
        "on_try: ready #1 at 0ns, ()",
        "on_backoff: ready #1 at 0ns, wait 10s, false",
        "+10s",
        "on_try: ready #2 at 10s, ()",
        "on_backoff: ready #2 at 10s, wait 10s, false",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_never_polled_does_nothing() {
    #[on_predicate(constant, max_tries = trace.say("max_tries", 3))]
    async fn call(trace: &Trace) -> bool {
        trace.say("body", false)
    }
    let trace = Trace::later();
    drop(call(&trace));
    trace.assert(&[]);
}

#[test]
fn a_sync_function_stays_on_its_thread() {
    use std::thread::{self, ThreadId};
    #[on_predicate(constant, interval = Duration::from_nanos(1), jitter = none, logger = none)]
    fn call(threads: &mut Vec<ThreadId>) -> bool {
        threads.push(thread::current().id());
        threads.len() == 3
    }
    let mut threads = Vec::new();
    assert!(call(&mut threads));
    assert_eq!(threads, [thread::current().id(); 3]);
}
