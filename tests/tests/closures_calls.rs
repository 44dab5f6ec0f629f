//! Without the attributes: what can be run, how it is called in the events, and what its future is.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use backoff_runtime::testing::Scope;
use backoff_runtime::{
    Details, GiveUp, constant, decorrelated_jitter, expo, none, on_exception, on_predicate,
};
use backoff_tests::flaky::{Failed, Flaky};
use backoff_tests::trace::{Trace, seconds};

fn require_send<T: Send>(value: T) -> T {
    value
}

static FLAKY: Flaky = Flaky::new();

async fn fetch() -> Result<u32, Failed> {
    FLAKY.call_later().await
}

#[tokio::test(start_paused = true)]
async fn a_function_is_run_by_its_name_also_in_another_task() {
    let trace = Trace::later();
    let told = trace.clone();
    let call = on_exception(constant())
        .jitter(none)
        .on_backoff(move |d: &Details<'_, Failed>| told.told("backoff", d))
        .run(fetch);
    trace.returned(tokio::spawn(call).await.unwrap());
    trace.assert(&[
        "backoff: fetch #1 at 0ns, wait 1s, Failed(1)",
        "+1s",
        "backoff: fetch #2 at 1s, wait 1s, Failed(2)",
        "+1s",
        "returned Ok(3)",
    ]);
}

/// What the events of a call are told as its name.
fn name_of(function: impl FnMut() -> bool) -> &'static str {
    let mut name = "";
    on_predicate(constant()).max_tries(1).logger(None).on_try(|d| name = d.target).run_blocking(function);
    name
}

struct Client<T>(T);

impl<T: Default> Client<T> {
    fn probe() -> bool {
        T::default();
        false
    }

    fn name(&self) -> &'static str {
        name_of(|| {
            let _ = &self.0;
            false
        })
    }
}

trait Probe {
    fn probe_by_trait() -> bool {
        false
    }
}

impl<T> Probe for Client<Vec<T>> {}
impl<T> Probe for [T] {}

fn generic<T: Default>() -> bool {
    T::default();
    false
}

fn closure_in_generic<T: Default>() -> &'static str {
    name_of(generic::<T>);
    name_of(|| generic::<T>())
}

#[test]
fn the_target_is_the_name_of_the_function_or_of_the_one_that_the_closure_stands_in() {
    let here = "the_target_is_the_name_of_the_function_or_of_the_one_that_the_closure_stands_in";
    assert_eq!(name_of(|| false), here);
    assert_eq!(name_of(&mut || false), here);
    assert_eq!(name_of([|| || false][0]()), here);
    assert_eq!(name_of(bool::default), "default");
    // Whatever it is generic over.
    assert_eq!(name_of(generic::<u8>), "generic");
    assert_eq!(name_of(generic::<Vec<Option<String>>>), "generic");
    assert_eq!(name_of(generic::<Option<fn(String) -> String>>), "generic");
    assert_eq!(closure_in_generic::<Vec<String>>(), "closure_in_generic");
    assert_eq!(Client(String::new()).name(), "name");
    assert_eq!(name_of(Client::<Vec<String>>::probe), "probe");
    assert_eq!(name_of(Client::<Vec<String>>::probe_by_trait), "probe_by_trait");
    assert_eq!(name_of(<[String]>::probe_by_trait), "probe_by_trait");
}

#[test]
fn the_types_of_arguments_are_found_where_the_outcome_is_left_alone_matched_or_shown() {
    let events = RefCell::new(Vec::new());
    let last = Scope::new().without_waits().run(|| {
        on_exception(constant())
            .jitter(none)
            .exception(|_| true)
            .giveup(|e| matches!(e, Some("fatal")))
            .on_try(|d| events.borrow_mut().push(d.tries.to_string()))
            .on_backoff(|d| events.borrow_mut().push(format!("{:?} {:?}", d.wait, d.outcome)))
            .on_success(|d| assert!(d.reason.is_none()))
            .on_giveup(|d| assert_eq!(d.reason, Some(GiveUp::Predicate)))
            .fallback(Err)
            .run_blocking(|| Err::<(), _>(if events.borrow().len() > 2 { Some("fatal") } else { None }))
    });
    assert_eq!(last, Err(Some("fatal")));
    assert_eq!(events.into_inner(), ["1", "Some(1s) None", "2"]);
}

