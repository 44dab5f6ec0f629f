//! The feature `log`: loggers of the crate `log` hear the lines, where no subscriber of `tracing` does. Alone in its
//! program: a logger is for all of it.

use std::cell::RefCell;

use backoff_runtime::testing::Scope;
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::logs;
use log::{LevelFilter, Log, Metadata, Record};

/// Records what the thread logs.
struct Recorder;

thread_local! {
    static RECORDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Log for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() != "errors" || metadata.level() == log::Level::Error
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}: {}", record.level(), record.target(), record.args());
        RECORDS.with_borrow_mut(|records| records.push(line));
    }

    fn flush(&self) {}
}

/// What the logger hears of calls without waits.
fn records<R>(calls: impl FnOnce() -> R) -> Vec<String> {
    let _ = log::set_logger(&Recorder);
    log::set_max_level(LevelFilter::Info);
    let _ = Scope::new().without_waits().run(calls);
    RECORDS.take()
}

#[on_exception(constant, interval = 0.5, jitter = none, max_tries = 2)]
fn send(_secret: &str) -> Result<(), &'static str> {
    Err("status\n429")
}

#[test]
fn a_logger_hears_the_lines_without_a_subscriber() {
    assert_eq!(
        records(|| send("hunter2")),
        [
            r"INFO backoff: Backing off send(...) for 0.5s (status\n429)",
            r"ERROR backoff: Giving up send(...) after 2 tries (status\n429)"
        ]
    );
}

#[test]
fn async_functions_and_closures_are_heard_by_a_logger_too() {
    #[on_predicate(constant, jitter = none, max_tries = 2)]
    async fn ready() -> bool {
        false
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    assert_eq!(
        records(|| runtime.block_on(ready())),
        [
            "INFO backoff: Backing off ready(...) for 1.0s (false)",
            "ERROR backoff: Giving up ready(...) after 2 tries (false)"
        ]
    );
    let lines = records(|| {
        on_predicate(backoff_runtime::constant()).max_tries(2).logger("closures").run_blocking(|| false)
    });
    assert!(matches!(&lines[..], [backoff, giveup]
        if backoff.starts_with("INFO closures: Backing off") && giveup.starts_with("ERROR closures: Giving up")));
}

#[test]
fn no_line_is_heard_twice() {
    let (lines, guard) = logs::record();
    assert_eq!(records(|| send("hunter2")), [""; 0]);
    assert_eq!(lines.lock().unwrap().len(), 2);
    drop(guard);
    assert_eq!(records(|| send("hunter2")).len(), 2);
    assert_eq!(lines.lock().unwrap().len(), 2);
}

#[test]
fn what_a_subscriber_does_not_want_a_logger_does_not_hear_either() {
    let (lines, _guard) = logs::record_from(tracing::Level::ERROR);
    assert_eq!(records(|| send("hunter2")), [""; 0]);
    assert_eq!(lines.lock().unwrap().len(), 1);
}

#[test]
fn a_logger_hears_the_levels_and_targets_that_it_wants() {
    #[on_predicate(constant, max_tries = 2, backoff_log_level = debug, giveup_log_level = log::Level::Warn)]
    fn quiet() {}
    #[on_predicate(constant, max_tries = 2, logger = "errors", backoff_log_level = warn)]
    fn errors() {}
    #[on_predicate(constant, max_tries = 2, logger = none)]
    fn none() {}
    assert_eq!(records(quiet), ["WARN backoff: Giving up quiet(...) after 2 tries (())"]);
    assert_eq!(records(errors), ["ERROR errors: Giving up errors(...) after 2 tries (())"]);
    assert_eq!(records(none), [""; 0]);
}
