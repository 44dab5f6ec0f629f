//! A server whose limit is known, and which writes down who called when.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::limit::{Limit, Used};

/// The header that says which process calls.
pub(crate) const PROCESS: &str = "x-process";

/// One call that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    /// Seconds since the server started.
    pub(crate) at: f64,
    pub(crate) process: u32,
    pub(crate) is_accepted: bool,
}

/// The calls that came, by their time.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<Came>);

impl Log {
    pub(crate) fn accepted(&self) -> impl Iterator<Item = &Came> {
        self.0.iter().filter(|came| came.is_accepted)
    }

    pub(crate) fn refused(&self) -> usize {
        self.0.len() - self.accepted().count()
    }

    /// Seconds from the first call to the last that was accepted.
    pub(crate) fn time(&self) -> f64 {
        let last = self.accepted().last().map_or(0.0, |came| came.at);
        last - self.0.first().map_or(0.0, |came| came.at)
    }

    /// The smallest and the largest share of a process of what was accepted in the first half, as ratios to equal shares.
    pub(crate) fn shares(&self, processes: u32) -> (f64, f64) {
        let half = self.accepted().count() / 2;
        let mut shares: BTreeMap<u32, u32> = (0..processes).map(|process| (process, 0)).collect();
        for came in self.accepted().take(half) {
            *shares.entry(came.process).or_default() += 1;
        }
        let ratio = |count: Option<&u32>| {
            count.map_or(0.0, |count| f64::from(*count) * f64::from(processes) / half as f64)
        };
        (ratio(shares.values().min()), ratio(shares.values().max()))
    }

    /// The longest time in which nothing was accepted.
    pub(crate) fn longest_pause(&self) -> f64 {
        let times: Vec<_> = self.accepted().map(|came| came.at).collect();
        times.windows(2).map(|two| two[1] - two[0]).fold(0.0, f64::max)
    }
}

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Set by the first call: windows and buckets begin with it.
    start: Mutex<Option<Instant>>,
    state: Mutex<(Used, Log)>,
}

impl Server {
    pub(crate) async fn start(limit: Limit) -> io::Result<Self> {
        let shared =
            Shared { start: Mutex::new(None), state: Mutex::new((Used::none_of(limit), Log::default())) };
        let shared = Arc::new(shared);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let router = Router::new().route("/", get(answer)).with_state(shared.clone());
        let task = tokio::spawn(async { axum::serve(listener, router).await });
        Ok(Self { address, shared, task })
    }

    /// What came so far.
    pub(crate) fn log(&self) -> Log {
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        Log(state.1.0.clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let process = headers.get(PROCESS).and_then(|process| process.to_str().ok()?.parse().ok());
    let Some(process) = process else { return StatusCode::BAD_REQUEST.into_response() };
    let start = *shared.start.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
    let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    let (used, log) = &mut *state;
    let at = start.elapsed().as_secs_f64();
    let taken = used.take(at);
    log.0.push(Came { at, process, is_accepted: taken.is_ok() });
    match taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err(seconds) => {
            let seconds = (seconds.ceil() as u64).max(1);
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
    }
}
