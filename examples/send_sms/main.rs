//! Sends an SMS to many people at once through an API that limits its rate.
//!
//! It shows `#[retry]` at work: `send_sms` in `examples/src/send_sms.rs` has one, with a strategy for each kind of
//! failure. One task per recipient calls it, all at once; most calls are refused at first, and
//! each task backs off on its own until its message is accepted. (`put_together` runs the article's own function, with
//! one strategy for all.) With `--pacer`, `send_paced` in `examples/src/send_paced.rs` sends: there a pacer that all tasks
//! share stands in front of every call, and hardly one is refused.
//!
//! ```text
//! cargo run --release --example send_sms                       # an API of our own, 60 invented recipients
//! cargo run --release --example send_sms -- --faults 5xx=0.2,drop=0.1,stall=0.1 --timeout 1
//! cargo run --release --example send_sms -- --pacer adaptive
//! cargo run --release --example send_sms -- --help
//! ```
//!
//! Killed in the middle, it goes on when it is run again, tells who was reached, and sends to nobody twice: what became
//! of each message is in its outbox, a file (`examples/src/journal.rs`). What was in flight is unknown, so it is listed and
//! not sent again, unless `--resend-unknown` says that the API knows a message by its key (`client_ref`). Ours does. The
//! real one does not: what is sent once more may arrive once more, also within a run, where a call without an answer is
//! made again.
//!
//! To see it, run `send_sms --serve` and, as it says, `send_sms --api ...` from another terminal; kill that by `kill -9`,
//! and run it again.
//!
//! Expect three progress bars for about a quarter of a minute, a table of what happened as client and server counted
//! it, and a picture of the accepted and rejected calls per second in `out/send_sms.png`.

mod earlier;
mod options;
mod serve;

use std::{process::ExitCode, sync::Arc, time::Duration};

use backoff_examples::{
    delivery::{Courier, interruption, send_to_all},
    journal::{JournalError, Plan},
    logging::log_above,
    messages_api::{Faults, Server},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    report::{Chart, Panel, Summary},
    send_paced::Paced,
    vonage::{API, Client, Credentials, TIMEOUT},
};
use clap::Parser;
use options::Options;
use tracing::warn;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const COUNT: u16 = 60;
/// The sender when there are no credentials to say one: a number that is kept free for fiction.
const SENDER: &str = "12015550199";
/// What the outbox calls an API that ends with the run.
const OWN_API: &str = "own";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = if options.serve { serve::until_interrupted(&options).await } else { run(&options).await };
    done.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::from(2)
    })
}

async fn run(options: &Options) -> Result<ExitCode, Failure> {
    let credentials = if options.loopback { None } else { Credentials::from_env()? };
    let is_loopback = options.api.is_none() && credentials.is_none();
    let recipients = recipients(options, is_loopback)?;
    Chart::prepare(&options.chart)?;
    let target =
        if is_loopback { Target::own(options).await? } else { Target::real(options, credentials).await? };
    let (journal, plan) = earlier::plan(options, &target.api, &recipients.numbers)?;
    let progress = Progress::new(plan.to_send.len());
    log_above(&progress, options.verbose);
    for repeat in &recipients.repeats {
        warn!(
            "{} stands at {} and again at {}: it gets one message",
            repeat.number, repeat.first, repeat.place
        );
    }
    if plan.reached.len() == recipients.numbers.len() {
        return Ok(earlier::reached_all(&journal, &plan));
    }
    earlier::tell(&journal, &plan);
    let outbox = Outbox::new(target.client, options.max_time, options.max_wait, progress);
    let outbox = outbox.noted_in(journal, plan.keys.clone());
    let summary = match options.pacer {
        Some(pacing) => send(Paced { outbox, pacer: pacing.pacer() }, target.server, plan, options).await,
        None => send(outbox, target.server, plan, options).await,
    };
    report(options, &summary?)
}

async fn send(
    courier: impl Courier,
    server: Option<Server>,
    plan: Plan,
    options: &Options,
) -> Result<Summary, JournalError> {
    let courier = Arc::new(courier);
    let delivery = send_to_all(&courier, &plan.to_send, &options.text, interruption()).await;
    let delivery = delivery.after_earlier(plan.reached, plan.unknown);
    let server = match server {
        Some(server) => {
            // It is gone now, with all that it was sent, so there is nothing to go on with.
            if let Some(journal) = courier.outbox().journal() {
                journal.end(OWN_API)?;
            }
            Some(server.stop().await)
        }
        None => None,
    };
    Ok(Summary::new(&*courier, delivery, server))
}

/// Where the messages go.
struct Target {
    api: String,
    client: Client,
    server: Option<Server>,
}

impl Target {
    async fn own(options: &Options) -> Result<Self, Failure> {
        let rules = options.rules();
        let server = Server::start(rules).await?;
        let client = client(&server.url(), &server.credentials(SENDER), options)?;
        println!("No credentials needed: sending to our own Messages API, whose limit is {}.", rules.limit);
        if rules.faults != Faults::NONE {
            println!("It fails on purpose, by these shares of the calls: {}", rules.faults);
        }
        Ok(Self { api: OWN_API.to_owned(), client, server: Some(server) })
    }

    async fn real(options: &Options, credentials: Option<Credentials>) -> Result<Self, Failure> {
        if options.is_for_own_api() {
            return Err(
                "--rate, --limit, --words and --faults are for an API of our own: add --loopback".into()
            );
        }
        let url = options.api.as_deref().unwrap_or(API);
        // Calls that break are made again, so an address where nobody is must be noticed before the first one.
        Client::reach(url).await?;
        let credentials = credentials.ok_or_else(|| {
            format!(
                "no credentials for {url}: set VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY and VONAGE_NUMBER"
            )
        })?;
        println!("Sending to {url}.");
        Ok(Self { api: url.to_owned(), client: client(url, &credentials, options)?, server: None })
    }
}

fn client(url: &str, credentials: &Credentials, options: &Options) -> Result<Client, Failure> {
    // The token is made once, so it must outlive the last call.
    let client = Client::new(url, credentials, options.max_time + Duration::from_secs(15 * 60))?;
    Ok(client.with_timeout(options.timeout.unwrap_or(TIMEOUT)))
}

fn recipients(options: &Options, is_loopback: bool) -> Result<Recipients, Failure> {
    if let Some(file) = &options.file {
        return Ok(Recipients::from_file(file)?);
    }
    if !options.recipients.is_empty() {
        return Ok(Recipients::from_arguments(&options.recipients)?);
    }
    if is_loopback {
        return Ok(Recipients::invented(options.count.unwrap_or(COUNT).into()));
    }
    Err("there are no recipients: name them, or a file of them by --file".into())
}

fn report(options: &Options, summary: &Summary) -> Result<ExitCode, Failure> {
    let interrupted = summary.delivery.interrupted;
    println!("\n{}{summary}", if interrupted { "Interrupted; so far:\n\n" } else { "" });
    let limit = summary.server.is_some().then(|| options.rules().limit.rate());
    let paced = options.pacer.map_or_else(String::new, |pacing| format!(", paced ({pacing})"));
    let title = format!("Sending {} messages at once{paced}: calls per second", summary.delivery.recipients);
    let panel = Panel::of_calls(title, &summary.client.per_second, limit);
    Chart::new(vec![panel]).write(&options.chart)?;
    println!("Chart: {}", options.chart.display());
    Ok(match (summary.all_reached(), interrupted) {
        (true, _) => ExitCode::SUCCESS,
        (false, true) => ExitCode::from(130),
        (false, false) => ExitCode::FAILURE,
    })
}
