//! The life of a pacer that is shared: it says what happens here, hears what it may do, and leads if nobody else does.

use std::collections::hash_map::RandomState;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hasher};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use backoff_runtime::Pacer;
use backoff_runtime::fleet::{Coordinator, Grants, Member, Report};
use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Sleep, sleep, sleep_until, timeout_at};
use tracing::{info, warn};

use crate::clock::Clock;
use crate::leader::{Leader, entry};
use crate::link::{Link, PATIENCE};
use crate::nodes::Nodes;
use crate::store::{self, Answer, Led, Names};

/// A process is heard of so often while it has calls in flight ...
const BEAT: Duration = Duration::from_millis(500);
/// ... and so often while it has none.
const IDLE_BEAT: Duration = Duration::from_secs(10);
/// Whoever waits and hears nothing for so long asks whether anybody leads, who would say something once in a second.
const SILENCE: Duration = Duration::from_millis(2200);
/// After an error, Redis is asked again after so long.
const SHORTLY: Duration = Duration::from_millis(50);
const AN_HOUR: Duration = Duration::from_secs(3600);
/// A leader that still lives says so within this time.
const LEADER_IS_BACK: Duration = Duration::from_millis(700);

/// A pacer that is shared.
pub(crate) struct Driver<P: Deref<Target = Pacer>> {
    member: Member<P>,
    name: String,
    /// This process, for this pacer.
    process: String,
    names: Names,
    nodes: Arc<Nodes>,
    clock: Option<Clock>,
    leader: Option<Leader>,
    /// What was said and may not have been heard.
    unsaid: Option<Vec<u8>>,
    /// There was another leader.
    knew_leader: bool,
    has_parted: bool,
    /// Since when it is not known that Redis answers as it should; `None` if it did.
    failing: Option<Instant>,
    /// When nobody leads, this process asks after so long, so that not all do at once.
    moment: Duration,
    /// `None` if nobody can tell it to stop any more.
    stop: Option<oneshot::Receiver<()>>,
}

/// An exchange with Redis.
type Exchange = Pin<Box<dyn Future<Output = RedisResult<Done>> + Send>>;

/// What an exchange brought.
enum Done {
    Said(Answer<Option<String>>),
    TookOver(Answer<Led>),
    Committed(Answer<Led>, Option<Grants>),
    LeftAlone,
}

/// What came by mail.
#[derive(PartialEq, Eq)]
enum Heard {
    /// Whoever led has left, and callers wait here.
    NobodyLeads,
    Else,
}

enum Event {
    Done(RedisResult<Done>),
    Mail(Vec<u8>),
    Report(Report),
    Time,
    Stop,
}

/// Why a connection is left.
enum Left {
    /// It broke.
    Broken(RedisError),
    /// The keys are on another node.
    Moved(String),
    /// The pacer is not shared any more.
    Stopped,
}

impl From<RedisError> for Left {
    fn from(error: RedisError) -> Self {
        match error.redirect_node() {
            Some((node, _)) => Self::Moved(node.to_owned()),
            None => Self::Broken(error),
        }
    }
}

/// Whether it is told to stop. If whoever could tell it is gone, that never happens.
fn poll_stop(stop: &mut Option<oneshot::Receiver<()>>, context: &mut Context<'_>) -> Poll<()> {
    match stop.as_mut().map(|stop| Pin::new(stop).poll(context)) {
        Some(Poll::Ready(Ok(()))) => Poll::Ready(()),
        Some(Poll::Ready(Err(_))) => {
            *stop = None;
            Poll::Pending
        }
        _ => Poll::Pending,
    }
}

impl<P: Deref<Target = Pacer>> Driver<P> {
    /// `None` if the pacer is shared already.
    pub(crate) fn new(
        pacer: P,
        name: &str,
        process: String,
        nodes: Arc<Nodes>,
        stop: oneshot::Receiver<()>,
    ) -> Option<Self> {
        let kept = Coordinator::new(&pacer).keep_for();
        Some(Self {
            member: Member::join(pacer)?,
            name: name.to_owned(),
            names: Names::of(name, kept),
            process,
            nodes,
            clock: None,
            leader: None,
            unsaid: None,
            knew_leader: false,
            has_parted: false,
            failing: None,
            moment: Duration::from_micros(RandomState::new().build_hasher().finish() % 50_000),
            stop: Some(stop),
        })
    }

