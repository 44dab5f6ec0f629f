//! Log lines, above the bars.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    prelude::*,
};

use crate::progress::Progress;

/// Shows the log lines of the examples and, if asked for, of the attributes. Of nobody else: no library may log what it
/// sends.
pub fn log_above(progress: &Progress, attributes: bool) {
    let attributes = if attributes { LevelFilter::INFO } else { LevelFilter::OFF };
    let writer = progress.log_writer();
    let lines = tracing_subscriber::fmt::layer().without_time().with_target(false);
    let lines = lines.with_ansi(io::stderr().is_terminal()).with_writer(move || writer.clone());
    let wanted = Targets::new().with_target("backoff", attributes).with_default(LevelFilter::OFF);
    let wanted = wanted.with_targets([("backoff_examples", Level::INFO), ("send_sms", Level::INFO)]);
    tracing_subscriber::registry().with(lines.with_filter(wanted)).init();
}
