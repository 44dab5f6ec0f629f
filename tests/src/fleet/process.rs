//! A process of a fleet: its callers, and beside them what speaks with the store.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use backoff_runtime::Pacer;
use backoff_runtime::fleet::{Coordinator, Member};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{self, Instant};

use super::store::{Away, Heard, Message, Store};

/// Turns are given so long before their calls may go, so that the way to the members costs no time.
const AHEAD: Duration = Duration::from_millis(3);
/// Who has callers or leads says so, at least this often.
const BEAT: Duration = Duration::from_millis(500);
/// A store that is away is asked this often.
const RETRY: Duration = Duration::from_secs(1);

/// A process, which can be stopped and killed.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) pacer: Arc<Pacer>,
    stopped: Arc<Stopped>,
    tasks: Mutex<Vec<AbortHandle>>,
    is_killed: AtomicBool,
}

impl Process {
    pub(super) fn new(number: u32, pacer: Pacer) -> Arc<Self> {
        Arc::new(Self {
            name: format!("{number:04}"),
            pacer: Arc::new(pacer),
            stopped: Arc::default(),
            tasks: Mutex::default(),
            is_killed: AtomicBool::new(false),
        })
    }

    /// From now on, its turns come from the fleet.
    pub(super) fn join(&self, store: Arc<Store>) {
        let driver = Driver {
            name: self.name.clone(),
            member: Member::join(self.pacer.clone()),
            store,
            heard: Mutex::default(),
            arrived: Notify::new(),
            wanted: Notify::new(),
        };
        let running = self.stopped.clone().gate(async move { driver.drive().await });
        self.owns(tokio::spawn(running).abort_handle());
    }

    /// A future of this process: it stands still when that does.
    pub(super) fn runs<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.stopped.clone().gate(future)
    }

    /// A task of this process, which ends with it.
    pub(super) fn owns(&self, task: AbortHandle) {
        self.tasks.lock().expect("no task panics").push(task);
    }

    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::Relaxed);
        self.tasks.lock().expect("no task panics").drain(..).for_each(|task| task.abort());
    }

    pub(super) fn is_killed(&self) -> bool {
        self.is_killed.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stopped.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn go_on(&self) {
        self.stopped.is_stopped.store(false, Ordering::Relaxed);
        self.stopped.wakers.lock().expect("no waker panics").drain(..).for_each(Waker::wake);
    }
}

/// Whether a process was told to stand still.
#[derive(Debug, Default)]
struct Stopped {
    is_stopped: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Stopped {
    async fn gate<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.is_stopped.load(Ordering::Relaxed) {
                self.wakers.lock().expect("no waker panics").push(context.waker().clone());
                return Poll::Pending;
            }
            future.as_mut().poll(context)
        })
        .await
    }
}

type Inbox = mpsc::UnboundedReceiver<(Instant, Message)>;

/// Carries what a member and its coordinator say.
struct Driver {
    name: String,
    member: Member<Arc<Pacer>>,
    store: Arc<Store>,
    /// Reports that came, if this process leads.
    heard: Mutex<VecDeque<Heard>>,
    arrived: Notify,
    /// Nobody leads.
    wanted: Notify,
}

impl Driver {
    async fn drive(&self) -> Infallible {
        loop {
            let Err(Away) = self.serve().await;
            self.member.part();
            self.store.fine.sleep(RETRY).await;
        }
    }

    async fn serve(&self) -> Result<Infallible, Away> {
        let inbox = self.store.subscribe(&self.name).await?;
        self.member.rejoin();
        tokio::select! {
            away = self.listen(inbox) => away,
            away = self.report() => away,
            away = self.stand_by() => away,
        }
    }

    async fn listen(&self, mut inbox: Inbox) -> Result<Infallible, Away> {
        loop {
            let Some((at, message)) = inbox.recv().await else { return Err(Away) };
            self.store.fine.sleep_until(at).await;
            match message {
                Message::Report(report) => {
                    self.heard.lock().expect("no report panics").push_back(report);
                    self.arrived.notify_one();
                }
                Message::Grants(grants, status) => {
                    if let Some(grants) = grants {
                        self.member.granted(grants, self.store.local());
                    }
                    self.member.told((*status).clone(), self.store.local());
                }
            }
        }
    }

    async fn report(&self) -> Result<Infallible, Away> {
        let mut beat = Instant::now();
        loop {
            let always = Instant::now() >= beat;
            if always {
                beat = Instant::now() + BEAT;
            }
            let report = poll_fn(|context| {
                let always = always && self.member.is_active();
                self.member.report(always, context.waker()).map_or(Poll::Pending, Poll::Ready)
            });
            let Ok(report) = time::timeout_at(beat, report).await else { continue };
            let is_led = self.store.report(&self.name, report).await?;
            if !is_led {
                self.wanted.notify_one();
            }
        }
    }

    /// Leads whenever nobody else does.
    async fn stand_by(&self) -> Result<Infallible, Away> {
        loop {
            self.wanted.notified().await;
            let Some((lease, state, reports)) = self.store.lead(&self.name).await? else { continue };
            let state = state.and_then(|state| rmp_serde::from_slice::<Coordinator>(&state).ok());
            let pacer = self.member.pacer();
            let state = state.filter(|state| state.is_for(pacer));
            let mut leader = Leader {
                driver: self,
                coordinator: state.unwrap_or_else(|| Coordinator::new(pacer)),
                lease,
                upto: 0,
            };
            leader.hear(reports);
            leader.lead().await?;
        }
    }
}

/// The process that has the coordinator.
struct Leader<'d> {
    driver: &'d Driver,
    coordinator: Coordinator,
    lease: u64,
    /// The last report that it heard.
    upto: u64,
}

impl Leader<'_> {
    fn hear(&mut self, reports: impl IntoIterator<Item = Heard>) -> bool {
        let now = self.driver.store.now();
        let mut is_weighty = false;
        for Heard { number, member, report } in reports {
            self.upto = self.upto.max(number);
            is_weighty |= self.coordinator.hear(now, &member, report).is_weighty;
        }
        is_weighty
    }

    /// Until another leads.
    async fn lead(&mut self) -> Result<(), Away> {
        let store = &self.driver.store;
        let mut beat = Instant::now();
        loop {
            let due = self.coordinator.due().map_or(beat, |due| (store.local()(due)).into());
            let wake = due.checked_sub(AHEAD).unwrap_or(due).min(beat);
            if wake > Instant::now() {
                tokio::select! {
                    () = self.driver.arrived.notified() => {}
                    () = store.fine.sleep_until(wake) => {}
                }
            }
            let heard: Vec<_> = self.driver.heard.lock().expect("no report panics").drain(..).collect();
            let is_weighty = self.hear(heard);
            let is_beat = Instant::now() >= beat;
            let grants = self.coordinator.grant(store.now(), AHEAD);
            if grants.is_empty() && !is_weighty && !is_beat {
                continue;
            }
            let mut all: Vec<_> = grants.into_iter().map(|(member, grants)| (member, Some(grants))).collect();
            if is_weighty || is_beat {
                let others = self.coordinator.members().filter(|name| all.iter().all(|(other, _)| other != name));
                let others: Vec<_> = others.map(|name| (name.to_owned(), None)).collect();
                all.extend(others);
            }
            if is_beat {
                beat = Instant::now() + BEAT;
            }
            let state = rmp_serde::to_vec_named(&self.coordinator).expect("numbers and names can be written");
            let status = self.coordinator.status();
            if !store.commit(self.lease, state, self.upto, all, status).await? {
                return Ok(());
            }
        }
    }
}
