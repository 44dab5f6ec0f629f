//! Metrics of all retries of a program, for whatever recorder of the crate `metrics` it installs.
//!
//! [`record`] begins, once, where the program starts; it is an [`Observer`] of the whole program. Pacers are watched by
//! the names that [`watch_pacer`] gives them.
//!
//! ```
//! use backoff_runtime::{Pacer, metrics};
//!
//! static SMS: Pacer = Pacer::per_second(10.0);
//!
//! // After the program has installed its recorder, so that this one is told the descriptions.
//! metrics::record();
//! metrics::watch_pacer("sms", &SMS);
//! ```
//!
//! | name | kind | unit | labels | what |
//! | --- | --- | --- | --- | --- |
//! | `backoff.attempts` | counter | `{attempt}` | `code.function.name` | attempts that began |
//! | `backoff.retries` | counter | `{attempt}` | `code.function.name` | those of them that were not the first of their call |
//! | `backoff.successes` | counter | `{call}` | `code.function.name` | calls that succeeded |
//! | `backoff.giveups` | counter | `{call}` | `code.function.name`, `backoff.reason` | calls that gave up, by the reason as [`GiveUp`](crate::GiveUp) shows it |
//! | `backoff.wait.duration` | histogram | `s` | `code.function.name` | waits between attempts, jitter included; of an attempt that a pacer's limit refused, the least that it waits |
//! | `backoff.pacer.rate` | gauge | `{call}/s` | `backoff.pacer.name` | calls per second at which calls go; without a value until an adaptive pacer has one |
//! | `backoff.pacer.queue.length` | gauge | `{call}` | `backoff.pacer.name` | calls that wait for their turn |
//! | `backoff.pacer.active_calls` | gauge | `{call}` | `backoff.pacer.name` | calls that have had their turn and have not ended |
//! | `backoff.pacer.closed.duration` | gauge | `s` | `backoff.pacer.name` | for how long no call goes yet, as the server said or the limit demands; 0 if one may go |
//!
//! Names and units are written as in OpenTelemetry's [conventions]: dots between the parts, seconds as plain numbers, no
//! unit in the name. Prometheus has no dots, so `metrics-exporter-prometheus` shows underscores:
//! `backoff_giveups{code_function_name="fetch",backoff_reason="max_tries"}`. With its `with_recommended_naming(true)`
//! counters end in `_total` (`backoff_attempts_total`) and what is measured in seconds in `_seconds`
//! (`backoff_wait_duration_seconds`).
//!
//! [conventions]: https://opentelemetry.io/docs/specs/semconv/general/naming/
//!
//! There is one series per function that is retried, reason and watched pacer: a number that the source bounds. Neither
//! arguments nor errors are in a label.
//!
//! Calls are `attempts - retries`. An error that is not retried, and a call that is cancelled, has an attempt and no end.
//!
//! # When gauges are current
//! Counters and histograms are recorded as things happen. A gauge is written when [`refresh`] is called, which looks at
//! each watched pacer: call it before the metrics are read, if the program renders them itself. Where a listener or a
//! pusher of the exporter's reads them, let [`refresh_every`] run; a gauge is as old as its interval then.
//!
//! # Crate and version
//! The feature `metrics` uses `metrics` 0.24. A recorder for another version of that crate hears nothing.

#[cfg(feature = "tokio")]
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "tokio")]
use std::time::Duration;

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::pacer::{Pacer, now};
use crate::pacing::Shared;
use crate::program::{self, Event, Observer};

const ATTEMPTS: &str = "backoff.attempts";
const RETRIES: &str = "backoff.retries";
const SUCCESSES: &str = "backoff.successes";
const GIVEUPS: &str = "backoff.giveups";
const WAIT: &str = "backoff.wait.duration";
const RATE: &str = "backoff.pacer.rate";
const QUEUE: &str = "backoff.pacer.queue.length";
const ACTIVE: &str = "backoff.pacer.active_calls";
const CLOSED: &str = "backoff.pacer.closed.duration";

const FUNCTION: &str = "code.function.name";
const REASON: &str = "backoff.reason";
const PACER: &str = "backoff.pacer.name";

