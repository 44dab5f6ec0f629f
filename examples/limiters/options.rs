//! What can be said on the command line.

use clap::{Parser, ValueEnum};

use crate::{
    Failure,
    client::Client,
    limiter::{Limit, Limiter},
};

const AFTER: &str = "\
Nothing leaves this machine, but for the npm packages of the servers: the first run downloads them into the folder \
`limiters` of the build.

A client that takes three times as long as the rate needs, and at least 30 s, is ended, and its row says how many \
messages it sent. Ctrl-C ends everything early, the servers too.";

/// Sends messages through real rate limiters by several clients, and compares them with the least possible.
#[derive(Debug, Parser)]
#[command(name = "limiters", max_term_width = 110, after_help = AFTER)]
pub(crate) struct Options {
    /// How many messages each client sends to each server, all at once
    #[arg(long, value_name = "NUMBER", default_value = "300", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(crate) messages: u32,

    /// Only these servers, with commas between them
    #[arg(long, value_name = "SERVER", value_delimiter = ',')]
    only: Vec<Limiter>,

    /// Only these clients, with commas between them
    #[arg(long, value_name = "CLIENT", value_delimiter = ',')]
    clients: Vec<Client>,

    /// Fail when a server is missing on this machine, instead of leaving its rows out
    #[arg(long)]
    pub(crate) require_all: bool,
}

/// A server, and the clients that are sent there.
pub(crate) type Plan = Vec<(Limiter, Vec<Client>)>;

impl Options {
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        let limiters = Limiter::value_variants().iter().copied().filter(|one| chosen(&self.only, one));
        let clients = |limiter: Limiter| {
            let all = Client::value_variants().iter().copied().filter(|one| chosen(&self.clients, one));
            all.filter(|client| client.suits(limiter.limit())).collect::<Vec<_>>()
        };
        let plan = limiters.map(|limiter| (limiter, clients(limiter)));
        let plan: Plan = plan.filter(|(_, clients)| !clients.is_empty()).collect();
        if plan.is_empty() {
            let window = (Limit::CALLS, Limit::WINDOW.as_secs());
            return Err(format!(
                "`told-window` is for servers that allow {} calls per {} s; write `--only express-draft-8`, or `--clients told`",
                window.0, window.1
            )
            .into());
        }
        Ok(plan)
    }
}

fn chosen<T: PartialEq>(named: &[T], one: &T) -> bool {
    named.is_empty() || named.contains(one)
}
