//! What can be said on the command line.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use backoff_examples::{
    arguments::{Pacing, rate, seconds},
    messages_api::{Faults, Limit, Rules, Words},
    vonage::{API, TIMEOUT},
};
use clap::{Args, Parser};

const ARTICLE: &str = "✨✨✨Hello! This is an SMS from the Vonage Communication APIs Messages API using \
                       exponential backoff and jitter 😄";

const RATE: f64 = 5.0;

const OUTBOX: &str = "out/send_sms.outbox";
const OWN_OUTBOX: &str = "out/loopback.outbox";

const OUTBOX_HELP: &str = "\
Where to note what became of each message, line by line before and after each call

A run that was killed goes on when the same command is run again: whoever was reached is told and gets no second \
message. That holds for the same text through the same API, also when there are other recipients besides. With an API of \
our own, which ends with the run, a run that came to its end is not noted.

[default: out/send_sms.outbox, or out/loopback.outbox with an API of our own]";

const AFTER: &str = "\
Credentials are read from VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY (the path of a PEM file) and VONAGE_NUMBER. \
Without them nothing leaves this machine: the program starts a Messages API of its own and sends to that.

A file of recipients has one number, or one CSV row, a line; blank lines, lines that begin with # and a header \
are skipped. Nothing is sent while any row is bad.

Examples:
  send_sms                        60 invented recipients, an API of our own, 5 messages a second
  send_sms --rate 2 --count 20    the same with other figures
  send_sms --limit 100/10s --words ratelimit --count 300
  send_sms --faults 5xx=0.2,drop=0.1,stall=0.1 --timeout 1
  send_sms --pacer adaptive       hardly a call that is refused
  send_sms -t 'The lift works again' -f tenants.csv
  send_sms --api http://127.0.0.1:8080 13055550157 15615550134

The exit status is 0 when everyone was reached, 1 when someone wasn't, 2 when nothing was sent because of a mistake, \
130 after Ctrl-C.";

/// Send one SMS to each recipient through the Messages API, backing off while its rate limit refuses.
#[derive(Debug, Parser)]
#[command(name = "send_sms", max_term_width = 110, after_help = AFTER)]
pub(crate) struct Options {
    /// Phone numbers, the country code first
    #[arg(value_name = "RECIPIENT", conflicts_with_all = ["file", "count"])]
    pub(crate) recipients: Vec<String>,

    /// Read the recipients from a file
    #[arg(short, long, value_name = "PATH", conflicts_with = "count")]
    pub(crate) file: Option<PathBuf>,

    /// Invent so many recipients (only with an API of our own) [default: 60]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) count: Option<u16>,

    /// The text of the message
    #[arg(short, long, default_value = ARTICLE, value_parser = text, hide_default_value = true)]
    pub(crate) text: String,

    #[arg(long, value_name = "URL", help = format!("Send to the API at this address [default: {API}]"))]
    pub(crate) api: Option<String>,

    /// Send to an API of our own even though there are credentials
    #[arg(long, conflicts_with = "api")]
    pub(crate) loopback: bool,

    /// Messages per second that an API of our own lets through [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = rate, conflicts_with = "api")]
    pub(crate) rate: Option<f64>,

    /// Let an API of our own allow so many messages in each window instead, such as 100/10s
    #[arg(long, value_name = "NUMBER/TIME", conflicts_with_all = ["api", "rate"])]
    pub(crate) limit: Option<Limit>,

    /// What an API of our own says of its limit: retry-after, ratelimit, x-ratelimit, or none [default: retry-after]
    ///
    /// Several are written with commas between. `retry-after` is in refusals; `ratelimit` (as in the
    /// drafts 8 and later of the IETF) and `x-ratelimit` are in each answer.
    #[arg(long, value_name = "HEADERS", conflicts_with = "api")]
    pub(crate) words: Option<Words>,

