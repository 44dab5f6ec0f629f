//! Servers with rate limits, on a paused clock, and the calls and the time that it takes to get all through.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use backoff_runtime::{Pacer, on_exception};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

mod cases;
mod limits;
mod table;
mod work;

pub use cases::{CASES, Case, Demand, Worst};
pub use limits::{Ban, Bucket, Limit, Log, Window};
pub use table::{ROWS, Ratios, Row};
pub use work::Work;

/// A refused call.
#[derive(Clone, Copy, Debug)]
pub struct TooMany {
    /// The server's hint, in whole seconds as in HTTP.
    pub retry_after: Duration,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many calls, retry after {:?}", self.retry_after)
    }
}

/// A server behind a network, and the pacer of those who call it.
#[derive(Debug)]
pub struct Api {
    /// Stands in front of [`send`].
    pub pacer: Pacer,
    limit: Mutex<Limit>,
    network: Network,
    random: Mutex<Random>,
    start: Instant,
    /// Calls that are under way.
    in_flight: AtomicU32,
    /// Calls that arrived.
    calls: AtomicU32,
    /// When the last call was answered that passed, in milliseconds.
    last: AtomicU32,
}

/// How long calls take.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Seconds from here to there and back.
    pub round_trip: f64,
    /// The mean of what is added to each way, in seconds, log-normal and so with a heavy tail.
    pub noise: f64,
    /// What each other call that is under way adds to each way, in seconds.
    pub load: f64,
}

/// A round trip, in seconds.
const ROUND_TRIP: f64 = 0.05;

impl Api {
    /// A server that starts now, 50 ms away; `noise` is that of [`Network`].
    #[must_use]
    pub fn new(pacer: Pacer, limit: Limit, noise: f64, seed: u64) -> Arc<Self> {
        Self::behind(Network { round_trip: ROUND_TRIP, noise, load: 0.0 }, pacer, limit, seed)
    }

    /// A server that starts now, behind this network.
    #[must_use]
    pub fn behind(network: Network, pacer: Pacer, limit: Limit, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            pacer,
            limit: Mutex::new(limit),
            network,
            random: Mutex::new(Random(seed)),
            start: Instant::now(),
            in_flight: AtomicU32::new(0),
            calls: AtomicU32::new(0),
            last: AtomicU32::new(0),
        })
    }

    /// Calls so far, refused ones included.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Seconds from the start to the answer to the last call that passed.
    pub fn seconds(&self) -> f64 {
        f64::from(self.last.load(Ordering::Relaxed)) / 1000.0
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn one_way(&self) -> Duration {
        let Network { round_trip, noise, load } = self.network;
        let noise = self.random().log_normal(noise);
        let others = f64::from(self.in_flight.load(Ordering::Relaxed).saturating_sub(1));
        Duration::from_secs_f64(round_trip / 2.0 + noise + load * others)
    }

    fn random(&self) -> MutexGuard<'_, Random> {
        self.random.lock().expect("no test panics in here")
    }

    /// Whether one of those calls fails of which such a share does.
    pub(crate) fn fails(&self, share: f64) -> bool {
        share > 0.0 && self.random().uniform() < share
    }

    /// One call.
    ///
    /// # Errors
    /// [`TooMany`], if it is refused.
    ///
    /// # Panics
    /// If another call did.
    pub async fn call(&self) -> Result<(), TooMany> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        sleep(self.one_way()).await;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.limit.lock().expect("no test panics in here").take(self.elapsed().as_secs_f64());
        sleep(self.one_way()).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        match answer {
            Ok(()) => {
                let millis = self.elapsed().as_millis().try_into().expect("no test takes weeks");
                self.last.fetch_max(millis, Ordering::Relaxed);
                Ok(())
            }
            Err(seconds) => {
                Err(TooMany { retry_after: Duration::from_secs_f64((seconds - 1e-9).ceil().max(1.0)) })
            }
        }
    }
}

/// Sends one message, at the pace of the server.
///
/// # Errors
/// None: it is retried until it passes.
#[on_exception(
    expo,
    pacer = api.pacer,
    throttled = |_| true,
    retry_after = |refused: &TooMany| refused.retry_after,
    logger = none,
)]
pub async fn send(api: &Api) -> Result<(), TooMany> {
    api.call().await
}

/// As [`send`], but the server's hint is lost on the way.
///
/// # Errors
/// None: it is retried until it passes.
#[on_exception(expo, pacer = api.pacer, throttled = |_| true, logger = none)]
pub async fn send_without_hints(api: &Api) -> Result<(), TooMany> {
    api.call().await
}

/// Sends so many messages, all at once.
///
/// # Panics
/// If sending does.
pub async fn send_all(api: &Arc<Api>, messages: u32) {
    let mut tasks = JoinSet::new();
    for _ in 0..messages {
        let api = api.clone();
        tasks.spawn(async move { send(&api).await });
    }
    while let Some(sent) = tasks.join_next().await {
        sent.expect("no message panics").expect("every message is retried until it passes");
    }
}

/// Runs a future on one thread, under a paused clock.
///
/// # Panics
/// Without threads or memory for a runtime.
pub fn paused<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread").block_on(future)
}

/// Numbers that are the same in each run: `SplitMix64` (Steele, Lea, Flood, 2014).
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Between 0 and 1, neither of them.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((bits ^ (bits >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Log-normal with this mean, and a shape of 1.
    pub(crate) fn log_normal(&mut self, mean: f64) -> f64 {
        if mean == 0.0 {
            return 0.0;
        }
        let normal = (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos();
        (mean.ln() - 0.5 + normal).exp()
    }
}
