//! The article's closing suggestion: when a message is given up, ring the engineer on duty.
//!
//! ```text
//! cargo run --release --example on_call
//! cargo run --release --example on_call -- --help
//! ```
//!
//! It shows an async `on_giveup` handler: the annotated function, and the one that rings, are in
//! `examples/src/on_call.rs`. By default ten messages are sent to an API on loopback that takes one a second, with five
//! seconds of patience: those that don't get through are given up, and for each the handler makes one phone call
//! through the Voice API, whose text-to-speech action (`talk`) tells which message and why.
//!
//! Expect a log line for each message that is given up, a table of the messages, and the phone calls as the server
//! placed them.

mod options;

use std::{process::ExitCode, sync::Arc, time::Duration};

use backoff_examples::{
    delivery::{interruption, send_to_all},
    logging::log_above,
    messages_api::{Limit, Server},
    on_call::OnCall,
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    report::Summary,
    vonage::Client,
};
use clap::Parser;
use options::Options;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A number that is kept free for fiction.
const SENDER: &str = "12015550199";
const TEXT: &str = "The lift works again";

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let Options { count, rate, max_time, engineer } = options;
    let server = Server::start(Limit::per_second(*rate)).await?;
    let client =
        Client::new(&server.url(), &server.credentials(SENDER), *max_time + Duration::from_secs(300))?;
    let progress = Progress::new((*count).into());
    log_above(&progress, false);
    println!("{count} messages, {rate} a second let through, each given up after {max_time:?}.");
    let outbox = Outbox::new(client, *max_time, Duration::from_secs(8), progress);
    let duty = Arc::new(OnCall { outbox, engineer: engineer.clone() });
    let numbers = Recipients::invented((*count).into()).numbers;
    let delivery = send_to_all(&duty, &numbers, TEXT, interruption()).await;
    let phone_calls = server.phone_calls();
    println!("\n{}", Summary::new(&*duty, delivery, Some(server.stop().await)));
    println!("Phone calls placed ({}):", phone_calls.len());
    for call in phone_calls {
        println!("  to {}: \"{}\"", call.to, call.text);
    }
    Ok(())
}
