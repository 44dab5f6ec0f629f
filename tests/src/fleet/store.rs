//! What all processes reach over a network: it keeps the state and the reports, and passes messages on, as Redis does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use backoff_runtime::fleet::{Grants, Report, Status};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::fine::Fine;
use crate::rate_limits::Random;

/// A leader that says nothing for so long is none any more.
pub(super) const LEASE: Duration = Duration::from_secs(2);
/// An exchange with a store that is away fails after this.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// On the clock of the store, the simulation begins then.
const BEGAN: Duration = Duration::from_secs(1_700_000_000);

/// How long messages take.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// Seconds from a process to the store, or back.
    pub one_way: f64,
    /// The mean of what is added, log-normal, in seconds.
    pub noise: f64,
    /// A share of the messages that the store passes on is lost.
    pub lost: f64,
}

/// In the same data centre.
pub const NEAR_STORE: Latency = Latency { one_way: 0.0002, noise: 0.0001, lost: 0.0 };

/// The store can't be reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away;

/// What comes to a process without being asked for.
#[derive(Clone, Debug)]
pub(super) enum Message {
    /// With its number.
    Entry(u64, Entry),
    Grants(Grants),
    Status(Arc<Status>),
}

/// What a process says.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) member: String,
    pub(super) report: Report,
}

/// What a leader stores.
pub(super) struct Commit {
    pub(super) lease: u64,
    /// The number of the last entry that the state has.
    pub(super) heard: u64,
    pub(super) state: Vec<u8>,
    pub(super) grants: Vec<(String, Grants)>,
    pub(super) status: Option<Arc<Status>>,
    /// It stops to lead.
    pub(super) is_last: bool,
}

/// What became of an attempt to lead.
pub(super) enum Led {
    Yes {
        lease: u64,
        before: u64,
        entries: Vec<Entry>,
        state: Option<Vec<u8>>,
    },
    /// Another does.
    No,
    /// There is no state, though there should be.
    StateIsGone,
}

pub(super) enum Committed {
    Yes {
        lease: u64,
        before: u64,
        entries: Vec<Entry>,
    },
    /// Another leads, or did since.
    No,
}

#[derive(Debug, Default)]
struct Kept {
    /// Who leads, and how long still. The number tells it from who led before.
    lease: Option<(String, u64, Instant)>,
    leases: u64,
    /// And in which lease it was stored.
    state: Option<(u64, Vec<u8>)>,
    entries: VecDeque<Entry>,
    /// Entries so far.
    count: u64,
    inboxes: BTreeMap<String, Outbox>,
}

#[derive(Debug)]
struct Outbox {
    messages: mpsc::UnboundedSender<(Instant, Message)>,
    /// When the last message arrives: none overtakes another.
    last: Instant,
}

/// Messages on their way to a process.
pub(super) struct Inbox {
    messages: mpsc::UnboundedReceiver<(Instant, Message)>,
    next: Option<(Instant, Message)>,
}

impl Inbox {
    /// The next message, once it is there; `None` if the connection is broken. May be dropped in between.
    pub(super) async fn receive(&mut self, store: &Store) -> Option<Message> {
        if self.next.is_none() {
            self.next = Some(self.messages.recv().await?);
        }
        if let Some((at, _)) = &self.next
            && *at > Instant::now()
        {
            store.fine.sleep_until(*at).await;
        }
        self.next.take().map(|(_, message)| message)
    }
}

/// The store, and the network to it.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) fine: Arc<Fine>,
    start: Instant,
    latency: Latency,
    random: Mutex<Random>,
    kept: Mutex<Kept>,
    is_away: AtomicBool,
    exchanges: AtomicU64,
    messages: AtomicU64,
    largest: AtomicUsize,
}

