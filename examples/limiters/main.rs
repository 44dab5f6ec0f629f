//! Real rate limiters, which nobody here wrote: the same messages through each by several clients.
//!
//! ```text
//! cargo run --release --example limiters
//! cargo run --release --example limiters -- --only nginx,express-legacy --clients told,adaptive
//! cargo run --release --example limiters -- --help
//! ```
//!
//! It starts nginx (`limit_req`) and Node (`express-rate-limit`) on free ports of this machine, and ends them when it
//! ends. What is missing on the machine is named, with the command that installs it, and its rows are left out.
//!
//! Every client has a quota of its own, and all run at the same time. Each begins 0.3 s after the one before it, so that
//! the crowd of one doesn't slow down the first calls of another.
//!
//! Expect, after a minute and a half, a table of the calls and the time that each client took on each server. The least
//! possible is a call per message, in the time in which the limit lets so many through.

mod client;
mod install;
mod limiter;
mod options;
mod server;
mod table;
mod target;
mod trial;

use std::process::ExitCode;

use backoff_examples::delivery::interruption;
use clap::Parser;
use options::Options;
use tokio::signal::unix::{SignalKind, signal};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Servers end when what holds them is dropped, so every way out of here ends them.
    let ended = tokio::select! {
        ended = run(&options) => ended,
        () = interruption() => Err("interrupted".into()),
        ended = told_to_end() => ended,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Ends when the program is told to, by another signal than Ctrl-C.
async fn told_to_end() -> Result<(), Failure> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = hung_up.recv() => {}
    }
    Err("told to end".into())
}

async fn run(options: &Options) -> Result<(), Failure> {
    let plan = options.plan()?;
    let (servers, missing) = server::start(plan).await?;
    for server in &servers {
        eprintln!("{server}");
    }
    for note in &missing {
        eprintln!("{note}");
    }
    if !missing.is_empty() && options.require_all {
        return Err("not all servers could be started, and --require-all was given".into());
    }
    if servers.is_empty() {
        return Err("there is no server to measure".into());
    }
    let results = trial::run(&servers, options.messages).await?;
    table::print(&results, options.messages);
    for note in missing {
        println!("\n{note}");
    }
    Ok(())
}
