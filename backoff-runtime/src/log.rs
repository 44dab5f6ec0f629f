//! Log lines: one structured event per back-off and give-up, whose message is Python's.

mod shown;

use std::time::Duration;

use crate::details::{Details, GiveUp};
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
        Self { backoff: level.into(), ..self }
    }

    /// The level of give-ups.
    #[must_use]
    pub fn giveup_log_level(self, level: impl Into<Level>) -> Self {
        Self { giveup: level.into(), ..self }
    }

    /// Whether anybody might listen to either line: one load and a comparison when nobody does.
    #[inline]
    pub(crate) fn may_be_heard(&self) -> bool {
        self.target.is_some() && backend::may_be_heard(self.backoff.max(self.giveup))
    }

    pub(crate) fn log<T>(&self, details: &Details<'_, T>, outcome: Shown<'_>) {
        let Some(target) = self.target else { return };
        let level = if details.wait.is_some() { self.backoff } else { self.giveup };
        if backend::may_be_heard(level) {
            backend::write(target, level, &Line::new(details, outcome));
        }
    }
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

#[cfg(not(feature = "tracing"))]
mod backend {
    use super::{Level, Line};

    #[inline]
    pub(super) fn may_be_heard(_: Level) -> bool {
        false
    }

    pub(super) fn write(_: &'static str, _: Level, line: &Line<'_>) {
        let Line { elapsed, reason, .. } = line;
        let _ = (line, elapsed, reason);
    }
}

/// Events are built by hand: the macros of `tracing` want a target that is known where they stand, and here it is an
/// option of the caller's.
#[cfg(feature = "tracing")]
mod backend {
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::time::Duration;

    use tracing::callsite::{Callsite, Identifier};
    use tracing::field::{FieldSet, Value};
    use tracing::level_filters::LevelFilter;
    use tracing::metadata::Kind;
    use tracing::subscriber::Interest;
    use tracing::{Event, Metadata, dispatcher};

    use super::{Level, Line, is_short};

    impl From<tracing::Level> for Level {
        fn from(level: tracing::Level) -> Self {
            match level {
                tracing::Level::TRACE => Self::Trace,
                tracing::Level::DEBUG => Self::Debug,
                tracing::Level::INFO => Self::Info,
                tracing::Level::WARN => Self::Warn,
                tracing::Level::ERROR => Self::Error,
            }
        }
    }

    fn tracing_level(level: Level) -> tracing::Level {
        match level {
            Level::Trace => tracing::Level::TRACE,
            Level::Debug => tracing::Level::DEBUG,
            Level::Info => tracing::Level::INFO,
            Level::Warn => tracing::Level::WARN,
            Level::Error => tracing::Level::ERROR,
        }
    }

    #[inline]
    pub(super) fn may_be_heard(level: Level) -> bool {
        tracing_level(level) <= LevelFilter::current()
    }

    #[cold]
    pub(super) fn write(target: &'static str, level: Level, line: &Line<'_>) {
        let metadata = Site::of(target, tracing_level(level)).metadata();
        dispatcher::get_default(|dispatch| {
            if dispatch.enabled(metadata) {
                let [message, target_fn, tries, elapsed, wait, reason] = &FIELDS
                    .map(|name| metadata.fields().field(name).expect("the site was made with these fields"));
                let wait_seconds = line.wait.map(seconds);
                let why = line.reason.map(tracing::field::display);
                let values: [(_, Option<&dyn Value>); 6] = [
                    (message, Some(&tracing::field::display(line.message()))),
                    (target_fn, Some(&line.target_fn)),
                    (tries, Some(&line.tries)),
                    (elapsed, Some(&seconds(line.elapsed))),
                    (wait, wait_seconds.as_ref().map(|wait| wait as &dyn Value)),
                    (reason, why.as_ref().map(|why| why as &dyn Value)),
                ];
                dispatch.event(&Event::new(metadata, &metadata.fields().value_set(&values)));
            }
        });
    }

    /// Seconds, of longer times to the millisecond: more digits only hide the rest of the line.
    fn seconds(time: Duration) -> f64 {
        let seconds = time.as_secs_f64();
        if is_short(time) { seconds } else { (seconds * 1e3).round() / 1e3 }
    }

    /// The fields of an event; times are in seconds.
    const FIELDS: [&str; 6] = ["message", "target_fn", "tries", "elapsed", "wait", "reason"];

    /// What `tracing` knows an event by: made once per target and level, and kept, as it demands.
    struct Site(OnceLock<Metadata<'static>>);

    impl Site {
        fn of(target: &'static str, level: tracing::Level) -> &'static Self {
            static SITES: Mutex<Vec<&Site>> = Mutex::new(Vec::new());
            let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
            let same =
                |site: &&&Self| site.metadata().target() == target && *site.metadata().level() == level;
            if let Some(site) = sites.iter().find(same) {
                return site;
            }
            let site: &'static Self = Box::leak(Box::new(Self(OnceLock::new())));
            let fields = FieldSet::new(&FIELDS, Identifier(site));
            site.0.get_or_init(|| {
                Metadata::new("backoff event", target, level, None, None, None, fields, Kind::EVENT)
            });
            sites.push(site);
            // A subscriber may log while it registers the site, so not under the lock.
            drop(sites);
            tracing::callsite::register(site);
            site
        }
    }

    impl Callsite for Site {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            self.0.get().expect("a site is filled before it is shared")
        }
    }
}