    /// Shares the pacer until it is told to stop.
    pub(crate) async fn run(mut self) {
        let Ok(mut link) = self.nodes.link(None) else { return };
        loop {
            let mut connected = link.connected();
            let connection = async {
                connected.wait_for(Option::is_some).await.ok().and_then(|connected| connected.clone())
            };
            let connection = timeout_at(self.parts_at().into(), connection);
            let connected = tokio::select! {
                () = poll_fn(|context| poll_stop(&mut self.stop, context)) => return,
                connected = connection => connected,
            };
            let Ok(connected) = connected else {
                self.part(&link.why());
                continue;
            };
            let Some((number, connection)) = connected else { return };
            let left = self.share(&link, connection).await;
            let since = *self.failing.get_or_insert_with(Instant::now);
            match left {
                Left::Stopped => return,
                Left::Broken(error) => {
                    link.is_broken(number);
                    if since.elapsed() >= PATIENCE {
                        self.part(&error.to_string());
                    }
                    // A server that answers, but not as it should, is asked again a little later.
                    sleep(if self.has_parted { PATIENCE } else { SHORTLY }).await;
                }
                Left::Moved(node) => match self.nodes.link(Some(&node)) {
                    Ok(other) if since.elapsed() < PATIENCE => link = other,
                    Ok(other) => {
                        self.part("its nodes send each other there");
                        link = other;
                        sleep(PATIENCE).await;
                    }
                    Err(error) => self.part(&error.to_string()),
                },
            }
        }
    }

    /// When it goes on by itself, if it can't be shared before.
    fn parts_at(&mut self) -> Instant {
        let since = *self.failing.get_or_insert_with(Instant::now);
        if self.has_parted { Instant::now() + AN_HOUR } else { since + PATIENCE }
    }

    fn part(&mut self, why: &str) {
        if self.has_parted {
            return;
        }
        self.has_parted = true;
        self.member.part();
        let state = self.member.pacer().state();
        let members = state.fleet.map_or(0, |fleet| fleet.members).max(1);
        match state.rate {
            Some(rate) => warn!(
                target: "backoff",
                "Redis can't be reached ({why}), so the pacer \"{}\" goes on by itself: its part of {members} is {rate:.3} calls per second",
                self.name,
            ),
            None => warn!(
                target: "backoff",
                "Redis can't be reached ({why}), so the pacer \"{}\" goes on by itself and finds out what passes",
                self.name,
            ),
        }
    }

    /// Uses a connection for as long as it can be used.
    async fn share(&mut self, link: &Link, mut connection: MultiplexedConnection) -> Left {
        let (mail, mut arriving) = mpsc::unbounded_channel();
        let channels = [self.names.to(&self.process), self.names.all()];
        if let Err(error) = link.listen(&mut connection, channels.clone(), &mail).await {
            return error.into();
        }
        let left = match self.rejoin(&connection).await {
            Ok(()) => self.exchange(&connection, &mut arriving).await,
            Err(error) => error.into(),
        };
        link.ignore(matches!(left, Left::Stopped | Left::Moved(_)).then_some(connection), channels).await;
        left
    }

    /// Whoever parted joins again, once an exchange shows that it can.
    async fn rejoin(&mut self, connection: &MultiplexedConnection) -> RedisResult<()> {
        if self.has_parted {
            let answer = store::say(connection.clone(), self.names.clone(), Vec::new()).await?;
            self.told(answer.there, answer.began);
            info!(target: "backoff", "Redis is reached again: the pacer \"{}\" is shared", self.name);
            self.has_parted = false;
            self.member.rejoin();
        }
        Ok(())
    }