impl Store {
    pub(super) fn new(fine: Arc<Fine>, latency: Latency, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            fine,
            start: Instant::now(),
            latency,
            random: Mutex::new(Random(seed)),
            kept: Mutex::default(),
            is_away: AtomicBool::new(false),
            exchanges: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            largest: AtomicUsize::new(0),
        })
    }

    /// The time on its clock.
    pub(super) fn now(&self) -> Duration {
        BEGAN + self.start.elapsed()
    }

    /// The same time on the clock of the processes.
    pub(super) fn local(&self) -> impl Fn(Duration) -> std::time::Instant + use<> {
        let start = self.start.into_std();
        move |shared| start + shared.saturating_sub(BEGAN)
    }

    /// How long an exchange takes, on average.
    pub(super) fn trip(&self) -> Duration {
        Duration::from_secs_f64(2.0 * (self.latency.one_way + self.latency.noise))
    }

    pub(super) fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::Relaxed)
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// The largest state that was stored, in bytes.
    pub(super) fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed)
    }

    pub(super) fn go_away(&self) {
        self.is_away.store(true, Ordering::Relaxed);
        self.kept().inboxes.clear();
    }

    /// It is there again, with what it kept, or without.
    pub(super) fn come_back(&self, flushed: bool) {
        self.is_away.store(false, Ordering::Relaxed);
        if flushed {
            self.flush();
        }
    }

    pub(super) fn flush(&self) {
        let mut kept = self.kept();
        (kept.lease, kept.state) = (None, None);
        kept.entries.clear();
        kept.count = 0;
    }

    pub(super) fn state(&self) -> Option<Vec<u8>> {
        self.kept().state.as_ref().map(|(_, state)| state.clone())
    }

    pub(super) fn leader(&self) -> Option<String> {
        let kept = self.kept();
        kept.lease.as_ref().filter(|(_, _, until)| *until > Instant::now()).map(|(name, _, _)| name.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no script panics")
    }

    fn one_way(&self) -> Duration {
        let Latency { one_way, noise, .. } = self.latency;
        let noise = self.random.lock().expect("no draw panics").log_normal(noise);
        Duration::from_secs_f64(one_way + noise)
    }

    fn is_lost(&self) -> bool {
        self.latency.lost > 0.0 && self.random.lock().expect("no draw panics").uniform() < self.latency.lost
    }

    /// Runs a script in the store, and brings its answer back.
    async fn exchange<T>(&self, script: impl FnOnce(&Self, &mut Kept) -> T) -> Result<T, Away> {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        self.fine.sleep(self.one_way()).await;
        self.is_there().await?;
        let answer = script(self, &mut self.kept());
        self.fine.sleep(self.one_way()).await;
        self.is_there().await?;
        Ok(answer)
    }

    async fn is_there(&self) -> Result<(), Away> {
        if self.is_away.load(Ordering::Relaxed) {
            self.fine.sleep(PATIENCE).await;
            return Err(Away);
        }
        Ok(())
    }

    /// From now on, messages to this name come here.
    pub(super) async fn subscribe(&self, name: &str) -> Result<Inbox, Away> {
        let (sender, messages) = mpsc::unbounded_channel();
        let outbox = Outbox { messages: sender, last: Instant::now() };
        self.exchange(|_, kept| kept.inboxes.insert(name.to_owned(), outbox)).await?;
        Ok(Inbox { messages, next: None })
    }

    /// Keeps an entry, and passes it on to the leader; returns who that is.
    pub(super) async fn say(&self, entry: Entry) -> Result<Option<String>, Away> {
        self.exchange(|store, kept| {
            kept.count += 1;
            kept.entries.push_back(entry.clone());
            let leader = kept.leader().map(|(name, _)| name.to_owned());
            if let Some(leader) = &leader {
                store.publish(kept, leader, Message::Entry(kept.count, entry));
            }
            leader
        })
        .await
    }

    /// Leads from now on, if nobody else does.
    pub(super) async fn lead(&self, name: &str, must_be_there: bool) -> Result<Led, Away> {
        self.exchange(|_, kept| {
            if kept.leader().is_some_and(|(leader, _)| leader != name) {
                return Led::No;
            }
            if must_be_there && kept.state.is_none() {
                return Led::StateIsGone;
            }
            let (lease, state) = (kept.leases + 1, kept.state.as_ref().map(|(_, state)| state.clone()));
            kept.leads(name, lease);
            let (before, entries) = kept.entries();
            Led::Yes { lease, before, entries, state }
        })
        .await
    }

    /// Keeps the state, drops the entries that are in it, and passes turns on.
    pub(super) async fn commit(&self, name: &str, commit: Commit) -> Result<Committed, Away> {
        self.exchange(|store, kept| {
            let Commit { mut lease, heard, state, grants, status, is_last } = commit;
            match (kept.leader(), &kept.state) {
                (Some((_, leading)), _) if leading == lease => {}
                (Some(_), _) => return Committed::No,
                (None, Some((by, _))) if *by != lease => return Committed::No,
                // It had been forgotten.
                (None, _) => lease = kept.leases + 1,
            }
            kept.leads(name, lease);
            if is_last {
                kept.lease = None;
            }
            store.largest.fetch_max(state.len(), Ordering::Relaxed);
            kept.state = Some((lease, state));
            let before = kept.count - kept.entries.len() as u64;
            let known = heard.saturating_sub(before) as usize;
            if known <= kept.entries.len() {
                kept.entries.drain(..known);
            }
            for (member, grants) in grants {
                store.publish(kept, &member, Message::Grants(grants));
            }
            if let Some(status) = status {
                let all: Vec<_> = kept.inboxes.keys().cloned().collect();
                for name in &all {
                    store.publish(kept, name, Message::Status(status.clone()));
                }
            }
            let (before, entries) = kept.entries();
            Committed::Yes { lease, before, entries }
        })
        .await
    }

    fn publish(&self, kept: &mut Kept, to: &str, message: Message) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        let arrives = Instant::now() + self.one_way();
        if self.is_lost() {
            return;
        }
        if let Some(outbox) = kept.inboxes.get_mut(to) {
            outbox.last = outbox.last.max(arrives);
            // Who is gone hears nothing.
            let _ = outbox.messages.send((outbox.last, message));
        }
    }
}

impl Kept {
    fn leader(&self) -> Option<(&str, u64)> {
        let (name, number, until) = self.lease.as_ref()?;
        (*until > Instant::now()).then_some((name, *number))
    }

    fn leads(&mut self, name: &str, lease: u64) {
        self.leases = self.leases.max(lease);
        self.lease = Some((name.to_owned(), lease, Instant::now() + LEASE));
    }

    /// The entries, and the number before the first.
    fn entries(&self) -> (u64, Vec<Entry>) {
        (self.count - self.entries.len() as u64, self.entries.iter().cloned().collect())
    }
}
