//! Many processes that share one limit through Redis, beside as many that each keep to it by themselves.
//!
//! ```text
//! cargo run --release -p backoff-example-fleet                 # 1 and 8 processes on one server, a minute
//! cargo run --release -p backoff-example-fleet -- servers      # 1, 2, 8 and 32 processes on all servers, half an hour
//! cargo run --release -p backoff-example-fleet -- faults       # processes and Redis are killed, stopped, slowed, flushed
//! cargo run --release -p backoff-example-fleet -- cost         # exchanges with Redis, and processor time, per call
//! ```
//!
//! Each process is this program again, a child of the first. They send real HTTP requests to a server of this program, which
//! knows its limit and writes down who called when, or to nginx. Redis and nginx have to be installed, and run on free
//! ports of 127.0.0.1 for as long as they are needed.

mod cost;
mod faults;
mod limit;
mod nginx;
mod server;
mod servers;
mod slow;
mod team;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
#[command(about = "Many processes that share one rate limit through Redis")]
struct Options {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Processes by servers: calls, time, and how fair it is
    Servers(servers::Options),
    /// What happens when processes and Redis are killed, stopped, slowed and flushed
    Faults(faults::Options),
    /// Exchanges with Redis and processor time, per call
    Cost,
    /// One of the processes
    #[command(hide = true)]
    Worker(worker::Options),
}

fn main() -> ExitCode {
    let options = Options::parse();
    // A process of a fleet has few threads, so that many fit a machine.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Failure::from).and_then(|runtime| {
        runtime.block_on(async {
            match options.what {
                None => servers::run(&servers::Options::few()).await,
                Some(What::Servers(options)) => servers::run(&options).await,
                Some(What::Faults(options)) => faults::run(&options).await,
                Some(What::Cost) => cost::run().await,
                Some(What::Worker(options)) => worker::run(options).await,
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}
