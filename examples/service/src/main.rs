//! The order service of a shop, on a bad day: an HTTP API by axum that keeps orders in `SQLite` (sqlx), reserves stock by gRPC
//! (tonic) and charges by HTTP (reqwest), while the other sides fail.
//!
//! ```text
//! cargo run --release -p backoff-example-service
//! cargo run --release -p backoff-example-service -- --away 0.3 --lost 0.3 --log info
//! PAYMENT_RETRY_MAX_TRIES=1 cargo run --release -p backoff-example-service
//! cargo run --release -p backoff-example-service -- --serve
//! ```
//!
//! It shows how little has to be said of retries in a service of many parts:
//!
//! - `error.rs` says once which failures pass by themselves, by `#[derive(Transient)]`. The errors of sqlx, reqwest and tonic
//!   know it of themselves.
//! - `policies.rs` has a policy for each other side. They are read from `policies.toml` and the environment, and
//!   again by `POST /policies/reload`.
//! - `orders.rs`, `inventory.rs` and `payment.rs` make the calls, each function by `#[retry(POLICY, transient, stop = STOP)]`.
//!   An adaptive pacer stands before the payment provider, whose limit nobody told.
//! - `customer.rs` has a client with a layer of tower's.
//! - `town.rs` starts all of it: servers that fail (`others`), the metrics, and the end, which no wait delays.
//!
//! Expect, after some seconds in which 200 orders are sent at once, a table: all are accepted, and each is charged once,
//! though some servers were away, the provider refused calls beyond its limit, answers got lost, and a backup locked the database.
//! The table comes from the page of metrics, of which some lines follow.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use backoff_example_service::orders::Wish;
use backoff_example_service::others::{Faults, backup::Lock};
use backoff_example_service::page::Page;
use backoff_example_service::town::{Plan, Town};
use clap::Parser;
use tokio::task::JoinSet;
use tracing_subscriber::filter::LevelFilter;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An order service whose database, inventory and payment provider fail on purpose.
///
/// Sends orders to itself, tells what became of them, and ends. Policies of retries: examples/service/policies.toml, or
/// variables such as `PAYMENT_RETRY_MAX_TRIES=3`.
#[derive(Debug, Parser)]
struct Options {
    /// Orders, all sent at once.
    #[arg(long, default_value_t = 200)]
    orders: u32,
    /// Calls a second that the payment provider lets through.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Share of calls that find the provider or the inventory away.
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    away: f64,
    /// Share of calls that are done, but whose answer gets lost.
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    lost: f64,
    /// Share of calls that are never answered.
    #[arg(long, default_value_t = 0.02, value_parser = share)]
    stalled: f64,
    /// Where the service listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The database's file; by default one that is removed at the end.
    #[arg(long)]
    database: Option<PathBuf>,
    /// A file of policies, instead of the one that comes with the program.
    #[arg(long)]
    policies: Option<PathBuf>,
    /// Log lines from this level on: error, warn, info, debug.
    #[arg(long, default_value = "error")]
    log: LevelFilter,
    /// Keeps running until Ctrl-C.
    #[arg(long)]
    serve: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("`{text}` is no number; write a share such as 0.1"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is between 0 and 1".to_owned()) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    tracing_subscriber::fmt().with_max_level(options.log).with_writer(std::io::stderr).init();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    let Options { orders, limit, away, lost, stalled, listen, database, policies, serve, .. } = options;
    let faults = Faults { away, lost, stalled };
    let town = Town::start(Plan { listen, database, policies, limit, faults }).await?;
    println!("An order service at {}, whose other sides fail. {} orders at once ...\n", town.url, orders);
    let start = Instant::now();
    let backup = back_up(town.database.clone());
    let accepted = tokio::select! {
        accepted = order(&town, orders) => accepted,
        failure = backup => return Err(failure.into()),
    };
    report(&town, accepted, orders, start.elapsed()).await?;
    if serve {
        println!("\nRunning until Ctrl-C.");
        tokio::signal::ctrl_c().await?;
    }
    town.close().await;
    Ok(())
}

/// Orders, as many customers at once; how many are accepted.
async fn order(town: &Town, count: u32) -> usize {
    // A database that is kept knows the keys of earlier runs.
    let run = std::process::id();
    let customer = town.customer();
    let mut orders = JoinSet::new();
    for n in 0..count {
        let customer = customer.clone();
        orders.spawn(async move {
            let wish = Wish { item: "book".to_owned(), quantity: 1 + n % 3 };
            customer
                .order(&format!("{run}-{n}"), &wish)
                .await
                .is_ok_and(|answer| answer.status().is_success())
        });
    }
    orders.join_all().await.into_iter().filter(|is_accepted| *is_accepted).count()
}

/// Locks the database for 0.3 s, each second.
async fn back_up(file: PathBuf) -> sqlx::Error {
    let locked = async || -> Result<(), sqlx::Error> {
        let lock = Lock::take(&file).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        lock.release().await
    };
    loop {
        if let Err(error) = locked().await {
            return error;
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
}

async fn report(town: &Town, accepted: usize, orders: u32, elapsed: Duration) -> Result<(), Failure> {
    let text = town.page().await?;
    let page = Page::parse(&text);
    println!("{:22}{:>9}{:>9}{:>9}   given up", "", "calls", "attempts", "retries");
    for (name, function) in [
        ("database: begin", "begin"),
        ("database: end", "end"),
        ("inventory: reserve", "reserve"),
        ("payment: charge", "charge"),
        ("customer: POST /orders", "Client"),
    ] {
        let (attempts, retries) = (page.count(function, "attempts"), page.count(function, "retries"));
        let mut giveups: Vec<_> =
            page.giveups(function).iter().map(|(reason, count)| format!("{count} by {reason}")).collect();
        if giveups.is_empty() {
            giveups.push("-".to_owned());
        }
        println!("{name:22}{:>9}{attempts:>9}{retries:>9}   {}", attempts - retries, giveups.join(", "));
    }
    let provider = town.provider.counts();
    println!();
    println!("accepted           {accepted} of {} orders, in {:.1} s", orders, elapsed.as_secs_f64());
    println!("charged            {}, as the provider counts", provider.charges.len());
    println!("charges repeated   {}, and recognized by their keys", provider.repeated);
    println!("refused by limit   {} of {} calls", provider.refused, provider.calls);
    println!("\nThe page for Prometheus, {}/metrics, says among others:\n", town.url);
    let shown = |line: &&str| {
        line.contains("\"charge\"") && line.contains("_total") || line.starts_with("backoff_pacer")
    };
    text.lines().filter(shown).for_each(|line| println!("    {line}"));
    Ok(())
}
