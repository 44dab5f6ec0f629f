//! A server that tells how much of its limit remains, and when there is more, on a paused clock.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::{Pacer, Place, RateLimit};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::rate_limits::{Random, paused};

/// How a limit of so many calls per time gives them back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// All at once, at the end of windows of which the first ends then.
    Windows(f64),
    /// All at once, a window after the first call.
    ByFirstCall,
    /// Each call when it is a window old.
    Log,
    /// Little by little, up to all of it.
    Bucket,
}

/// How the time until then is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reset {
    /// In whole seconds, rounded up.
    Up,
    /// As it is.
    Exact,
    /// Not at all.
    Untold,
}

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// How it gives back.
    pub kind: Kind,
    /// How it tells of that.
    pub reset: Reset,
    /// Whether it tells the length of its windows.
    pub tells_window: bool,
    /// Calls per window.
    pub calls: u32,
    /// Seconds.
    pub window: f64,
    /// Seconds of a round trip.
    pub round_trip: f64,
    /// The mean of what the network adds to each half of it.
    pub noise: f64,
    /// Calls per second of an unknown other client.
    pub others: f64,
}

impl Server {
    /// 100 calls in 10 s, through 50 ms of network.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            reset: Reset::Up,
            tells_window: true,
            calls: 100,
            window: 10.0,
            round_trip: 0.05,
            noise: 0.0,
            others: 0.0,
        }
    }

    /// What it takes at least to get so many calls through.
    #[must_use]
    pub fn least(&self, calls: u32) -> f64 {
        let of_window = f64::from(self.calls) - self.others * self.window;
        let full = (f64::from(calls - 1) / of_window).floor();
        let least = match self.kind {
            Kind::Windows(first) => (full - 1.0).max(-1.0) * self.window + first,
            Kind::ByFirstCall | Kind::Log => full * self.window,
            Kind::Bucket => (f64::from(calls) - f64::from(self.calls)) * self.window / of_window,
        };
        least.max(0.0) + self.round_trip
    }
}

/// A server, what is sent, and its name.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the server does that others don't.
    pub name: &'static str,
    /// The server.
    pub server: Server,
    /// Messages, all at once.
    pub messages: u32,
}

impl Case {
    /// The refused calls of all, and the time, the mean and the worst of some seeds.
    #[must_use]
    pub fn measure(&self, seeds: u64) -> (f64, [f64; 2]) {
        let took = (0..seeds).map(|seed| {
            paused(async { Api::new(self.server, Pacer::adaptive(), seed).send_all(self.messages).await })
        });
        let (mut refused, mut time, mut worst) = (0.0, 0.0, 0.0_f64);
        for took in took {
            refused += f64::from(took.refused) / seeds as f64;
            time += took.time / seeds as f64;
            worst = worst.max(took.time);
        }
        (1.0 + refused / f64::from(self.messages), [time, worst])
    }
}

/// Servers of each kind that tell in each way, near and far, alone and with others.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in [Kind::Windows(3.7), Kind::ByFirstCall, Kind::Log, Kind::Bucket] {
        let server = Server::new(kind);
        let scaled = |window: f64| match kind {
            Kind::Windows(first) => Kind::Windows(first * window / 10.0),
            kind => kind,
        };
        let mut add = |name, server, messages| cases.push(Case { name, server, messages });
        add("", server, 300);
        add("", server, 1000);
        add("exact reset", Server { reset: Reset::Exact, ..server }, 300);
        add("no reset", Server { reset: Reset::Untold, ..server }, 300);
        add("no window", Server { tells_window: false, ..server }, 300);
        add("neither", Server { tells_window: false, reset: Reset::Untold, ..server }, 300);
        add("noise of 20 ms", Server { noise: 0.02, ..server }, 300);
        add("trips of 1 ms", Server { round_trip: 0.001, ..server }, 300);
        add("trips of 500 ms", Server { round_trip: 0.5, ..server }, 300);
        add("others take 2/s", Server { others: 2.0, noise: 0.002, ..server }, 300);
        for (calls, window) in [(10, 10.0), (10, 1.0), (100, 1.0), (100, 60.0), (1000, 3600.0)] {
            let noise = 0.002;
            add("", Server { calls, window, noise, kind: scaled(window), ..server }, 3 * calls);
        }
    }
    cases
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { kind, calls, window, .. } = self.server;
        let kind = match kind {
            Kind::Windows(_) => "windows",
            Kind::ByFirstCall => "windows by call",
            Kind::Log => "log",
            Kind::Bucket => "bucket",
        };
        let text = format!("{kind} {calls} per {window} s, {}", self.name);
        write!(f, "{:40}{:5}", text.trim_end_matches([',', ' ']), self.messages)
    }
}

/// The state of the server.
struct State {
    used: u32,
    ends: f64,
    log: VecDeque<f64>,
    tokens: f64,
    filled: f64,
    random: Random,
    others_at: f64,
    made: u32,
    last: f64,
}

