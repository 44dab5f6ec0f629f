//! What can be said on the command line.

use std::{path::PathBuf, time::Duration};

use backoff_examples::{
    arguments::{Pacing, rate, seconds},
    messages_api::{Limit, Words},
    way::Terms,
};
use clap::Parser;

const AFTER: &str = "\
At the API's real limit for the United States, one message a second, 300 messages take five minutes at best. Therefore \
the limit here is ten a second, and the delay a tenth of a second: half a minute at best. With --rate 1 it is as it is \
there.

Nothing leaves this machine. Ctrl-C ends it early, with the picture of what was sent so far.";

/// Several hundred messages at once through an API that limits its rate, and beside them the same with a delay.
#[derive(Debug, Parser)]
#[command(name = "put_together", max_term_width = 110, after_help = AFTER)]
pub(crate) struct Options {
    /// How many messages to send
    #[arg(long, value_name = "NUMBER", default_value = "300", value_parser = clap::value_parser!(u16).range(1..=5000))]
    count: u16,

    /// Messages per second that the API lets through
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = rate)]
    pub(crate) rate: f64,

    /// Seconds between two messages of the second run [default: one message's time at the rate]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    delay: Option<Duration>,

    /// Send them a third time, all at once through a pacer: `adaptive`, or the calls per second to keep to
    #[arg(long, value_name = "adaptive|RATE|NUMBER/TIME")]
    pub(crate) pacer: Option<Pacing>,

    /// Give a message up after so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    max_time: Duration,

    /// Wait no more than so many seconds before the next call for a message
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = seconds)]
    max_wait: Duration,

    /// Where to write the chart
    #[arg(long, value_name = "PATH", default_value = "out/put_together.png")]
    pub(crate) chart: PathBuf,
}

impl Options {
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            count: self.count,
            limit: Limit::per_second(self.rate),
            words: Words::default(),
            max_time: self.max_time,
            max_wait: self.max_wait,
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        self.delay.unwrap_or(Duration::from_secs_f64(1.0 / self.rate))
    }
}
