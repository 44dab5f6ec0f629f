//! Hooks for a whole program: one place hears of all calls, without a handler on any of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::program::{self, Event, Observer};
use backoff_runtime::testing::Scope;
use backoff_runtime::{AnyJitter, Pacer, Policy, constant, on_exception, on_predicate};
use backoff_tests::logs;

/// Writes down what it hears of the functions of one test: the others run beside it.
struct Heard {
    prefix: &'static str,
    events: Mutex<Vec<String>>,
}

impl Heard {
    fn of(prefix: &'static str) -> Arc<Self> {
        let heard = Arc::new(Self { prefix, events: Mutex::default() });
        program::observe(heard.clone());
        heard
    }

    fn note(&self, hook: &str, event: &Event<'_>) {
        if event.target.starts_with(self.prefix) {
            let Event { elapsed, wait, reason, .. } = event;
            let outcome = event.outcome.map(ToString::to_string);
            let seconds = wait.map(|wait| wait.as_secs());
            self.events.lock().unwrap().push(format!(
                "{hook} {} {} {} {seconds:?} {reason:?} {outcome:?}",
                event.target,
                event.tries,
                elapsed.as_secs(),
            ));
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

impl Observer for Heard {
    fn on_try(&self, event: &Event<'_>) {
        self.note("try", event);
    }

    fn on_success(&self, event: &Event<'_>) {
        self.note("success", event);
    }

    fn on_backoff(&self, event: &Event<'_>) {
        self.note("backoff", event);
    }

    fn on_giveup(&self, event: &Event<'_>) {
        self.note("giveup", event);
    }
}

fn without_waits<T>(function: impl FnOnce() -> T) -> T {
    Scope::new().without_waits().run(function)
}

#[test]
fn an_observer_hears_of_every_event_of_a_sync_function() {
    #[on_exception(constant, interval = 2, jitter = none, max_tries = 3)]
    fn sync_all(tries: &mut u32, succeeds_at: u32) -> Result<u32, String> {
        *tries += 1;
        if *tries < succeeds_at { Err(format!("refused {tries}")) } else { Ok(7) }
    }
    let heard = Heard::of("sync_all");
    without_waits(|| sync_all(&mut 0, 2)).unwrap();
    assert_eq!(
        heard.take(),
        [
            "try sync_all 1 0 None None None",
            "backoff sync_all 1 0 Some(2) None Some(\"refused 1\")",
            "try sync_all 2 2 None None None",
            "success sync_all 2 2 None None None",
        ],
    );
    without_waits(|| sync_all(&mut 0, 9)).unwrap_err();
    assert_eq!(
        heard.take()[4..],
        ["try sync_all 3 4 None None None", "giveup sync_all 3 4 None Some(MaxTries) Some(\"refused 3\")",]
    );
}

#[tokio::test(start_paused = true)]
async fn an_observer_hears_of_an_async_function_that_has_no_log_lines_and_no_handlers() {
    #[on_predicate(constant, interval = 2, jitter = none, max_time = 3, logger = none)]
    async fn async_silent() -> Option<u32> {
        None
    }
    #[on_exception(constant, interval = 2, jitter = none, max_tries = 2, logger = none)]
    async fn async_silent_too(fails: bool) -> Result<u32, String> {
        if fails { Err("refused".to_owned()) } else { Ok(1) }
    }
    let heard = Heard::of("async_silent");
    async_silent().await;
    assert_eq!(heard.take().last().unwrap(), "giveup async_silent 3 3 None Some(MaxTime) Some(\"None\")");
    async_silent_too(true).await.unwrap_err();
    assert_eq!(
        heard.take()[1..],
        [
            "backoff async_silent_too 1 0 Some(2) None Some(\"refused\")",
            "try async_silent_too 2 2 None None None",
            "giveup async_silent_too 2 2 None Some(MaxTries) Some(\"refused\")",
        ],
    );
    async_silent_too(false).await.unwrap();
    assert_eq!(heard.take()[1], "success async_silent_too 1 0 None None None");
}

#[test]
fn an_error_that_is_not_retried_is_no_event() {
    #[on_exception(constant, |e| *e == 1, interval = 0)]
    fn passed_on() -> Result<(), u32> {
        Err(2)
    }
    let heard = Heard::of("passed_on");
    passed_on().unwrap_err();
    assert_eq!(heard.take(), ["try passed_on 1 0 None None None"]);
}

#[test]
fn an_observer_sees_of_an_outcome_what_log_lines_show() {
    #[derive(Debug)]
    struct Secret;
    #[on_exception(constant, interval = 0, max_tries = 1, log_outcome = none)]
    fn shown_nothing() -> Result<(), Secret> {
        Err(Secret)
    }
    #[on_exception(constant, interval = 0, max_tries = 1, log_outcome = |_| { made.push(()); "status 403" })]
    fn shown_made(made: &mut Vec<()>) -> Result<(), Secret> {
        Err(Secret)
    }
    #[on_exception(constant, interval = 0, max_tries = 1, logger = none, log_outcome = |_| "status 500")]
    fn shown_to_observers_alone() -> Result<(), Secret> {
        Err(Secret)
    }
    #[on_exception(constant, interval = 0, max_tries = 1)]
    fn shown_short() -> Result<(), String> {
        Err("long\n".repeat(1000))
    }
    let heard = Heard::of("shown");
    let (lines, _guard) = logs::record();
    shown_nothing().unwrap_err();
    assert!(heard.take()[1].ends_with("Some(MaxTries) None"));
    let mut made = Vec::new();
    shown_made(&mut made).unwrap_err();
    assert!(heard.take()[1].ends_with("Some(\"status 403\")"));
    assert_eq!(
        lines.lock().unwrap().last().unwrap().message,
        "Giving up shown_made(...) after 1 tries (status 403)"
    );
    assert_eq!(made.len(), 1, "it is asked once for the line and the observers");
    shown_to_observers_alone().unwrap_err();
    assert!(heard.take()[1].ends_with("Some(\"status 500\")"));
    shown_short().unwrap_err();
    let event = &heard.take()[1];
    assert!(event.len() < 400 && event.ends_with("lo...\")"), "{event}");
}

#[test]
fn observers_are_told_in_order_between_the_log_line_and_the_handlers() {
    static SAID: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    struct Says(&'static str);
    impl Observer for Says {
        fn on_giveup(&self, event: &Event<'_>) {
            if event.target == "in_order" {
                SAID.lock().unwrap().push(self.0);
            }
        }
    }
    #[on_exception(constant, max_tries = 1, log_outcome = |()| said("line"), on_giveup = |_| said("handler").truncate(0))]
    fn in_order() -> Result<(), ()> {
        Err(())
    }
    fn said(what: &'static str) -> String {
        SAID.lock().unwrap().push(what);
        String::new()
    }
    let (_lines, _guard) = logs::record();
    program::observe(Says("first"));
    program::observe(Says("second"));
    in_order().unwrap_err();
    assert_eq!(*SAID.lock().unwrap(), ["line", "first", "second", "handler"]);
}

#[test]
fn a_panic_of_an_observer_goes_through() {
    struct Panics;
    impl Observer for Panics {
        fn on_success(&self, event: &Event<'_>) {
            assert!(event.target != "panicking", "the observer's");
        }
    }
    #[on_exception(constant)]
    fn panicking() -> Result<(), ()> {
        Ok(())
    }
    program::observe(Panics);
    let panic = std::panic::catch_unwind(panicking).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the observer's"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_not_heard_of_and_an_attempt_that_is_not_made_is_no_try() {
    static CLOSED: Pacer = Pacer::per(1, "1h");
    #[on_exception(constant, interval = 3600)]
    async fn left_alone() -> Result<(), String> {
        Err("refused".to_owned())
    }
    #[on_exception(constant, interval = 0, max_time = 9, pacer = CLOSED)]
    async fn left_waiting() -> Result<(), String> {
        Ok(())
    }
    let heard = Heard::of("left");
    let cut = tokio::time::timeout(Duration::from_secs(1), left_alone()).await;
    assert!(cut.is_err() && heard.take().len() == 2);
    left_waiting().await.unwrap();
    assert_eq!(heard.take().len(), 2);
    left_waiting().await.unwrap_err();
    let events = heard.take();
    assert!(
        events.len() == 1 && events[0].starts_with("giveup left_waiting 0 0 None Some(MaxTime)"),
        "{events:?}"
    );
}

#[test]
fn an_observer_may_be_added_by_another_while_it_is_told_something() {
    struct Adds(Mutex<Option<Arc<Heard>>>);
    impl Observer for Adds {
        fn on_try(&self, event: &Event<'_>) {
            if event.target == "added_late" {
                self.0.lock().unwrap().get_or_insert_with(|| Heard::of("added_late"));
            }
        }
    }
    #[on_exception(constant)]
    fn added_late() -> Result<(), ()> {
        Ok(())
    }
    let adds = Arc::new(Adds(Mutex::default()));
    program::observe(adds.clone());
    added_late().unwrap();
    let added = adds.0.lock().unwrap().take().unwrap();
    assert_eq!(added.take().last().unwrap(), "success added_late 1 0 None None None");
}

#[test]
fn observers_that_are_added_at_once_all_hear() {
    #[on_exception(constant)]
    fn added_at_once() -> Result<(), ()> {
        Ok(())
    }
    let heard: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Heard::of("added_at_once"))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    added_at_once().unwrap();
    for one in heard {
        assert_eq!(one.take().len(), 2);
    }
}

#[test]
fn the_failures_of_closures_are_heard_by_the_name_of_the_function_around_them() {
    fn around_a_closure() {
        let call = on_exception(constant().interval(0)).max_tries(2).logger(None);
        call.run_blocking(|| Err::<(), _>("refused")).unwrap_err();
    }
    let heard = Heard::of("around_a_closure");
    around_a_closure();
    let events: Vec<_> = heard.take().into_iter().filter(|event| !event.starts_with("try")).collect();
    assert_eq!(events.len(), 2);
    assert!(events[0].starts_with("backoff around_a_closure 1 0 Some(0) None"), "{events:?}");
    assert!(events[1].starts_with("giveup around_a_closure 2 0 None Some(MaxTries)"), "{events:?}");
}

#[test]
fn an_event_is_one_line_of_text() {
    struct Lines(Mutex<Vec<String>>);
    impl Lines {
        fn note(&self, event: &Event<'_>) {
            if event.target == "as_text" {
                self.0.lock().unwrap().push(event.to_string());
            }
        }
    }
    impl Observer for Lines {
        fn on_try(&self, event: &Event<'_>) {
            self.note(event);
        }
        fn on_backoff(&self, event: &Event<'_>) {
            self.note(event);
        }
        fn on_giveup(&self, event: &Event<'_>) {
            assert!(event.reason.is_some());
            self.note(event);
        }
    }
    #[on_exception(constant, interval = 0, max_tries = 2)]
    fn as_text() -> Result<(), &'static str> {
        Err("refused")
    }
    let lines = Arc::new(Lines(Mutex::default()));
    program::observe(lines.clone());
    as_text().unwrap_err();
    assert_eq!(
        *lines.0.lock().unwrap(),
        [
            "as_text, attempt 1",
            "backing off as_text after 1 tries, for 0.0s: refused",
            "as_text, attempt 2",
            "giving up as_text after 2 tries, max_tries: refused",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_observer_hears_of_every_event_of_a_closure_and_of_a_function_with_a_policy() {
    static POLICY: Policy = Policy::constant("2s").max_tries(2).jitter(AnyJitter::None);
    #[on_exception(POLICY)]
    async fn policy_function(tries: &mut u32) -> Result<u32, &'static str> {
        *tries += 1;
        if *tries == 1 { Err("refused") } else { Ok(7) }
    }
    fn policy_closure() -> Result<u32, &'static str> {
        let mut tries = 0;
        POLICY.on_exception().run_blocking(move || {
            tries += 1;
            if tries == 1 { Err("refused") } else { Ok(7) }
        })
    }
    let heard = Heard::of("policy_");
    policy_function(&mut 0).await.unwrap();
    without_waits(policy_closure).unwrap();
    let of_one = |name: &str, outcome: &str| {
        vec![
            format!("try {name} 1 0 None None None"),
            format!("backoff {name} 1 0 Some(2) None Some({outcome:?})"),
            format!("try {name} 2 2 None None None"),
            format!("success {name} 2 2 None None None"),
        ]
    };
    let expected = [of_one("policy_function", "refused"), of_one("policy_closure", "\"refused\"")].concat();
    assert_eq!(heard.take(), expected);
}
