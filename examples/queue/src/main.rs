//! Short messages in a queue that survives: workers are killed again and again, and each message is delivered once.
//!
//! ```text
//! cargo run --release -p backoff-example-queue
//! cargo run --release -p backoff-example-queue -- --url redis://127.0.0.1
//! cargo run --release -p backoff-example-queue -- --all
//! cargo run --release -p backoff-example-queue -- --messages 1000 --kills 30
//! ```
//!
//! The queue is apalis 1.0 on SQLite, or what a URL names: Redis, Postgres, RabbitMQ.
//!
//! - `messages.rs` has the call, an annotated function behind a pacer: a few attempts, within seconds.
//! - `job.rs` has what comes after it. When the call gives up, a policy says as a value when the job comes back, `LATER.next_wait(..)`:
//!   after minutes, up to an hour, and for a day, counted from when the job was put in, whichever processes have tried
//!   it. After that it is listed as failed.
//! - `worker.rs` has the order of things: first the next try is put in, then the queue is told that this one is done.
//! - `queue/` has what the queues keep and what they don't, and what has to be done about it.
//! - `provider.rs` knows each message again by the key that is stored with its job. What a dead worker had in hand is sent
//!   again, as nobody knows how far it came; by the key it is delivered once.
//!
//! Expect, after some 20 seconds, a table: of 120 messages all are delivered once or listed as failed, though a worker was
//! killed six times (`kill -9`), others died between the two steps, and no job came back before its time.

mod report;

use std::process::ExitCode;
use std::time::Duration;

use backoff_example_queue::Failure;
use backoff_example_queue::messages::Messages;
use backoff_example_queue::queue::Queue;
use backoff_example_queue::story::Story;
use backoff_example_queue::worker::Worker;
use backoff_runtime::retry;
use backoff_test_servers::{Postgres, RabbitMq, Redis};
use clap::{Args, Parser, Subcommand};
use tempfile::TempDir;
use tracing_subscriber::filter::LevelFilter;

/// Sends messages to itself by a queue, kills the workers, tells what became of the messages, and ends.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Program>,
    #[command(flatten)]
    plan: Plan,
}

#[derive(Clone, Debug, Args)]
struct Plan {
    /// The queue: `sqlite:///path/to/file`, `redis://...`, `postgres://...`, `amqp://...`; by default a file that is removed at
    /// the end.
    #[arg(long, conflicts_with = "all")]
    url: Option<String>,
    /// One after the other by SQLite, Redis, Postgres and RabbitMQ: starts what is installed.
    #[arg(long)]
    all: bool,
    /// Messages, all put in at once.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// Worker processes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    workers: u8,
    /// How often a worker is killed.
    #[arg(long, default_value_t = 6)]
    kills: u32,
    /// The longest time for all of it, in seconds.
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// Log lines from this level on: off, error, warn, info, debug.
    #[arg(long, default_value = "error")]
    log: LevelFilter,
}

#[derive(Debug, Subcommand)]
enum Program {
    /// A worker, which takes messages from a queue and sends them until it is killed.
    Worker {
        /// The queue.
        #[arg(long)]
        url: String,
        /// The provider, such as `http://127.0.0.1:9000`.
        #[arg(long)]
        provider: String,
        /// The share of failed tries at which it kills itself after putting the next try in.
        #[arg(long, default_value_t = 0.0, value_parser = share)]
        crashes: f64,
        /// Log lines from this level on: off, error, warn, info, debug.
        #[arg(long, default_value = "error")]
        log: LevelFilter,
    },
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("`{text}` is no number; write a share such as 0.1"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is between 0 and 1".to_owned()) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let log = match &options.command {
        Some(Program::Worker { log, .. }) => *log,
        None => options.plan.log,
    };
    tracing_subscriber::fmt().with_max_level(log).with_writer(std::io::stderr).init();
    let done = match options.command {
        Some(Program::Worker { url, provider, crashes, .. }) => work(&url, &provider, crashes).await,
        None => tell(options.plan).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// The queue, which a worker waits for.
#[retry(expo, factor = 0.1, max_value = 1, max_time = "1m", logger = none)]
async fn queue(url: &str) -> Result<Queue, Failure> {
    Queue::open(url).await
}

async fn work(url: &str, provider: &str, crashes: f64) -> Result<(), Failure> {
    let worker = Worker::new(queue(url).await?, Messages::new(provider)?, crashes)?;
    worker.run(&format!("sms-{:016x}", rand::random::<u64>())).await
}

async fn tell(plan: Plan) -> Result<(), Failure> {
    let Plan { messages, workers, kills, .. } = plan;
    println!("{messages} messages, {workers} workers, and kill -9 {kills} times ...\n");
    if plan.all {
        return tell_of_all(&plan).await;
    }
    let folder = tempfile::tempdir()?;
    let url = plan.url.clone().unwrap_or_else(|| sqlite(&folder));
    let outcome = story(&plan, url)?.run().await?;
    report::header();
    report::row(url_name(&plan), &outcome);
    if !outcome.failed.is_empty() {
        report::failed(&outcome.failed);
    }
    Ok(())
}

/// One after the other, so that none takes the others' time.
async fn tell_of_all(plan: &Plan) -> Result<(), Failure> {
    report::header();
    let folder = tempfile::tempdir()?;
    report::row("SQLite", &story(plan, sqlite(&folder))?.run().await?);
    match Redis::start() {
        Ok(redis) => report::row("Redis", &story(plan, redis.url())?.run().await?),
        Err(missing) => report::missing("Redis", &missing),
    }
    match Postgres::start() {
        Ok(postgres) => report::row("Postgres", &story(plan, postgres.url())?.run().await?),
        Err(missing) => report::missing("Postgres", &missing),
    }
    match RabbitMq::start() {
        Ok(rabbit) => report::row("RabbitMQ", &story(plan, rabbit.url())?.run().await?),
        Err(missing) => report::missing("RabbitMQ", &missing),
    }
    Ok(())
}

fn story(plan: &Plan, url: String) -> Result<Story, Failure> {
    let Plan { messages, workers, kills, limit, log, .. } = *plan;
    let (program, workers, limit) = (std::env::current_exe()?, workers.into(), Duration::from_secs(limit));
    let max_time = Duration::from_secs(9);
    Ok(Story { program, url, messages, workers, kills, crashes: 0.05, max_time, limit, log })
}

fn sqlite(folder: &TempDir) -> String {
    format!("sqlite://{}/sms.db", folder.path().display())
}

fn url_name(plan: &Plan) -> &str {
    plan.url.as_deref().and_then(|url| url.split("://").next()).unwrap_or("sqlite")
}
