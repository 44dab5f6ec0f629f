//! Processes that share a limit through a store that all reach, on a paused clock: how many calls and how much time it
//! takes, who has which part of it, and what becomes of it when processes, messages and the store are lost.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::fleet::Coordinator;
use backoff_runtime::{Pacer, on_exception};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::rate_limits::{Api, Demand, Random, Work, paused};

mod driver;
mod fine;
mod leader;
mod process;
mod store;

use fine::Fine;
use process::Process;
use store::Store;
pub use store::{Latency, NEAR_STORE};

/// So many times the shortest time is waited for, and some seconds more.
const HORIZON: f64 = 10.0;

/// Processes, what they send, and what happens to them.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// How many there are.
    pub processes: u32,
    /// What is between them; `None` if each has a pacer of its own.
    pub store: Option<Latency>,
    /// Makes a process' pacer.
    pub pacer: fn(&Work) -> Pacer,
    /// What happens, and when.
    pub faults: Vec<(f64, Fault)>,
}

/// What happens to a fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// As by `kill -9`: its callers are gone, too.
    Kill(Who),
    /// As by `kill -STOP`.
    Stop(Who),
    /// Those who were stopped go on.
    Continue,
    /// The store can't be reached.
    Away,
    /// It can be reached again; flushed, if it has lost all.
    Back {
        /// It has lost all.
        flushed: bool,
    },
    /// The store loses all.
    Flush,
}

/// One of the processes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    /// That which leads then.
    Leader,
    /// The first that doesn't.
    Follower,
    /// By its number.
    Number(u32),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Calls, those that were refused included.
    pub calls: u32,
    /// Seconds until the last message had passed; `None` if some never did.
    pub seconds: Option<f64>,
    /// When messages passed, and of which process.
    pub passed: Vec<(f64, u32)>,
    /// When calls were refused.
    pub refused: Vec<f64>,
    /// Messages of each process.
    pub messages: Vec<u32>,
    /// Exchanges with the store.
    pub exchanges: u64,
    /// Messages that the store passed on.
    pub passed_on: u64,
    /// The largest state that was stored, in bytes.
    pub state: usize,
    /// How long each message waited for its first turn, in seconds.
    pub waits: Vec<f64>,
    /// Whether the last state that was stored knows of callers or calls in flight, though there are none.
    pub is_idle: bool,
}

impl Outcome {
    /// The smallest and the largest share of a process when half of all had passed, as ratios to its part of the
    /// messages.
    #[must_use]
    pub fn shares(&self) -> (f64, f64) {
        let half = self.passed.len() / 2;
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for (_, process) in &self.passed[..half] {
            *counts.entry(*process).or_default() += 1;
        }
        let all = f64::from(self.messages.iter().sum::<u32>());
        let shares = self.messages.iter().zip(0..).filter(|(messages, _)| **messages > 0).map(
            |(messages, process)| {
                let part = f64::from(*messages) / all * half as f64;
                f64::from(counts.get(&process).copied().unwrap_or(0)) / part
            },
        );
        shares.fold((f64::INFINITY, 0.0), |(least, most), share| (share.min(least), share.max(most)))
    }
}

impl Fleet {
    /// Processes that share a pacer which finds the limit.
    #[must_use]
    pub fn of(processes: u32) -> Self {
        Self { processes, store: Some(NEAR_STORE), pacer: |_| Pacer::adaptive(), faults: Vec::new() }
    }

    /// Processes of which each has a pacer of its own.
    #[must_use]
    pub fn apart(processes: u32) -> Self {
        Self { store: None, ..Self::of(processes) }
    }

    /// Sends all messages, in a paused runtime of its own.
    #[must_use]
    pub fn send(&self, work: &Work, seed: u64) -> Outcome {
        paused(self.run(work, seed))
    }

    async fn run(&self, work: &Work, seed: u64) -> Outcome {
        let api = Api::behind(work.network, Pacer::adaptive(), work.limit(seed), seed);
        let processes: Vec<_> =
            (0..self.processes).map(|number| Process::new(number, (self.pacer)(work))).collect();
        let store = self.store.map(|latency| Store::new(Fine::start(), latency, !seed));
        for process in &processes {
            if let Some(store) = &store {
                process.join(store.clone());
            }
        }
        let faults = tokio::spawn(happen(self.faults.clone(), processes.clone(), store.clone()));
        let sending = Sending {
            work: work.clone(),
            api: api.clone(),
            passed: Arc::default(),
            refused: Arc::default(),
            waits: Arc::default(),
        };
        let messages = Mutex::new(vec![0; processes.len()]);
        let longest = HORIZON * work.shortest(seed) + 120.0;
        let all = sending.send_all(&processes, &messages, seed);
        let is_done = timeout(Duration::from_secs_f64(longest), all).await.is_ok();
        // What happens later is waited for, and then for those to be forgotten who are gone.
        let _ = faults.await;
        let calls = api.calls();
        let counted = store.as_ref().map(|store| (store.exchanges(), store.messages(), store.largest()));
        let (exchanges, passed_on, state) = counted.unwrap_or_default();
        let is_idle = match &store {
            Some(store) if !self.faults.is_empty() => {
                sleep(Duration::from_secs(30)).await;
                store.is_idle()
            }
            _ => true,
        };
        let passed = std::mem::take(&mut *sending.passed.lock().expect("no call panics"));
        Outcome {
            calls,
            seconds: is_done.then(|| api.seconds()),
            passed,
            refused: std::mem::take(&mut *sending.refused.lock().expect("no call panics")),
            messages: messages.into_inner().expect("no call panics"),
            exchanges,
            passed_on,
            state,
            waits: std::mem::take(&mut *sending.waits.lock().expect("no call panics")),
            is_idle,
        }
    }
}

