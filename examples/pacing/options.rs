//! What can be said on the command line.

use std::{path::PathBuf, time::Duration};

use backoff_examples::arguments::{rate, seconds};
use clap::Parser;

const AFTER: &str = "\
Nothing leaves this machine. The APIs say by Retry-After when to come back, in whole seconds and at least one, as real \
ones do. A steady rate lets a second's worth of messages pass at once after a pause; the least time counts from there.

Ctrl-C ends it early, with the figures of what was sent so far.";

/// The same messages in five ways through APIs with limits of several kinds, compared with the least possible.
#[derive(Debug, Parser)]
#[command(name = "pacing", max_term_width = 110, after_help = AFTER)]
pub(crate) struct Options {
    /// How many messages to send in each run
    #[arg(long, value_name = "NUMBER", default_value = "120", value_parser = clap::value_parser!(u16).range(2..=5000))]
    pub(crate) count: u16,

    /// Messages per second that the APIs let through
    #[arg(long, value_name = "NUMBER", default_value = "6", value_parser = rate)]
    pub(crate) rate: f64,

    /// Give a message up after so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) max_time: Duration,

    /// Wait no more than so many seconds by `expo` before the next call for a message
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = seconds)]
    pub(crate) max_wait: Duration,

    /// Where to write the chart
    #[arg(long, value_name = "PATH", default_value = "out/pacing.png")]
    pub(crate) chart: PathBuf,
}