    async fn exchange(
        &mut self,
        connection: &MultiplexedConnection,
        arriving: &mut mpsc::UnboundedReceiver<Vec<u8>>,
    ) -> Left {
        let mut exchange: Option<Exchange> = None;
        let (mut said, mut heard, mut asks) = (None, Instant::now(), None);
        let mut timer = Box::pin(sleep_until(heard.into()));
        loop {
            // What may not have been heard is said first, and then whoever leads goes on.
            if exchange.is_none() {
                exchange = self.next_exchange(connection);
                // From now on it fails, unless it succeeds.
                self.failing = self.failing.or(exchange.is_some().then(Instant::now));
            }
            let beat = said.map_or(heard, |said| self.beat(said, heard));
            let beat = asks.map_or(beat, |asks: Instant| asks.min(beat));
            let next = match (&self.leader, &self.clock) {
                (Some(leader), Some(clock)) if exchange.is_none() => leader.next(clock).min(beat),
                // One thing is said after the other, so there is nothing to do before the answer.
                (None, _) if exchange.is_some() => Instant::now() + PATIENCE,
                _ => beat,
            };
            timer.as_mut().reset(next.into());
            let event = self.event(&mut exchange, arriving, beat <= Instant::now(), timer.as_mut());
            match event.await {
                Event::Stop => {
                    self.unsaid = None;
                    return self.leave(connection).await;
                }
                Event::Done(Ok(done)) => {
                    exchange = self.done(connection, done);
                    self.failing = exchange.is_some().then(Instant::now);
                }
                Event::Done(Err(error)) => return error.into(),
                Event::Mail(message) => {
                    heard = Instant::now();
                    asks = (self.read(&message) == Heard::NobodyLeads).then(|| heard + self.moment);
                }
                Event::Report(report) => {
                    (said, asks) = (Some(Instant::now()), None);
                    match (&mut self.leader, &self.clock) {
                        (Some(leader), Some(clock)) => leader.hear(clock, &self.process, report),
                        _ => self.unsaid = Some(entry(&self.process, &report)),
                    }
                }
                Event::Time => {}
            }
        }
    }

    /// When this process is to be heard of at the latest, which said something and heard something then.
    fn beat(&self, said: Instant, heard: Instant) -> Instant {
        let pacer = self.member.pacer();
        match (pacer.in_flight(), pacer.waiting()) {
            (0, 0) => said + IDLE_BEAT,
            (0, _) => (said.max(heard) + SILENCE).min(said + IDLE_BEAT),
            _ => said + BEAT,
        }
    }

