//! Log lines: one per back-off and give-up, whose message is Python's. A structured event for the subscribers of
//! `tracing`; where none listens, a record for the logger of the crate `log`.
#![cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "only a subscriber reads all of a line"))]

#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "log")]
mod records;
mod shown;

use std::time::Duration;

use crate::details::{Details, GiveUp};
pub(crate) use shown::Made;
pub use shown::Shown;

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

    /// Whether anybody might listen to either line: a load and a comparison for each who could, when nobody does.
    #[inline]
    pub(crate) fn may_be_heard(&self) -> bool {
        self.target.is_some() && may_be_heard(self.backoff.max(self.giveup))
    }

    pub(crate) fn log<T>(&self, details: &Details<'_, T>, outcome: Shown<'_>) {
        let Some(target) = self.target else { return };
        let level = if details.wait.is_some() { self.backoff } else { self.giveup };
        if may_be_heard(level) {
            write(target, level, &Line::new(details, outcome));
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
    outcome: Shown<'a>,
}

impl<'a> Line<'a> {
    fn new<T>(details: &Details<'_, T>, outcome: Shown<'a>) -> Self {
        let &Details { target: target_fn, tries, elapsed, wait, reason, .. } = details;
        Self { target_fn, tries, elapsed, wait, reason, outcome }
    }
}

impl Line<'_> {
    fn message(&self) -> String {
        let Self { target_fn, tries, outcome, .. } = self;
        let mut message = match self.wait {
            Some(wait) if is_short(wait) => {
                format!("Backing off {target_fn}(...) for {}s", wait.as_secs_f64())
            }
            Some(wait) => format!("Backing off {target_fn}(...) for {:.1}s", wait.as_secs_f64()),
            None => format!("Giving up {target_fn}(...) after {tries} tries"),
        };
        if let Some(outcome) = outcome.text() {
            message.extend([" (", &outcome.to_string(), ")"]);
        }
        message
    }
}

/// Whether a time is shown as it is, since little or nothing would be left of it in Python's tenths of a second. Of zero
/// nothing is lost, so it looks as it does there.
fn is_short(time: Duration) -> bool {
    !time.is_zero() && time < Duration::from_millis(100)
}
