//! A provider of short messages: limits its rate, is away, loses answers, and knows each message again by its key. And it has
//! workers killed while they wait for its answer.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::messages::Message;

/// A number that nobody has begins with this.
pub const NOBODY: &str = "0";
/// The network of a number that begins with this is away, for as long as anybody tries.
pub const OUT_OF_REACH: &str = "9";

/// What the provider does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Calls that are let through in each second.
    pub limit: u32,
    /// How long it is away at first.
    pub outage: Duration,
    /// The share of calls that find it away later on.
    pub away: f64,
    /// The share of calls whose message is delivered, and whose answer gets lost.
    pub lost: f64,
    /// From which message on, in the order in which they come, the next worker is killed.
    pub kills: Vec<(u32, Moment)>,
}

/// When a worker is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Its message is not delivered yet.
    Before,
    /// Its message is delivered, and it doesn't know.
    After,
}

/// A worker that is to be killed, and whom to tell when it is dead.
#[derive(Debug)]
pub struct Kill {
    /// The process.
    pub process: u32,
    /// Whom to tell, and whether it lived until then.
    pub dead: oneshot::Sender<bool>,
}

/// What the provider has seen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// All calls.
    pub calls: u32,
    /// Calls beyond the limit.
    pub refused: u32,
    /// What came in on each number.
    pub inboxes: HashMap<String, u32>,
    /// Calls whose key was known, for which nothing is delivered.
    pub repeated: u32,
    /// Tries after the first, as the queue counts them, each once: when they were due, and when the first call of them came.
    pub later: HashMap<(String, u32), (SystemTime, SystemTime)>,
    keys: HashSet<String>,
    numbered: u32,
    killed: usize,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    plan: Plan,
    began: Instant,
    counts: Mutex<Counts>,
    dice: Mutex<SmallRng>,
    /// The present second, and its calls.
    second: Mutex<(Instant, u32)>,
    kills: mpsc::Sender<Kill>,
}

impl Provider {
    /// Serves on a free port of loopback, and tells where. Who is to be killed is told on a channel.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn serve(plan: Plan) -> io::Result<(Arc<Self>, String, mpsc::Receiver<Kill>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (kills, killed) = mpsc::channel(1);
        let provider = Arc::new(Self {
            plan,
            began: Instant::now(),
            counts: Mutex::default(),
            dice: Mutex::new(SmallRng::seed_from_u64(1)),
            second: Mutex::new((Instant::now(), 0)),
            kills,
        });
        let routes = Router::new().route("/messages", post(message)).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((provider, url, killed))
    }

    /// What it has seen so far.
    pub fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    /// How many numbers got a message.
    pub fn reached(&self) -> usize {
        lock(&self.counts).inboxes.len()
    }

    /// Whether a number got a message.
    pub fn has_reached(&self, number: &str) -> bool {
        lock(&self.counts).inboxes.contains_key(number)
    }

    fn is_let_through(&self) -> bool {
        let (began, calls) = &mut *lock(&self.second);
        if began.elapsed() >= Duration::from_secs(1) {
            (*began, *calls) = (Instant::now(), 0);
        }
        *calls += 1;
        *calls <= self.plan.limit
    }

    fn note(&self, key: &str, (tries, due): (u32, u64)) {
        let counts = &mut *lock(&self.counts);
        counts.calls += 1;
        if tries > 0 {
            let due = UNIX_EPOCH + Duration::from_millis(due);
            counts.later.entry((key.to_owned(), tries)).or_insert_with(|| (due, SystemTime::now()));
        }
    }

    /// Delivers a message, unless its key is known.
    fn deliver(&self, key: &str, to: &str) {
        let counts = &mut *lock(&self.counts);
        if counts.keys.insert(key.to_owned()) {
            *counts.inboxes.entry(to.to_owned()).or_default() += 1;
        } else {
            counts.repeated += 1;
        }
    }

    /// The moment of this message at which its worker is killed, if it is.
    fn death(&self) -> Option<Moment> {
        let Counts { numbered, killed, .. } = &mut *lock(&self.counts);
        *numbered += 1;
        let (_, moment) = self.plan.kills.get(*killed).filter(|(number, _)| number <= numbered)?;
        *killed += 1;
        Some(*moment)
    }

    /// Has a worker killed, if it still lives. By a task of its own, as the call ends with the worker.
    async fn kill(self: &Arc<Self>, process: u32) {
        let provider = self.clone();
        let killing = tokio::spawn(async move {
            let (dead, is_dead) = oneshot::channel();
            if provider.kills.send(Kill { process, dead }).await.is_ok() && is_dead.await == Ok(false) {
                lock(&provider.counts).killed -= 1;
            }
        });
        let _ = killing.await;
    }
}

async fn message(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Json(message): Json<Message>,
) -> Response {
    let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()) else {
        return (StatusCode::BAD_REQUEST, "a message needs an `idempotency-key`").into_response();
    };
    provider.note(key, message.tried);
    if provider.began.elapsed() < provider.plan.outage {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if !provider.is_let_through() {
        lock(&provider.counts).refused += 1;
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response();
    }
    if message.to.starts_with(NOBODY) {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let Plan { away, lost, .. } = provider.plan;
    let drawn: f64 = lock(&provider.dice).random();
    if message.to.starts_with(OUT_OF_REACH) || drawn < away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let death = provider.death();
    if death == Some(Moment::Before) {
        provider.kill(message.process).await;
    }
    provider.deliver(key, &message.to);
    if death == Some(Moment::After) {
        provider.kill(message.process).await;
    }
    if drawn < away + lost { hang_up() } else { StatusCode::ACCEPTED.into_response() }
}

/// An answer whose connection breaks in the middle.
fn hang_up() -> Response {
    let broken = futures_util::stream::iter([Err::<&str, _>(io::Error::from(io::ErrorKind::BrokenPipe))]);
    Body::from_stream(broken).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
