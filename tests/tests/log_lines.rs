//! Log lines: structured events whose message is Python's, with the fields `target_fn`, `tries`, `elapsed`,
//! `wait` and `reason`. Arguments are never logged. An outcome is logged by `Display` where it has it, else
//! by `Debug`, else not at all.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Mutex;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::logs::{self, Line};
use backoff_tests::trace::{self, Trace, seconds};
use tracing::Level;

/// The log lines of calls without waits.
fn lines<R>(calls: impl FnOnce() -> R) -> Vec<Line> {
    let (lines, guard) = logs::record();
    let _ = backoff_runtime::testing::Scope::new().without_waits().run(calls);
    drop(guard);
    lines.lock().unwrap().clone()
}

fn line<const N: usize>(level: Level, message: &str, fields: [(&'static str, &str); N]) -> Line {
    let fields = fields.map(|(name, value)| (name, value.to_owned()));
    Line { target: "backoff".to_owned(), level, message: message.to_owned(), fields: BTreeMap::from(fields) }
}

/// Fails as a server does.
#[derive(Debug)]
struct Status(u16);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.0)
    }
}

#[test]
fn log_lines_are_structured_events_whose_message_is_pythons() {
    #[on_exception(constant, interval = [0.9, 2.25], jitter = none)]
    fn send_sms(_secret: &str) -> Result<(), Status> {
        Err(Status(429))
    }
    assert_eq!(
        lines(|| send_sms("hunter2")),
        [
            line(
                Level::INFO,
                "Backing off send_sms(...) for 0.9s (status 429)",
                [("target_fn", "send_sms"), ("tries", "1"), ("elapsed", "0.0"), ("wait", "0.9")]
            ),
            line(
                Level::INFO,
                "Backing off send_sms(...) for 2.2s (status 429)",
                [("target_fn", "send_sms"), ("tries", "2"), ("elapsed", "0.9"), ("wait", "2.25")]
            ),
            line(
                Level::ERROR,
                "Giving up send_sms(...) after 3 tries (status 429)",
                [("target_fn", "send_sms"), ("tries", "3"), ("elapsed", "3.15"), ("reason", "exhausted")]
            ),
        ]
    );
}

#[test]
fn waits_below_a_tenth_of_a_second_are_logged_as_they_are() {
    macro_rules! logged {
        ($($wait:literal),*) => {[$({
            #[on_predicate(constant, interval = $wait, jitter = none, max_tries = 2)]
            fn call() {}
            let line = lines(call).remove(0);
            let message = line.message.strip_prefix("Backing off call(...) for ").unwrap();
            (message.strip_suffix(" (())").unwrap().to_owned(), line.fields["wait"].clone())
        }),*]};
    }
    let logged =
        logged!["99.9ms", "50ms", "3ms", "1500us", "20us", "500ns", 0, "100ms", "949ms", "12345.6ms"];
    let logged: Vec<_> = logged.iter().map(|(message, field)| (message.as_str(), field.as_str())).collect();
    assert_eq!(
        logged,
        [
            ("0.0999s", "0.0999"),
            ("0.05s", "0.05"),
            ("0.003s", "0.003"),
            ("0.0015s", "0.0015"),
            ("0.00002s", "2e-5"),
            ("0.0000005s", "5e-7"),
            // As in Python: nothing is hidden by it.
            ("0.0s", "0.0"),
            ("0.1s", "0.1"),
            ("0.9s", "0.949"),
            ("12.3s", "12.346"),
        ]
    );
}

#[test]
fn a_short_elapsed_time_is_logged_as_it_is() {
    #[on_predicate(constant, interval = "20us", jitter = none, max_tries = 3)]
    fn call() {}
    let elapsed = lines(call).iter().map(|line| line.fields["elapsed"].clone()).collect::<Vec<_>>();
    assert_eq!(elapsed, ["0.0", "2e-5", "4e-5"]);
}

#[test]
fn each_reason_has_its_name() {
    #[on_exception(constant, interval = 1, max_tries = limits.0, max_time = limits.1, giveup = |_| limits.2)]
    fn call(limits: (u32, u32, bool)) -> Result<(), u8> {
        Err(7)
    }
    let reasons = [(9, 9, true), (1, 9, false), (9, 0, false)].map(|limits| {
        let lines = lines(|| call(limits));
        lines.last().unwrap().fields["reason"].clone()
    });
    assert_eq!(reasons, ["giveup", "max_tries", "max_time"]);
}

