//! What can be said on the command line.

use std::time::Duration;

use backoff_examples::{
    arguments::{rate, seconds},
    recipients::digits,
};
use clap::Parser;

/// Send messages through an API that limits its rate, and ring the engineer on duty about each that is given up.
#[derive(Debug, Parser)]
#[command(
    name = "on_call",
    max_term_width = 110,
    after_help = "Nothing leaves this machine, and nobody is rung."
)]
pub(crate) struct Options {
    /// How many messages to send
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: u16,

    /// Messages per second that the API lets through
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = rate)]
    pub(crate) rate: f64,

    /// Give a message up after so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) max_time: Duration,

    /// The number of the engineer on duty
    #[arg(long, value_name = "PHONE NUMBER", default_value = "12015550142", value_parser = number)]
    pub(crate) engineer: String,
}

fn number(written: &str) -> Result<String, String> {
    digits(written).map_err(|reason| reason.to_string())
}
