//! The log lines of a test, read back from the thread that it runs on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// A structured log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its target.
    pub target: String,
    /// Its level.
    pub level: Level,
    /// Its message.
    pub message: String,
    /// All other fields that have a value.
    pub fields: BTreeMap<&'static str, String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.level, self.target, self.message)
    }
}

/// Records all log events of the thread, for as long as the guard lives.
#[must_use]
pub fn record() -> (Arc<Mutex<Vec<Line>>>, DefaultGuard) {
    let (lines, layer) = layer();
    (lines, tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)))
}

/// [`record`], of the lines that are as severe as this.
#[must_use]
pub fn record_from(level: Level) -> (Arc<Mutex<Vec<Line>>>, DefaultGuard) {
    let (lines, layer) = layer();
    let subscriber = tracing_subscriber::registry().with(layer).with(LevelFilter::from_level(level));
    (lines, tracing::subscriber::set_default(subscriber))
}

/// A layer that records all log events that it hears.
#[must_use]
pub fn layer<S: Subscriber>() -> (Arc<Mutex<Vec<Line>>>, impl Layer<S>) {
    let lines = Arc::<Mutex<Vec<Line>>>::default();
    let all = Arc::clone(&lines);
    (lines, Tell(move |line| all.lock().unwrap_or_else(PoisonError::into_inner).push(line)))
}

/// Calls a function with each log event of the thread, for as long as the guard lives.
#[must_use]
pub fn tell(each: impl Fn(Line) + Send + Sync + 'static) -> DefaultGuard {
    tracing::subscriber::set_default(tracing_subscriber::registry().with(Tell(each)))
}

struct Tell<F>(F);

impl<S: Subscriber, F: Fn(Line) + 'static> Layer<S> for Tell<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let (target, level) = (event.metadata().target().to_owned(), *event.metadata().level());
        (self.0)(Line { target, level, message, fields: fields.0 });
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