#[test]
fn the_elapsed_time_is_logged_without_a_handler_or_limit() {
    trace::later(async |_: &Trace| {
        #[on_predicate(constant, interval = 5, jitter = none, max_tries = 2)]
        async fn call() -> bool {
            tokio::time::sleep(seconds(2)).await;
            false
        }
        let (lines, _guard) = logs::record();
        assert!(!call().await);
        let elapsed: Vec<_> =
            lines.lock().unwrap().iter().map(|line| line.fields["elapsed"].clone()).collect();
        assert_eq!(elapsed, ["2.0", "9.0"]);
    });
}

#[test]
fn arguments_are_never_logged() {
    #[on_exception(constant, max_tries = 2)]
    fn log_in(_user: &str, _password: String) -> Result<(), u8> {
        Err(7)
    }
    for line in lines(|| log_in("alice", "hunter2".to_owned())) {
        assert!(
            !format!("{line:?}").contains("alice") && !format!("{line:?}").contains("hunter2"),
            "{line:?}"
        );
    }
}

#[test]
fn an_outcome_is_logged_by_display_else_by_debug_else_not_at_all() {
    #[derive(Debug)]
    struct OnlyDebug;
    struct Neither;
    macro_rules! shown {
        ($($output:ty = $value:expr),* $(,)?) => {[$({
            #[on_predicate(constant, |_| true, max_tries = 1)]
            fn call() -> $output {
                $value
            }
            let message = lines(call).remove(0).message;
            message.strip_prefix("Giving up call(...) after 1 tries").unwrap().to_owned()
        }),*]};
    }
    assert_eq!(
        shown!(
            Status = Status(500),
            OnlyDebug = OnlyDebug,
            Neither = Neither,
            Option<u8> = Some(7),
            Option<Neither> = None,
            String = "text".to_owned(),
            &'static str = "text",
            () = (),
            bool = false,
            Box<dyn std::error::Error> = "boxed".into(),
            anyhow::Error = anyhow::anyhow!("any"),
            io::Error = io::ErrorKind::TimedOut.into(),
            Result<u8, OnlyDebug> = Err(OnlyDebug),
        ),
        [
            " (status 500)",
            " (OnlyDebug)",
            "",
            " (Some(7))",
            "",
            " (text)",
            " (text)",
            " (())",
            " (false)",
            " (boxed)",
            " (any)",
            " (timed out)",
            " (Err(OnlyDebug))",
        ]
    );
}

#[test]
fn a_generic_outcome_is_shown_as_far_as_its_bounds_tell() {
    #[on_exception(constant, max_tries = 1)]
    fn display<E: fmt::Display + Copy>(error: E) -> Result<(), E> {
        Err(error)
    }
    #[on_exception(constant, max_tries = 1)]
    fn debug<E: fmt::Debug + Copy>(error: E) -> Result<(), E> {
        Err(error)
    }
    #[on_exception(constant, max_tries = 1)]
    fn hidden<E: Copy>(error: E) -> Result<(), E> {
        Err(error)
    }
    let messages = lines(|| {
        let _ = (display("x"), debug("x"), hidden("x"));
    });
    let messages: Vec<_> = messages.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "Giving up display(...) after 1 tries (x)",
            r#"Giving up debug(...) after 1 tries ("x")"#,
            "Giving up hidden(...) after 1 tries"
        ]
    );
}

#[test]
fn logger_names_another_target() {
    const TARGET: &str = "sms";
    #[on_exception(constant, interval = 0, max_tries = 2, logger = "app::retry")]
    #[on_exception(constant, interval = 0, max_tries = 1, logger = TARGET)]
    fn call() -> Result<(), u8> {
        Err(7)
    }
    let targets: Vec<_> = lines(call).into_iter().map(|line| (line.target, line.level)).collect();
    let (sms, app) = ("sms".to_owned(), "app::retry".to_owned());
    assert_eq!(
        targets,
        [(sms.clone(), Level::ERROR), (app.clone(), Level::INFO), (sms, Level::ERROR), (app, Level::ERROR)]
    );
}