async fn happen(mut faults: Vec<(f64, Fault)>, processes: Vec<Arc<Process>>, store: Option<Arc<Store>>) {
    let start = Instant::now();
    faults.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let who = |who: Who| match who {
        Who::Number(number) => processes.get(number as usize),
        Who::Leader | Who::Follower => {
            let leader = store.as_ref().and_then(|store| store.leader())?;
            processes.iter().find(|process| (process.name == leader) == (who == Who::Leader))
        }
    };
    for (at, fault) in faults {
        sleep_until(start + Duration::from_secs_f64(at)).await;
        match (fault, &store) {
            (Fault::Kill(one), _) => _ = who(one).map(|process| process.kill()),
            (Fault::Stop(one), _) => _ = who(one).map(|process| process.stop()),
            (Fault::Continue, _) => processes.iter().for_each(|process| process.go_on()),
            (Fault::Away, Some(store)) => store.go_away(),
            (Fault::Back { flushed }, Some(store)) => store.come_back(flushed),
            (Fault::Flush, Some(store)) => store.flush(),
            (_, None) => {}
        }
    }
}

#[derive(Clone)]
struct Sending {
    work: Work,
    api: Arc<Api>,
    passed: Arc<Mutex<Vec<(f64, u32)>>>,
    refused: Arc<Mutex<Vec<f64>>>,
    waits: Arc<Mutex<Vec<f64>>>,
}

/// When a message came, and whether it was not tried yet.
struct Came {
    at: Instant,
    is_first: AtomicBool,
}

/// A call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unsent {
    Refused(Option<Duration>),
    Failed,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Unsent {
    fn hint(&self) -> Option<Duration> {
        match self {
            Self::Refused(hint) => *hint,
            Self::Failed => None,
        }
    }
}

impl Sending {
    /// Sends all messages; each process has as many.
    async fn send_all(&self, processes: &[Arc<Process>], messages: &Mutex<Vec<u32>>, seed: u64) {
        let (callers, each) = match self.work.demand {
            Demand::Callers(callers) => (callers, self.work.messages / callers),
            _ => (self.work.messages, 1),
        };
        let (mut tasks, mut random) = (JoinSet::new(), Random(!seed));
        for caller in 0..callers {
            if let Demand::Random(share) = self.work.demand {
                sleep(Duration::from_secs_f64(-random.uniform().ln() / (share * self.work.rate))).await;
            }
            let number = caller % processes.len() as u32;
            let process = &processes[number as usize];
            if process.is_killed() {
                continue;
            }
            messages.lock().expect("no call panics")[number as usize] += each;
            let calls = self.clone().send_each(process.pacer.clone(), number, each);
            process.owns(tasks.spawn(process.runs(calls)));
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn send_each(self, pacer: Arc<Pacer>, process: u32, messages: u32) {
        for _ in 0..messages {
            let came = Came { at: Instant::now(), is_first: AtomicBool::new(true) };
            self.send(&pacer, &came).await.expect("every message is retried until it passes");
            let at = self.api.elapsed().as_secs_f64();
            self.passed.lock().expect("no call panics").push((at, process));
        }
    }

    #[on_exception(
        constant,
        interval = 1,
        pacer = pacer,
        throttled = |unsent| *unsent != Unsent::Failed,
        retry_after = |unsent: &Unsent| unsent.hint(),
        logger = none,
    )]
    async fn send(&self, pacer: &Pacer, came: &Came) -> Result<(), Unsent> {
        if came.is_first.swap(false, Ordering::Relaxed) {
            self.waits.lock().expect("no call panics").push(came.at.elapsed().as_secs_f64());
        }
        let called = self.api.call().await;
        called.map_err(|refused| {
            self.refused.lock().expect("no call panics").push(self.api.elapsed().as_secs_f64());
            Unsent::Refused(self.work.hints.then_some(refused.retry_after))
        })?;
        if self.api.fails(self.work.failures) { Err(Unsent::Failed) } else { Ok(()) }
    }
}

impl Store {
    /// Whether the state that was stored last knows of nothing that is to come.
    fn is_idle(&self) -> bool {
        self.state().is_none_or(|state| {
            rmp_serde::from_slice::<Coordinator>(&state).is_ok_and(|coordinator| coordinator.is_idle())
        })
    }
}
