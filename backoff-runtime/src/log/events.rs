//! Events of `tracing`, built by hand: its macros want a target that is known where they stand, and here it is an option
//! of the caller's.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tracing::callsite::{Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::metadata::Kind;
use tracing::subscriber::{Interest, NoSubscriber};
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
    let level = tracing_level(level);
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// Whether there is a subscriber, be it one that doesn't want the line.
pub(super) fn write(target: &'static str, level: Level, line: &Line<'_>) -> bool {
    let metadata = Site::of(target, tracing_level(level)).metadata();
    dispatcher::get_default(|dispatch| {
        if may_be_heard(level) && dispatch.enabled(metadata) {
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
        !dispatch.is::<NoSubscriber>()
    })
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
        let same = |site: &&&Self| site.metadata().target() == target && *site.metadata().level() == level;
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