/// Records the retries of the whole program from now on, and describes the metrics to the recorder.
///
/// Called again, it only describes them again, for a recorder that was installed in the meantime.
pub fn record() {
    static IS_RECORDED: AtomicBool = AtomicBool::new(false);
    describe();
    if !IS_RECORDED.swap(true, Ordering::Relaxed) {
        program::observe(Recorded);
    }
}

fn describe() {
    describe_counter!(ATTEMPTS, Unit::Count, "Attempts that began.");
    describe_counter!(RETRIES, Unit::Count, "Attempts that were not the first of their call.");
    describe_counter!(SUCCESSES, Unit::Count, "Calls that succeeded.");
    describe_counter!(GIVEUPS, Unit::Count, "Calls that gave up, by reason.");
    describe_histogram!(WAIT, Unit::Seconds, "Waits between attempts.");
    describe_gauge!(RATE, "Calls per second at which a pacer lets calls go.");
    describe_gauge!(QUEUE, Unit::Count, "Calls that wait for their turn.");
    describe_gauge!(ACTIVE, Unit::Count, "Calls that have had their turn and have not ended.");
    describe_gauge!(CLOSED, Unit::Seconds, "For how long no call goes yet.");
}

/// Tells the recorder what happens.
struct Recorded;

impl Observer for Recorded {
    fn on_try(&self, event: &Event<'_>) {
        counter!(ATTEMPTS, FUNCTION => event.target).increment(1);
        if event.tries > 1 {
            counter!(RETRIES, FUNCTION => event.target).increment(1);
        }
    }

    fn on_success(&self, event: &Event<'_>) {
        counter!(SUCCESSES, FUNCTION => event.target).increment(1);
    }

    fn on_backoff(&self, event: &Event<'_>) {
        if let Some(wait) = event.wait {
            histogram!(WAIT, FUNCTION => event.target).record(wait);
        }
    }

    fn on_giveup(&self, event: &Event<'_>) {
        if let Some(reason) = event.reason {
            counter!(GIVEUPS, FUNCTION => event.target, REASON => reason.name()).increment(1);
        }
    }
}

struct Watched {
    name: Arc<str>,
    pacer: Box<dyn Shared<Pacer> + Send + Sync>,
}

fn watched() -> MutexGuard<'static, Vec<Watched>> {
    static WATCHED: Mutex<Vec<Watched>> = Mutex::new(Vec::new());
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names a pacer, whose gauges are written at each [`refresh`] from now on.
///
/// It takes a `static` by reference, or an `Arc`, and holds it for as long as the program runs, or until another pacer is
/// given the same name. Of [`Pacers`](crate::Pacers), whose keys may be many, a program picks those that it wants to see.
///
/// ```
/// use backoff_runtime::{Pacer, metrics};
/// use std::sync::Arc;
///
/// let pacer = Arc::new(Pacer::adaptive());
/// metrics::watch_pacer("mail", pacer.clone());
/// ```
pub fn watch_pacer(name: impl Into<String>, pacer: impl Shared<Pacer> + Send + Sync + 'static) {
    let new = Watched { name: name.into().into(), pacer: Box::new(pacer) };
    let mut watched = watched();
    watched.retain(|other| other.name != new.name);
    watched.push(new);
}

/// Writes the gauges of all watched pacers, as they are now.
pub fn refresh() {
    for Watched { name, pacer } in watched().iter() {
        let Some(pacer) = pacer.shared() else { continue };
        let state = pacer.state();
        let closed =
            state.closed_until.map_or(0.0, |until| until.saturating_duration_since(now()).as_secs_f64());
        if let Some(rate) = state.rate {
            gauge!(RATE, PACER => name.clone()).set(rate);
        }
        gauge!(QUEUE, PACER => name.clone()).set(state.waiting as f64);
        gauge!(ACTIVE, PACER => name.clone()).set(state.in_flight as f64);
        gauge!(CLOSED, PACER => name.clone()).set(closed);
    }
}

/// [`refresh`], at once and then whenever the interval has passed (a millisecond at least), until it is dropped.
///
/// ```
/// use backoff_runtime::metrics;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// tokio::spawn(metrics::refresh_every(Duration::from_secs(10)));
/// # }
/// ```
#[cfg(feature = "tokio")]
pub async fn refresh_every(interval: Duration) -> Infallible {
    loop {
        refresh();
        tokio::time::sleep(interval.max(Duration::from_millis(1))).await;
    }
}