    /// What happens next.
    async fn event(
        &mut self,
        exchange: &mut Option<Exchange>,
        arriving: &mut mpsc::UnboundedReceiver<Vec<u8>>,
        always: bool,
        mut timer: Pin<&mut Sleep>,
    ) -> Event {
        poll_fn(|context: &mut Context<'_>| {
            if poll_stop(&mut self.stop, context).is_ready() {
                return Poll::Ready(Event::Stop);
            }
            if let Some(running) = exchange
                && let Poll::Ready(done) = running.as_mut().poll(context)
            {
                return Poll::Ready(Event::Done(done));
            }
            if let Poll::Ready(Some(message)) = arriving.poll_recv(context) {
                return Poll::Ready(Event::Mail(message));
            }
            // Whoever leads hears itself at once; others say one thing after the other.
            if (exchange.is_none() || self.leader.is_some())
                && let Some(report) = self.member.report(always, context.waker())
            {
                return Poll::Ready(Event::Report(report));
            }
            timer.as_mut().poll(context).map(|()| Event::Time)
        })
        .await
    }

    /// What is to be said now.
    fn next_exchange(&mut self, connection: &MultiplexedConnection) -> Option<Exchange> {
        let (connection, names) = (connection.clone(), self.names.clone());
        if let Some(unsaid) = self.unsaid.clone() {
            return Some(Box::pin(async { Ok(Done::Said(store::say(connection, names, unsaid).await?)) }));
        }
        let (leader, clock) = (self.leader.as_mut()?, self.clock?);
        let (commit, grants) = leader.commit(&clock, &names, &self.process)?;
        let process = self.process.clone();
        let is_last = commit.is_last;
        if is_last {
            // What happens from now on is for whoever leads next.
            self.leader = None;
        }
        Some(Box::pin(async move {
            let answer = store::commit(connection, names, process, commit).await?;
            Ok(if is_last { Done::LeftAlone } else { Done::Committed(answer, grants) })
        }))
    }

    /// An exchange is over; another may follow at once.
    fn done(&mut self, connection: &MultiplexedConnection, done: Done) -> Option<Exchange> {
        match done {
            Done::Said(answer) => {
                self.told(answer.there, answer.began);
                self.unsaid = None;
                match answer.value {
                    Some(leader) => {
                        self.knew_leader = leader != self.process;
                        None
                    }
                    None => Some(self.take_over(connection, self.knew_leader)),
                }
            }
            Done::TookOver(Answer { value, there, began }) => {
                let clock = self.told(there, began);
                match value {
                    Led::Yes { before, entries, state, was_left, .. } => {
                        self.lead(&clock, before, &entries, &state, !was_left);
                    }
                    // Redis lost the state: who has led until now knows more, and says so soon.
                    Led::StateIsAnother => {
                        self.knew_leader = false;
                        let (connection, names) = (connection.clone(), self.names.clone());
                        let process = self.process.clone();
                        return Some(Box::pin(async {
                            sleep(LEADER_IS_BACK).await;
                            Ok(Done::TookOver(store::take_over(connection, names, process, false).await?))
                        }));
                    }
                    Led::AnotherDoes => {}
                }
                None
            }
            Done::Committed(Answer { value, there, began }, grants) => {
                let clock = self.told(there, began);
                match value {
                    Led::Yes { before, entries, was_forgotten, .. } => {
                        if let Some(leader) = &mut self.leader {
                            leader.hear_all(&clock, before, &entries);
                        }
                        if let Some(grants) = grants {
                            self.member.granted(grants, |there| clock.here(there));
                        }
                        if was_forgotten {
                            warn!(
                                target: "backoff",
                                "Redis had forgotten the pacer \"{}\" (it was restarted or flushed, or this process stood \
                                 still): it goes on with what this process knows",
                                self.name,
                            );
                        }
                    }
                    Led::AnotherDoes | Led::StateIsAnother => {
                        info!(target: "backoff", "another process leads the pacer \"{}\" now", self.name);
                        self.leader = None;
                    }
                }
                None
            }
            Done::LeftAlone => None,
        }
    }

    fn take_over(&self, connection: &MultiplexedConnection, after_another: bool) -> Exchange {
        let (connection, names, process) = (connection.clone(), self.names.clone(), self.process.clone());
        Box::pin(async move {
            Ok(Done::TookOver(store::take_over(connection, names, process, after_another).await?))
        })
    }

    /// This process begins to lead.
    fn lead(&mut self, clock: &Clock, before: u64, entries: &[Vec<u8>], state: &[u8], follows: bool) {
        let (mut leader, wrong) = Leader::with(state, before, self.member.pacer());
        if let Some(wrong) = wrong {
            warn!(
                target: "backoff",
                "what Redis knows of the pacer \"{}\" is of no use ({wrong}): its limit is found anew",
                self.name,
            );
        }
        if follows {
            info!(target: "backoff", "this process leads the pacer \"{}\" now, as the one that led says nothing", self.name);
        }
        leader.hear_all(clock, before, entries);
        self.leader = Some(leader);
    }

    fn read(&mut self, message: &[u8]) -> Heard {
        let (Some((kind, content)), Some(clock)) = (message.split_first(), self.clock) else {
            return Heard::Else;
        };
        let here = |there| clock.here(there);
        let read = match kind {
            b'E' => {
                let space = content.iter().position(|byte| *byte == b' ');
                let number = space.and_then(|at| std::str::from_utf8(&content[..at]).ok()?.parse().ok());
                if let (Some(leader), Some(at), Some(number)) = (&mut self.leader, space, number) {
                    leader.hear_entry(&clock, number, &content[at + 1..]);
                }
                Ok(())
            }
            b'G' => rmp_serde::from_slice(content).map(|grants| self.member.granted(grants, here)),
            b'S' => rmp_serde::from_slice(content).map(|status| self.member.told(status, here)),
            b'L' if self.leader.is_none() && self.member.is_active() => return Heard::NobodyLeads,
            _ => Ok(()),
        };
        if let Err(error) = read {
            warn!(target: "backoff", "what is said of the pacer \"{}\" can't be read: {error}", self.name);
        }
        Heard::Else
    }

    /// Redis said the time.
    fn told(&mut self, there: Duration, began: Instant) -> Clock {
        let clock = self.clock.get_or_insert_with(|| Clock::new(there, began));
        clock.told(there, began);
        *clock
    }

    /// Gives up the lead, so that nobody has to wait for its lease to end.
    async fn leave(&mut self, connection: &MultiplexedConnection) -> Left {
        if let (Some(mut leader), Some(clock)) = (self.leader.take(), self.clock) {
            if let Some(report) = self.member.report(true, std::task::Waker::noop()) {
                leader.hear(&clock, &self.process, report);
            }
            let commit = leader.last_commit(&self.names);
            let (names, process) = (self.names.clone(), self.process.clone());
            // If that fails, the lease ends by itself.
            _ = store::commit(connection.clone(), names, process, commit).await;
        }
        Left::Stopped
    }
}
