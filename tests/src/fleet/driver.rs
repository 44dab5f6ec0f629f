//! Beside a process' pacer: what speaks with the store, by the same rules as `backoff-redis`.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use backoff_runtime::Pacer;
use backoff_runtime::fleet::{Grants, Member, Report};
use tokio::time::Instant;

use super::leader::Leader;
use super::store::{Away, Committed, Entry, Inbox, Led, Message, PATIENCE, Store};

/// A process is heard of so often while it has calls in flight ...
const BEAT: Duration = Duration::from_millis(500);
/// ... and so often while it has none.
const IDLE_BEAT: Duration = Duration::from_secs(10);
/// Whoever waits and hears nothing for so long asks whether anybody leads.
const SILENCE: Duration = Duration::from_millis(2200);
/// Who could not connect tries again after this.
const RECONNECT: Duration = Duration::from_millis(500);
/// A leader that still lives says so within this time.
const LEADER_IS_BACK: Duration = Duration::from_millis(700);

pub(super) struct Driver {
    name: String,
    member: Member<Arc<Pacer>>,
    store: Arc<Store>,
    leader: Option<Leader>,
    unsaid: Option<Entry>,
    /// There was another leader.
    knew_leader: bool,
    has_parted: bool,
}

enum Done {
    Said(Option<String>),
    TookOver(Led),
    Committed(Committed, Option<Grants>),
    LeftAlone,
}

type Exchange = Pin<Box<dyn Future<Output = Result<Done, Away>> + Send>>;

enum Event {
    Done(Result<Done, Away>),
    Mail(Option<Message>),
    Report(Report),
    Time,
}

impl Driver {
    pub(super) fn new(name: String, member: Member<Arc<Pacer>>, store: Arc<Store>) -> Self {
        Self { name, member, store, leader: None, unsaid: None, knew_leader: false, has_parted: false }
    }

    pub(super) async fn drive(mut self) {
        let mut since = Instant::now();
        loop {
            let Err(Away) = self.share(&mut since).await;
            if !self.has_parted && since.elapsed() >= PATIENCE {
                self.has_parted = true;
                self.member.part();
            }
            self.store.fine.sleep(RECONNECT).await;
        }
    }

    async fn share(&mut self, since: &mut Instant) -> Result<Infallible, Away> {
        let inbox = self.store.subscribe(&self.name).await?;
        *since = Instant::now();
        if self.has_parted {
            self.has_parted = false;
            self.member.rejoin();
        }
        self.exchange(inbox, since).await
    }

    async fn exchange(&mut self, mut inbox: Inbox, since: &mut Instant) -> Result<Infallible, Away> {
        let mut exchange: Option<Exchange> = None;
        let (mut said, mut heard) = (None, Instant::now());
        loop {
            if exchange.is_none() {
                *since = Instant::now();
                exchange = self.next_exchange();
            }
            let beat = said.map_or(heard, |said| self.beat(said, heard));
            let next = match &self.leader {
                Some(leader) if exchange.is_none() => leader.next().min(beat),
                // One thing is said after the other.
                None if exchange.is_some() => Instant::now() + PATIENCE,
                _ => beat,
            };
            match self.event(&mut exchange, &mut inbox, beat <= Instant::now(), next).await {
                Event::Done(done) => exchange = self.done(done?),
                Event::Mail(message) => {
                    heard = Instant::now();
                    self.read(message.ok_or(Away)?);
                }
                Event::Report(report) => {
                    said = Some(Instant::now());
                    match &mut self.leader {
                        Some(leader) => leader.hear(&self.name, report),
                        None => self.unsaid = Some(Entry { member: self.name.clone(), report }),
                    }
                }
                Event::Time => {}
            }
        }
    }

    /// When this process is to be heard of at the latest.
    fn beat(&self, said: Instant, heard: Instant) -> Instant {
        let pacer = self.member.pacer();
        match (pacer.in_flight(), pacer.waiting()) {
            (0, 0) => said + IDLE_BEAT,
            (0, _) => (said.max(heard) + SILENCE).min(said + IDLE_BEAT),
            _ => said + BEAT,
        }
    }

    async fn event(
        &mut self,
        exchange: &mut Option<Exchange>,
        inbox: &mut Inbox,
        always: bool,
        next: Instant,
    ) -> Event {
        let store = self.store.clone();
        let mut timer = pin!(store.fine.sleep_until(next));
        let mut mail = pin!(inbox.receive(&store));
        poll_fn(|context| {
            if let Some(running) = exchange
                && let Poll::Ready(done) = running.as_mut().poll(context)
            {
                *exchange = None;
                return Poll::Ready(Event::Done(done));
            }
            if let Poll::Ready(message) = mail.as_mut().poll(context) {
                return Poll::Ready(Event::Mail(message));
            }
            if (exchange.is_none() || self.leader.is_some())
                && let Some(report) = self.member.report(always, context.waker())
            {
                return Poll::Ready(Event::Report(report));
            }
            timer.as_mut().poll(context).map(|()| Event::Time)
        })
        .await
    }

    fn next_exchange(&mut self) -> Option<Exchange> {
        let store = self.store.clone();
        if let Some(unsaid) = self.unsaid.clone() {
            return Some(Box::pin(async move { Ok(Done::Said(store.say(unsaid).await?)) }));
        }
        let (commit, grants) = self.leader.as_mut()?.commit(&self.name)?;
        let name = self.name.clone();
        Some(Box::pin(async move {
            let is_last = commit.is_last;
            let committed = store.commit(&name, commit).await?;
            Ok(if is_last { Done::LeftAlone } else { Done::Committed(committed, grants) })
        }))
    }

    /// An exchange is over; another may follow at once.
    fn done(&mut self, done: Done) -> Option<Exchange> {
        match done {
            Done::Said(leader) => {
                self.unsaid = None;
                match leader {
                    Some(leader) => self.knew_leader = leader != self.name,
                    None => return Some(self.take_over(Duration::ZERO, self.knew_leader)),
                }
            }
            Done::TookOver(Led::Yes { lease, before, entries, state }) => {
                let pacer = self.member.pacer();
                let mut leader = Leader::new(self.store.clone(), lease, before, state.as_deref(), pacer);
                leader.hear_all(before, entries);
                self.leader = Some(leader);
            }
            Done::TookOver(Led::StateIsGone) => {
                self.knew_leader = false;
                return Some(self.take_over(LEADER_IS_BACK, false));
            }
            Done::Committed(Committed::Yes { before, entries, lease }, grants) => {
                if let Some(leader) = &mut self.leader {
                    leader.lease = lease;
                    leader.hear_all(before, entries);
                }
                if let Some(grants) = grants {
                    self.member.granted(grants, self.store.local());
                }
            }
            Done::Committed(Committed::No, _) | Done::LeftAlone => self.leader = None,
            Done::TookOver(Led::No) => {}
        }
        None
    }

    fn take_over(&self, after: Duration, must_be_there: bool) -> Exchange {
        let (store, name) = (self.store.clone(), self.name.clone());
        Box::pin(async move {
            store.fine.sleep(after).await;
            Ok(Done::TookOver(store.lead(&name, must_be_there).await?))
        })
    }

    fn read(&mut self, message: Message) {
        match message {
            Message::Entry(number, entry) => {
                if let Some(leader) = &mut self.leader {
                    leader.hear_entry(number, entry);
                }
            }
            Message::Grants(grants) => self.member.granted(grants, self.store.local()),
            Message::Status(status) => self.member.told((*status).clone(), self.store.local()),
        }
    }
}