#[tokio::test(start_paused = true)]
async fn an_async_closure_borrows_from_its_surroundings() {
    async fn post(to: &str, sent: &RefCell<Vec<String>>) -> Result<usize, io::Error> {
        tokio::time::sleep(seconds(1)).await;
        sent.borrow_mut().push(to.to_owned());
        if sent.borrow().len() < 3 { Err(io::Error::other("busy")) } else { Ok(sent.borrow().len()) }
    }
    let (to, sent) = (String::from("you"), RefCell::new(Vec::new()));
    let returned = on_exception(expo()).run(async || post(&to, &sent).await).await;
    assert_eq!((returned.unwrap(), sent.into_inner()), (3, vec![to; 3]));
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_changes_its_surroundings_makes_futures_that_do_not_borrow_them() {
    let mut ports = vec![80, 8080, 443];
    let connected = on_predicate(constant())
        .run(|| {
            let port = ports.pop();
            async move { port.filter(|port| *port == 80) }
        })
        .await;
    assert_eq!((connected, ports), (Some(80), vec![]));
}

#[test]
fn a_sync_closure_may_borrow_mutably_and_return_what_it_was_lent() {
    let mut buffer = String::new();
    let lines = ["first", "second"];
    let mut next = lines.iter();
    let found = Scope::new().without_waits().run(|| {
        on_predicate(expo()).predicate(|line| !matches!(line, Some("second"))).run_blocking(|| {
            buffer.push('.');
            next.next().copied()
        })
    });
    assert_eq!((found, buffer.as_str()), (Some("second"), ".."));
}

async fn lends(names: &[String], calls: &std::sync::Mutex<u32>) -> Option<usize> {
    let found = on_predicate(constant()).max_tries(2).run(async || {
        *calls.lock().unwrap() += 1;
        tokio::task::yield_now().await;
        names.iter().position(|name| name == "you")
    });
    found.await
}

#[tokio::test(start_paused = true)]
async fn the_future_of_run_is_send_when_closure_and_outcome_are() {
    // `Cell` is `Send` and not `Sync`: the outcome need not be `Sync`.
    let failing = || async { Err::<(), _>(Cell::new(7)) };
    let call = on_exception(constant())
        .max_tries(3)
        .max_time(60)
        .giveup(|_| false)
        .jitter(decorrelated_jitter)
        .on_try(|_| ())
        .on_success(|_| ())
        .on_backoff(|_| ())
        .on_giveup(|_| ())
        .fallback(|e: Cell<i32>| Err(Cell::new(e.get() + 1)));
    let boxed: std::pin::Pin<Box<dyn Future<Output = Result<(), Cell<i32>>> + Send>> =
        Box::pin(call.run(failing));
    assert_eq!(tokio::spawn(boxed).await.unwrap(), Err(Cell::new(8)));
    // So it is in a function that lends its arguments to the closure.
    let spawned = require_send(async {
        let calls = std::sync::Mutex::new(0);
        (lends(&["me".to_owned()], &calls).await, calls.into_inner().unwrap())
    });
    assert_eq!(tokio::spawn(spawned).await.unwrap(), (None, 2));
}

#[tokio::test(start_paused = true)]
async fn a_closure_and_an_outcome_that_are_not_send_run_too() {
    let calls = Rc::new(Cell::new(0));
    let last = on_exception(constant())
        .max_tries(3)
        .run(async || {
            calls.set(calls.get() + 1);
            Err::<(), _>(Rc::clone(&calls))
        })
        .await;
    assert_eq!((last.unwrap_err().get(), calls.get()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_clone_is_a_fresh_policy_of_the_same_settings() {
    let trace = Trace::later();
    let policy = on_predicate(constant().interval([1, 2]))
        .jitter(none)
        .logger(None)
        .on_backoff(|d: &Details<'_, bool>| trace.told("backoff", d))
        .on_giveup(|d: &Details<'_, bool>| trace.told("giveup", d));
    for _ in 0..2 {
        policy.clone().run(async || false).await;
    }
    let once = [
        "backoff: a_clone_is_a_fresh_policy_of_the_same_settings #1 at 0ns, wait 1s, false",
        "+1s",
        "backoff: a_clone_is_a_fresh_policy_of_the_same_settings #2 at 1s, wait 2s, false",
        "+2s",
        "giveup: a_clone_is_a_fresh_policy_of_the_same_settings #3 at 3s, Exhausted, false",
    ];
    trace.assert(&[once, once].concat());
}

#[test]
fn a_clone_forgets_the_wait_before_and_the_state_of_closures() {
    let mut made = 0;
    let policy = on_predicate(constant().interval(10)).jitter(decorrelated_jitter).max_tries(2).on_backoff(
        move |d: &Details<'_, ()>| {
            made += 1;
            // The first wait of each clone: three times the generator's at most, and the closure's state is fresh.
            assert!(made == 1 && d.wait.unwrap() <= seconds(30), "{made}, {:?}", d.wait);
        },
    );
    Scope::new().without_waits().run(|| {
        for _ in 0..50 {
            policy.clone().run_blocking(|| ());
        }
    });
}

#[test]
fn a_zero_wait_makes_no_timer_but_yields_once() {
    let attempts = Cell::new(0);
    let mut future = pin!(on_predicate(constant().interval(0)).max_tries(3).run(async || {
        attempts.set(attempts.get() + 1);
        false
    }));
    // Outside a runtime a timer would panic.
    let mut poll = || (future.as_mut().poll(&mut Context::from_waker(Waker::noop())), attempts.get());
    assert_eq!(poll(), (Poll::Pending, 1));
    assert_eq!(poll(), (Poll::Pending, 2));
    assert_eq!(poll(), (Poll::Ready(false), 3));
}

#[test]
fn what_an_option_owns_need_not_be_shared_between_threads_for_the_future_to_be_send() {
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    let told = std::cell::Cell::new(0);
    let call = on_exception(constant().interval(0))
        .max_tries(2)
        .attempt_timeout(5)
        .timeout(60)
        .on_timeout(|_| "late")
        .on_backoff(move |_: &Details<'_, &str>| told.set(told.get() + 1));
    drop(is_send(call.run(async || Err::<(), _>("refused"))));
}
