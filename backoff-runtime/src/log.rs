//! Log lines: one per back-off and give-up, whose message is Python's. A structured event for the subscribers of
//! `tracing`; where none listens, a record for the logger of the crate `log`. Those who observe the program are told the same.

#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "log")]
mod records;
mod shown;

use std::fmt;
use std::time::Duration;

use crate::details::{Details, GiveUp};
use crate::program::{self, Event};
pub(crate) use shown::Made;
pub use shown::Shown;
use shown::ShownOnce;

/// How severe a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The most verbose.
    Trace,
    /// For those who look for a fault.
    Debug,
    /// Of use in normal running; the default of `backoff_log_level`.
    Info,
    /// Of concern.
    Warn,
    /// Something failed; the default of `giveup_log_level`.
    Error,
}

/// Where log lines go, and how severe they are.
#[derive(Clone, Copy, Debug)]
pub struct Logger {
    target: Option<&'static str>,
    backoff: Level,
    giveup: Level,
}

impl Logger {
    /// Python's defaults: the target `backoff`, back-offs at `info`, give-ups at `error`.
    pub const DEFAULT: Self = Self { target: Some("backoff"), backoff: Level::Info, giveup: Level::Error };

    /// Writes to another target.
    #[must_use]
    pub const fn target(self, target: &'static str) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Writes nothing.
    #[must_use]
    pub const fn none(self) -> Self {
        Self { target: None, ..self }
    }

    /// The level of back-offs.
    #[must_use]
    pub fn backoff_log_level(self, level: impl Into<Level>) -> Self {
        self.backoff(level.into())
    }

    /// The level of give-ups.
    #[must_use]
    pub fn giveup_log_level(self, level: impl Into<Level>) -> Self {
        self.giveup(level.into())
    }

    pub(crate) const fn backoff(self, level: Level) -> Self {
        Self { backoff: level, ..self }
    }

    pub(crate) const fn giveup(self, level: Level) -> Self {
        Self { giveup: level, ..self }
    }

    /// Whether anybody might listen to either line, or observes the program: a load and a comparison for each who could,
    /// when nobody does.
    #[inline]
    pub(crate) fn may_be_heard(&self) -> bool {
        program::is_observed() || self.target.is_some() && may_be_heard(self.backoff.max(self.giveup))
    }

    /// Writes a line, and tells those who observe the program.
    pub(crate) fn log<T>(&self, details: &Details<'_, T>, outcome: Shown<'_>) {
        let line = Line::new(details, outcome);
        let level = if line.wait.is_some() { self.backoff } else { self.giveup };
        if let Some(target) = self.target
            && may_be_heard(level)
        {
            write(target, level, &line);
        }
        if program::is_observed() {
            line.tell();
        }
    }
}

/// Whether anybody might listen at this level.
#[inline]
fn may_be_heard(level: Level) -> bool {
    #[cfg(feature = "tracing")]
    if events::may_be_heard(level) {
        return true;
    }
    #[cfg(feature = "log")]
    if records::may_be_heard(level) {
        return true;
    }
    let _ = level;
    false
}

/// Writes a line to whom it reaches first, so that nobody sees it twice.
#[cold]
fn write(target: &'static str, level: Level, line: &Line<'_>) {
    #[cfg(feature = "tracing")]
    if events::write(target, level, line) {
        return;
    }
    #[cfg(feature = "log")]
    records::write(target, level, line);
    let _ = (target, level, line);
}

/// A log line, whatever the types of the call.
struct Line<'a> {
    target_fn: &'static str,
    tries: u32,
    elapsed: Duration,
    wait: Option<Duration>,
    reason: Option<GiveUp>,
    outcome: ShownOnce<'a>,
}

impl<'a> Line<'a> {
    fn new<T>(details: &Details<'_, T>, outcome: Shown<'a>) -> Self {
        let &Details { target: target_fn, tries, elapsed, wait, reason, .. } = details;
        Self { target_fn, tries, elapsed, wait, reason, outcome: outcome.once() }
    }
}

impl Line<'_> {
    /// Tells those who observe the program.
    fn tell(&self) {
        let &Self { target_fn: target, tries, elapsed, wait, reason, ref outcome } = self;
        let outcome = outcome.is_there().then_some(outcome as &dyn fmt::Display);
        let event = Event { target, tries, elapsed, wait, reason, outcome };
        program::tell(&event, |observer, event| match event.wait {
            Some(_) => observer.on_backoff(event),
            None => observer.on_giveup(event),
        });
    }

    #[cfg_attr(not(any(feature = "tracing", feature = "log")), expect(dead_code, reason = "nobody listens"))]
    fn message(&self) -> String {
        let Self { target_fn, tries, outcome, .. } = self;
        let mut message = match self.wait {
            Some(wait) => format!("Backing off {target_fn}(...) for {}", Seconds(wait)),
            None => format!("Giving up {target_fn}(...) after {tries} tries"),
        };
        if let Some(outcome) = outcome.text() {
            message.extend([" (", &outcome.to_string(), ")"]);
        }
        message
    }
}

/// A wait as lines show it.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if is_short(self.0) { write!(f, "{seconds}s") } else { write!(f, "{seconds:.1}s") }
    }
}

/// Whether a time is shown as it is, since little or nothing would be left of it in Python's tenths of a second. Of zero
/// nothing is lost, so it looks as it does there.
fn is_short(time: Duration) -> bool {
    !time.is_zero() && time < Duration::from_millis(100)
}