#[test]
fn a_subscriber_filters_by_target_and_level() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

    #[on_predicate(constant, max_tries = 2)]
    fn call() {}
    #[on_predicate(constant, max_tries = 2, logger = "backoff::sms")]
    fn sms() {}
    #[on_predicate(constant, max_tries = 2, logger = "other", giveup_log_level = info)]
    fn other() {}
    let calls = || {
        backoff_runtime::testing::Scope::new().without_waits().run(|| (call(), sms(), other()));
    };
    let targets = || {
        Targets::new()
            .with_target("backoff", LevelFilter::ERROR)
            .with_target("backoff::sms", LevelFilter::INFO)
    };
    let expected = ["ERROR backoff", "INFO backoff::sms", "ERROR backoff::sms"];
    let heard = |lines: &Mutex<Vec<Line>>| {
        let lines = lines.lock().unwrap();
        lines.iter().map(|line| format!("{} {}", line.level, line.target)).collect::<Vec<_>>()
    };

    let (lines, layer) = logs::layer();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer).with(targets()), calls);
    assert_eq!(heard(&lines), expected);

    // One layer of two.
    let ((lines, some), (all, every)) = (logs::layer(), logs::layer());
    let subscriber = tracing_subscriber::registry().with(some.with_filter(targets())).with(every);
    tracing::subscriber::with_default(subscriber, calls);
    assert_eq!(heard(&lines), expected);
    assert_eq!(heard(&all).len(), 6);
}

#[test]
fn a_raw_name_is_logged_as_it_is_spoken() {
    #[on_predicate(constant, max_tries = 1)]
    fn r#move() {}
    let line = lines(r#move).remove(0);
    assert_eq!(line.message, "Giving up move(...) after 1 tries (())");
    assert_eq!(line.fields["target_fn"], "move");
}

#[test]
fn logger_none_writes_nothing_and_the_handlers_are_told_all_the_same() {
    both! {
        #[on_exception(
            constant, max_tries = 2, jitter = none, logger = none, backoff_log_level = error,
            on_backoff = |d| trace.told("on_backoff", d),
        )]
        #[on_exception(constant, max_tries = 1, logger = None)]
        fn call(trace: &Trace) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace) => ["on_backoff: call #1 at 0ns, wait 1s, 7", "+1s", "returned Err(7)"]
    }
}

#[test]
fn each_line_has_the_level_of_its_option() {
    macro_rules! levels {
        ($($backoff:expr, $giveup:expr;)*) => {vec![$({
            #[on_predicate(constant, max_tries = 2, backoff_log_level = $backoff, giveup_log_level = $giveup)]
            fn call() {}
            let lines = lines(call);
            assert_eq!(lines.len(), 2);
            (lines[0].level, lines[1].level)
        }),*]};
    }
    assert_eq!(
        levels! {
            trace, debug; debug, info; info, warn; warn, error; error, trace;
            Level::WARN, tracing::Level::DEBUG;
            backoff_runtime::Level::Trace, if true { Level::INFO } else { Level::WARN };
        },
        [
            (Level::TRACE, Level::DEBUG),
            (Level::DEBUG, Level::INFO),
            (Level::INFO, Level::WARN),
            (Level::WARN, Level::ERROR),
            (Level::ERROR, Level::TRACE),
            (Level::WARN, Level::DEBUG),
            (Level::TRACE, Level::INFO),
        ]
    );
}

#[test]
fn nothing_is_written_on_success() {
    #[on_exception(constant)]
    fn call() -> Result<(), u8> {
        Ok(())
    }
    assert_eq!(lines(call), []);
}

#[test]
fn the_outcome_is_formatted_only_for_a_listener() {
    struct Loud<'a>(&'a std::cell::Cell<u32>);
    impl fmt::Display for Loud<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.set(self.0.get() + 1);
            f.write_str("loud")
        }
    }
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn call(count: &std::cell::Cell<u32>) -> Result<(), Loud<'_>> {
        Err(Loud(count))
    }
    let count = std::cell::Cell::new(0);
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), || drop(call(&count)));
    assert_eq!(count.get(), 0);
    lines(|| call(&count));
    assert_eq!(count.get(), 5);
}