    /// Let an API of our own fail on purpose, by the share of calls: 5xx=0.1,drop=0.1,stall=0.1,seed=1
    ///
    /// 5xx answers with 503, drop breaks the connection, stall never answers; the latter two before the message is
    /// taken or, as often, after that. None of them is done by default, and the same seed draws the same.
    #[arg(long, value_name = "SHARES", conflicts_with = "api")]
    pub(crate) faults: Option<Faults>,

    /// Let a pacer keep all calls together within the API's limit: `adaptive` finds it, a number tells it
    ///
    /// The number is the calls per second that the API allows; 0.95 of it are used. Calls in a window, such as 100/10s,
    /// may go at once. Without a pacer all messages are
    /// sent at once, and each backs off on its own.
    #[arg(long, value_name = "adaptive|RATE|NUMBER/TIME")]
    pub(crate) pacer: Option<Pacing>,

    #[arg(long, value_name = "SECONDS", value_parser = timeout,
          help = format!("Take a call that isn't answered after so many seconds for lost [default: {}]", TIMEOUT.as_secs()))]
    pub(crate) timeout: Option<Duration>,

    /// Give a recipient up after so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) max_time: Duration,

    /// Wait no more than so many seconds before the next call for a recipient
    ///
    /// Without a bound the last few of 60 recipients would draw waits of up to 64 seconds; with 8, the default run
    /// takes about 15 seconds in all.
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = seconds)]
    pub(crate) max_wait: Duration,

    /// Where to write the chart
    #[arg(long, value_name = "PATH", default_value = "out/send_sms.png")]
    pub(crate) chart: PathBuf,

    #[command(flatten)]
    pub(crate) outbox: OutboxOptions,

    /// Show a log line for each back-off and each message that is given up
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Only run an API of our own, for other programs, until Ctrl-C
    #[arg(long, conflicts_with_all = ["recipients", "file", "count", "api"])]
    pub(crate) serve: bool,
}

/// What is known of earlier runs.
#[derive(Debug, Args)]
pub(crate) struct OutboxOptions {
    #[arg(long, value_name = "PATH",
          help = format!("Where to note what became of each message [default: {OUTBOX}, or {OWN_OUTBOX} for an API of our own]"),
          long_help = OUTBOX_HELP)]
    outbox: Option<PathBuf>,

    /// Send again what was being sent when an earlier run was killed
    ///
    /// Nobody here knows whether it arrived. An API that knows a message by its `client_ref`, as an API of our own does,
    /// gives nobody a second one. By default such messages are only listed.
    #[arg(long)]
    pub(crate) resend_unknown: bool,

    /// Send also to those whom an earlier run has reached with the same text
    #[arg(long)]
    pub(crate) anew: bool,
}

impl OutboxOptions {
    /// The file.
    pub(crate) fn path(&self, is_own: bool) -> &Path {
        let usual = if is_own { OWN_OUTBOX } else { OUTBOX };
        self.outbox.as_deref().unwrap_or(Path::new(usual))
    }
}

impl Options {
    /// What an API of our own is like.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            limit: self.limit.unwrap_or_else(|| Limit::per_second(self.rate.unwrap_or(RATE))),
            words: self.words.unwrap_or_default(),
            faults: self.faults.unwrap_or(Faults::NONE),
        }
    }

    /// Whether anything is said of an API of our own.
    pub(crate) fn is_for_own_api(&self) -> bool {
        self.rate.is_some() || self.limit.is_some() || self.words.is_some() || self.faults.is_some()
    }
}

fn text(written: &str) -> Result<String, String> {
    match written.chars().count() {
        1..=1000 => Ok(written.to_owned()),
        characters => Err(format!("a message has 1 to 1000 characters, this has {characters}")),
    }
}

/// A stall on purpose lasts longer than any of these.
fn timeout(written: &str) -> Result<Duration, String> {
    let timeout = seconds(written)?;
    let bounds = Duration::from_millis(50)..=Faults::STALL / 2;
    if bounds.contains(&timeout) { Ok(timeout) } else { Err("not between 0.05 and 30".into()) }
}
