//! One process of a fleet: it sends its messages, all at once, through one pacer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backoff_runtime::{Pacer, RetryAfter, on_exception};
use clap::Args;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::task::JoinSet;

use crate::Failure;
use crate::server::PROCESS;

#[derive(Args)]
pub(crate) struct Options {
    /// Its number
    #[arg(long)]
    process: u32,
    /// Where the messages go
    #[arg(long)]
    server: String,
    /// So many messages
    #[arg(long)]
    messages: u32,
    /// The limit, in calls per second, if it is told
    #[arg(long)]
    rate: Option<f64>,
    /// The Redis through which the limit is shared
    #[arg(long)]
    redis: Option<String>,
    /// When it begins, in milliseconds since 1970
    #[arg(long)]
    at: u64,
}

/// Why a message was not taken.
#[derive(Debug)]
enum CallError {
    Refused(HeaderMap),
    Failed(String),
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(_) => f.write_str("refused"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl CallError {
    fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Refused(headers) => RetryAfter::from_headers(headers),
            Self::Failed(_) => None,
        }
    }
}

struct Worker {
    pacer: &'static Pacer,
    http: reqwest::Client,
    server: String,
    process: String,
    calls: AtomicU32,
}

#[on_exception(
    expo,
    pacer = worker.pacer,
    throttled = |error| matches!(error, CallError::Refused(_)),
    retry_after = CallError::retry_after,
    logger = none,
)]
async fn send(worker: &Worker) -> Result<(), CallError> {
    worker.calls.fetch_add(1, Relaxed);
    let request = worker.http.get(&worker.server).header(PROCESS, &worker.process);
    let answer = request.send().await.map_err(|error| CallError::Failed(error.to_string()))?;
    match answer.status() {
        StatusCode::OK => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => Err(CallError::Refused(answer.headers().clone())),
        status => Err(CallError::Failed(status.to_string())),
    }
}

pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let pacer = options.rate.map_or_else(Pacer::adaptive, |rate| Pacer::per_second(rate).margin(1.0));
    let pacer: &'static Pacer = Box::leak(Box::new(pacer));
    let shared = match &options.redis {
        Some(redis) => Some(backoff_redis::share(pacer, "fleet", redis)?),
        None => None,
    };
    let worker = Arc::new(Worker {
        pacer,
        http: reqwest::Client::builder().pool_max_idle_per_host(64).build()?,
        server: options.server,
        process: options.process.to_string(),
        calls: AtomicU32::new(0),
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    tokio::time::sleep(Duration::from_millis(options.at).saturating_sub(now)).await;
    let mut messages = JoinSet::new();
    for _ in 0..options.messages {
        let worker = worker.clone();
        messages.spawn(async move { send(&worker).await });
    }
    while let Some(sent) = messages.join_next().await {
        sent?.map_err(|error| error.to_string())?;
    }
    println!("{}", worker.calls.load(Relaxed));
    if let Some(shared) = shared {
        shared.leave();
    }
    Ok(())
}
