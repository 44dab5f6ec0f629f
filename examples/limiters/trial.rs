//! All clients on all servers, at the same time.

use std::{sync::Arc, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    Failure,
    client::Client,
    limiter::{Limiter, PER_SECOND},
    server::Server,
    target::{CONNECTIONS, Target},
};

/// The time between the beginnings of two clients.
const STAGGER: Duration = Duration::from_millis(300);

/// No client is ended sooner.
const LEAST_PATIENCE: Duration = Duration::from_secs(30);

/// What a client took on a server.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) limiter: Limiter,
    pub(crate) client: Client,
    pub(crate) accepted: u32,
    pub(crate) calls: u32,
    pub(crate) refused: u32,
    pub(crate) failed: u32,
    /// From the first call to the last accepted message, or to the end of the client's patience.
    pub(crate) time: Duration,
}

/// Sends so many messages by every client to each of its servers.
pub(crate) async fn run(servers: &[Server], messages: u32) -> Result<Vec<Outcome>, Failure> {
    let http = reqwest::Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    // What a client told the rate takes, three times.
    let patience = (Duration::from_secs(messages.into()) * 3 / PER_SECOND).max(LEAST_PATIENCE);
    let bars = MultiProgress::new();
    let mut trials = JoinSet::new();
    for server in servers {
        let bar = bars.add(bar(server, messages));
        for (client, port) in &server.clients {
            let target = Target::new(http.clone(), *port);
            target.warm().await?;
            let (limiter, client, bar) = (server.limiter, *client, bar.clone());
            let start = STAGGER * trials.len() as u32;
            trials.spawn(async move {
                sleep(start).await;
                send(limiter, client, target, messages, patience, bar).await
            });
        }
    }
    let mut outcomes = trials.join_all().await;
    bars.clear()?;
    // In the order of the command line's help, as the servers and their clients are.
    outcomes.sort_by_key(|outcome| (outcome.limiter as u8, outcome.client as u8));
    Ok(outcomes)
}

/// One bar for the messages of all clients of a server.
fn bar(server: &Server, messages: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:20} {bar:40.green} {pos:>5}/{len} {wide_msg:.dim}");
    let bar = ProgressBar::new(u64::from(messages) * server.clients.len() as u64);
    bar.with_style(style.expect("the template is a constant").progress_chars("━╸ "))
        .with_prefix(server.limiter.to_string())
}

async fn send(
    limiter: Limiter,
    client: Client,
    target: Target,
    messages: u32,
    patience: Duration,
    bar: ProgressBar,
) -> Outcome {
    let shared = Arc::new((client.sender(limiter.limit()), target));
    let begin = Instant::now();
    let mut sending = JoinSet::new();
    for _ in 0..messages {
        let shared = Arc::clone(&shared);
        sending.spawn(async move { shared.0.send(&shared.1).await });
    }
    let mut accepted = 0;
    let all = async {
        while let Some(ended) = sending.join_next().await {
            if matches!(ended, Ok(Ok(_))) {
                accepted += 1;
                bar.inc(1);
            }
        }
    };
    let _ = timeout(patience, all).await;
    let (time, target) = (begin.elapsed(), &shared.1);
    let (calls, refused, failed) = (target.calls(), target.refused(), target.failed());
    bar.set_message(format!("{client}: {accepted} by {calls} calls"));
    Outcome { limiter, client, accepted, calls, refused, failed, time }
}