/// A server that runs.
pub struct Api {
    server: Server,
    start: Instant,
    state: Mutex<State>,
    /// Stands in front of its calls.
    pub pacer: Pacer,
}

/// What it took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Calls that were refused.
    pub refused: u32,
    /// Seconds, as a ratio to the least that is possible.
    pub time: f64,
}

impl Api {
    /// A server that starts now.
    #[must_use]
    pub fn new(server: Server, pacer: Pacer, seed: u64) -> Arc<Self> {
        let ends = if let Kind::Windows(first) = server.kind { first } else { 0.0 };
        let state = State {
            used: 0,
            ends,
            log: VecDeque::new(),
            tokens: server.calls.into(),
            filled: 0.0,
            random: Random(seed),
            others_at: if server.others > 0.0 { 1.0 / server.others } else { f64::INFINITY },
            made: 0,
            last: 0.0,
        };
        Arc::new(Self { server, start: Instant::now(), state: Mutex::new(state), pacer })
    }

    fn half_trip(&self) -> Duration {
        let mut state = self.state.lock().expect("no test panics in here");
        let noise = state.random.log_normal(self.server.noise);
        Duration::from_secs_f64(self.server.round_trip / 2.0 + noise)
    }

    /// One call: whether it passed, and what the server tells.
    ///
    /// # Panics
    /// If another call did.
    pub async fn call(&self) -> (bool, RateLimit) {
        sleep(self.half_trip()).await;
        let answer = {
            let mut state = self.state.lock().expect("no test panics in here");
            let now = self.start.elapsed().as_secs_f64();
            while state.others_at <= now {
                let at = state.others_at;
                state.take(&self.server, at);
                state.others_at = at - state.random.uniform().ln() / self.server.others;
            }
            state.made += 1;
            let (passed, remaining, reset) = state.take(&self.server, now);
            if passed {
                state.last = now;
            }
            let mut limit =
                RateLimit::new().with_limit(self.server.calls.into()).with_remaining(remaining.into());
            limit = match self.server.reset {
                Reset::Up => limit.with_reset(Duration::from_secs_f64(reset.ceil())),
                Reset::Exact => limit.with_reset(Duration::from_secs_f64(reset)),
                Reset::Untold => limit,
            };
            if self.server.tells_window {
                limit = limit.with_window(Duration::from_secs_f64(self.server.window));
            }
            (passed, limit)
        };
        sleep(self.half_trip()).await;
        answer
    }

    /// Sends one message, until it passes.
    ///
    /// # Panics
    /// If another call did.
    pub async fn send(&self) {
        let mut place = Place::back();
        loop {
            let mut turn = self.pacer.turn(place, None).await.expect("there is no deadline");
            let (passed, limit) = self.call().await;
            turn.told(limit);
            if passed {
                return turn.accepted();
            }
            place = turn.throttled(None);
        }
    }

    /// Sends so many messages at once.
    ///
    /// # Panics
    /// If sending does.
    pub async fn send_all(self: &Arc<Self>, messages: u32) -> Took {
        let mut tasks = JoinSet::new();
        for _ in 0..messages {
            let api = self.clone();
            tasks.spawn(async move { api.send().await });
        }
        while let Some(sent) = tasks.join_next().await {
            sent.expect("no message panics");
        }
        let state = self.state.lock().expect("no test panics in here");
        let time = (state.last + self.server.round_trip / 2.0) / self.server.least(messages);
        Took { refused: state.made - messages, time }
    }
}

impl State {
    /// Whether a call passes, what remains, and the time until there is more.
    fn take(&mut self, server: &Server, now: f64) -> (bool, u32, f64) {
        let Server { kind, calls, window, .. } = *server;
        match kind {
            Kind::Windows(_) | Kind::ByFirstCall => {
                if now >= self.ends {
                    self.used = 0;
                    self.ends = match kind {
                        Kind::Windows(_) => {
                            self.ends + window * ((now - self.ends) / window).floor() + window
                        }
                        _ => now + window,
                    };
                }
                let passed = self.used < calls;
                self.used += u32::from(passed);
                (passed, calls - self.used, self.ends - now)
            }
            Kind::Log => {
                while self.log.front().is_some_and(|oldest| oldest + window <= now) {
                    self.log.pop_front();
                }
                let passed = self.log.len() < calls as usize;
                if passed {
                    self.log.push_back(now);
                }
                let oldest = self.log.front().map_or(0.0, |oldest| oldest + window - now);
                (passed, calls - self.log.len() as u32, oldest)
            }
            Kind::Bucket => {
                let rate = f64::from(calls) / window;
                self.tokens = (self.tokens + (now - self.filled) * rate).min(calls.into());
                self.filled = now;
                let passed = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(passed));
                (passed, self.tokens as u32, (f64::from(calls) - self.tokens) / rate)
            }
        }
    }
}
