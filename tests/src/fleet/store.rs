//! What all processes reach over a network: it keeps the state and the reports, and passes messages on, as Redis does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use backoff_runtime::fleet::{Grants, Report, Status};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::fine::Fine;
use crate::rate_limits::Random;

/// A leader that says nothing for so long is none any more.
const LEASE: Duration = Duration::from_secs(2);
/// An exchange with a store that is away fails after this.
const TIMEOUT: Duration = Duration::from_millis(250);
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
    Report(Heard),
    Grants(Option<Grants>, Arc<Status>),
}

/// A report, who sent it, and its number in the store.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) number: u64,
    pub(super) member: String,
    pub(super) report: Report,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Who leads, and how long still. The number tells it from who led before.
    lease: Option<(String, u64, Instant)>,
    leases: u64,
    state: Option<Vec<u8>>,
    reports: Vec<Heard>,
    pushed: u64,
    inboxes: BTreeMap<String, Inbox>,
}

#[derive(Debug)]
struct Inbox {
    messages: mpsc::UnboundedSender<(Instant, Message)>,
    /// When the last message arrives: none overtakes another.
    last: Instant,
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

    pub(super) fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::Relaxed)
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
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
        kept.reports.clear();
    }

    pub(super) fn state(&self) -> Option<Vec<u8>> {
        self.kept().state.clone()
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
        self.latency.lost > 0.0
            && self.random.lock().expect("no draw panics").uniform() < self.latency.lost
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
            self.fine.sleep(TIMEOUT).await;
            return Err(Away);
        }
        Ok(())
    }

    /// From now on, messages to this name come here.
    pub(super) async fn subscribe(
        &self,
        name: &str,
    ) -> Result<mpsc::UnboundedReceiver<(Instant, Message)>, Away> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let inbox = Inbox { messages: sender, last: Instant::now() };
        self.exchange(|_, kept| kept.inboxes.insert(name.to_owned(), inbox)).await?;
        Ok(receiver)
    }

    /// Keeps a report, and passes it on to the leader; returns whether there is one.
    pub(super) async fn report(&self, member: &str, report: Report) -> Result<bool, Away> {
        let member = member.to_owned();
        self.exchange(|store, kept| {
            kept.pushed += 1;
            let heard = Heard { number: kept.pushed, member, report };
            kept.reports.push(heard.clone());
            let leader = kept.leader().map(|(name, _)| name.to_owned());
            if let Some(leader) = &leader {
                store.publish(kept, leader, Message::Report(heard));
            }
            leader.is_some()
        })
        .await
    }

    /// Leads from now on, if nobody else does: the number of the lease, the state, and reports that are not in it.
    pub(super) async fn lead(&self, name: &str) -> Result<Option<(u64, Option<Vec<u8>>, Vec<Heard>)>, Away> {
        self.exchange(|_, kept| {
            if kept.leader().is_some_and(|(leader, _)| leader != name) {
                return None;
            }
            kept.leases += 1;
            kept.lease = Some((name.to_owned(), kept.leases, Instant::now() + LEASE));
            Some((kept.leases, kept.state.clone(), kept.reports.clone()))
        })
        .await
    }

    /// Keeps the state, drops the reports that are in it, and passes turns on; false if another leads by now.
    pub(super) async fn commit(
        &self,
        lease: u64,
        state: Vec<u8>,
        heard: u64,
        grants: Vec<(String, Option<Grants>)>,
        status: Status,
    ) -> Result<bool, Away> {
        self.exchange(|store, kept| {
            let Some((_, leading)) = kept.leader().filter(|(_, leading)| *leading == lease) else { return false };
            let name = kept.lease.take().map(|(name, _, _)| name).unwrap_or_default();
            kept.lease = Some((name, leading, Instant::now() + LEASE));
            kept.state = Some(state);
            kept.reports.retain(|report| report.number > heard);
            let status = Arc::new(status);
            for (member, grants) in grants {
                store.publish(kept, &member, Message::Grants(grants, status.clone()));
            }
            true
        })
        .await
    }

    fn publish(&self, kept: &mut Kept, to: &str, message: Message) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        let arrives = Instant::now() + self.one_way();
        if self.is_lost() {
            return;
        }
        if let Some(inbox) = kept.inboxes.get_mut(to) {
            inbox.last = inbox.last.max(arrives);
            // Who is gone hears nothing.
            let _ = inbox.messages.send((inbox.last, message));
        }
    }
}

impl Kept {
    fn leader(&self) -> Option<(&str, u64)> {
        let (name, number, until) = self.lease.as_ref()?;
        (*until > Instant::now()).then_some((name, *number))
    }
}
