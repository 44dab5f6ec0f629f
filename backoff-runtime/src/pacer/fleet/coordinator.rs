//! Who has the next turn, of all processes that share a limit.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::messages::{Granted, Grants, News, Report, Status, What};
use crate::pacer::Pacer;
use crate::pacer::controller::{Controller, End, Seconds, Sent};
use crate::pacer::plan::Plan;

/// Who says nothing for so long after it was given a turn stands still: it gets no other until it speaks again.
const SILENT: Seconds = 1.5;
/// Who has calls in flight and says nothing for so long is gone, and its calls are no longer counted.
const GONE: Seconds = 5.0;
/// Who has none is a member for so long.
const IDLE: Seconds = 30.0;
/// Turns that a member did not get for so long are lost on the way.
const ON_THE_WAY: Seconds = 1.0;
/// What nobody uses is kept for so long, at least.
const DAY: Duration = Duration::from_secs(86_400);
/// So many turns are given at once, at most.
const AT_ONCE: usize = 1000;
/// The clock that all share may be set back by so much before it counts as another.
const SET_BACK: Duration = Duration::from_secs(1);
/// Times are told in whole microseconds or better.
const ROUNDING: Seconds = 1e-6;

/// Decides when the calls of all processes go.
///
/// It has the same controller as a [`Pacer`] of one process, hears of all calls, and gives turns to the processes one
/// after the other. It keeps no clock: the times are those of the store that all share, since whenever that began to
/// count.
///
/// It is a value: another process that deserializes it goes on where this one was. Only one at a time may be in use.
#[derive(Debug, Serialize, Deserialize)]
pub struct Coordinator {
    plan: Plan,
    controller: Controller,
    members: BTreeMap<String, Seen>,
    /// Who had the last turn.
    last: String,
    /// Where the seconds begin, on the clock that all share.
    origin: Duration,
    latest: Seconds,
}

/// What is known of a member.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    reports: u64,
    heard: Seconds,
    waiting: u32,
    /// Since when some wait.
    since: Seconds,
    /// What the next calls cost; the last stands for all others.
    costs: Vec<u64>,
    /// Turns that it was given so far, the last of them when, and how many of them are not over.
    granted: u64,
    granted_last: Seconds,
    /// When it was given the first turn since it was heard.
    unanswered: Option<Seconds>,
    in_flight: u32,
    cost_in_flight: u64,
}

/// What a report brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// A call was refused, or the server told of its limits: worth to be stored at once.
    pub is_weighty: bool,
    /// The member was not known.
    pub is_new: bool,
}

impl Seen {
    fn is_idle(&self) -> bool {
        self.waiting == 0 && self.in_flight == 0
    }

    fn is_silent(&self, now: Seconds) -> bool {
        self.unanswered.is_some_and(|since| since + SILENT < now)
    }

    fn is_gone(&self, now: Seconds) -> bool {
        let patience = if self.in_flight > 0 { GONE } else { IDLE };
        self.unanswered.unwrap_or(self.heard).max(self.heard) + patience < now
    }

    fn next_cost(&self) -> u64 {
        self.costs.first().copied().unwrap_or(1)
    }

    /// The cost of the next call, which goes.
    fn take(&mut self, now: Seconds) -> u64 {
        let cost = self.next_cost();
        if self.costs.len() > 1 {
            self.costs.remove(0);
        }
        self.waiting -= 1;
        self.granted += 1;
        self.granted_last = now;
        self.unanswered = self.unanswered.or(Some(now));
        self.in_flight = self.in_flight.saturating_add(1);
        self.cost_in_flight = self.cost_in_flight.saturating_add(cost);
        cost
    }

    /// One of its turns is over.
    fn over(&mut self, cost: u64) {
        self.in_flight -= 1;
        self.cost_in_flight = self.cost_in_flight.saturating_sub(cost);
    }
}

impl Coordinator {
    /// One that knows nothing yet but what the pacer was told when it was made.
    #[must_use]
    pub fn new(pacer: &Pacer) -> Self {
        let plan = pacer.plan;
        Self {
            plan,
            controller: Controller::new(plan),
            members: BTreeMap::new(),
            last: String::new(),
            origin: Duration::ZERO,
            latest: 0.0,
        }
    }

    /// Whether it is for the limits of this pacer: a process of another release may have another idea of them.
    #[must_use]
    pub fn is_for(&self, pacer: &Pacer) -> bool {
        self.plan == pacer.plan
    }

    /// For how long what it knows is worth keeping when nobody calls: twice the longest window of a limit that was told, and a
    /// day at least.
    #[must_use]
    pub fn keep_for(&self) -> Duration {
        let longest = self.plan.quotas.iter().flatten().map(|quota| quota.window).fold(0.0, f64::max);
        Duration::try_from_secs_f64(2.0 * longest).unwrap_or(Duration::MAX).clamp(DAY, 400 * DAY)
    }

    /// The seconds of the controller. A clock that is set back goes on from where the time was.
    fn seconds(&mut self, now: Duration) -> Seconds {
        if self.origin.is_zero() {
            self.origin = now;
        }
        let latest = Duration::try_from_secs_f64(self.latest).unwrap_or_default();
        if now + SET_BACK < self.origin + latest {
            self.origin = now.saturating_sub(latest);
        }
        self.latest = self.latest.max(now.saturating_sub(self.origin).as_secs_f64());
        self.latest
    }

    /// The time on the clock that all share.
    fn shared(&self, seconds: Seconds) -> Duration {
        let since = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        self.origin.saturating_add(since)
    }

    /// A member says something. A report that was heard before changes nothing.
    pub fn hear(&mut self, now: Duration, member: &str, report: Report) -> Heard {
        let now = self.seconds(now);
        let is_new = !self.members.contains_key(member);
        let seen = self.members.entry(member.to_owned()).or_default();
        if is_new {
            seen.granted = report.received;
        }
        if report.number <= seen.reports {
            return Heard::default();
        }
        seen.reports = report.number;
        seen.heard = now;
        seen.unanswered = None;
        let is_weighty = report.news.iter().any(News::is_weighty);
        for News { ago, what } in report.news {
            self.happened(now - ago.clamp(0.0, GONE), member, what);
        }
        self.reconcile(now, member, report.received, report.in_flight);
        let seen = self.members.entry(member.to_owned()).or_default();
        let on_the_way = seen.granted.saturating_sub(report.received);
        let waiting = report.waiting.saturating_sub(u32::try_from(on_the_way).unwrap_or(u32::MAX));
        if seen.waiting == 0 && waiting > 0 {
            seen.since = now;
        }
        seen.waiting = waiting;
        seen.costs = report.costs;
        seen.costs.drain(..(on_the_way as usize).min(seen.costs.len().saturating_sub(1)));
        Heard { is_weighty, is_new }
    }

    fn happened(&mut self, at: Seconds, member: &str, what: What) {
        let Some(seen) = self.members.get_mut(member) else { return };
        match what {
            What::Rate(rate) if rate > 0.0 && rate < f64::INFINITY => _ = self.controller.set_rate(rate),
            What::Told { sent, limits } => self.controller.told(at, sent, limits),
            What::Settled { before, cost } if seen.in_flight > 0 => {
                seen.cost_in_flight = seen.cost_in_flight.saturating_sub(before).saturating_add(cost);
                self.controller.settle(before, cost);
            }
            What::Ended { sent, cost, end, is_heard } if seen.in_flight > 0 => {
                seen.over(cost);
                self.controller.ended(at, sent, cost, end, is_heard);
            }
            // Of a call that is not known, or no longer, nothing can be learned.
            What::Rate(_) | What::Settled { .. } | What::Ended { .. } => {}
            What::Unused(turns) => self.lose(at, member, turns),
        }
    }

    /// So many turns of a member are over of which nothing else is known.
    fn lose(&mut self, now: Seconds, member: &str, turns: u64) {
        let Some(seen) = self.members.get_mut(member) else { return };
        for _ in 0..turns.min(seen.in_flight.into()) {
            let cost = seen.cost_in_flight / u64::from(seen.in_flight);
            seen.over(cost);
            let sent = Sent { at: now, pace: None, epoch: 0 };
            self.controller.ended(now, sent, cost, End::Unknown, false);
        }
    }

    /// Turns that a member does not have are lost: on the way to it, or on the way back.
    fn reconcile(&mut self, now: Seconds, member: &str, received: u64, in_flight: u32) {
        let Some(seen) = self.members.get_mut(member) else { return };
        let on_the_way = seen.granted.saturating_sub(received);
        let is_lost = seen.granted_last + ON_THE_WAY < now;
        if on_the_way == 0 || is_lost || seen.granted < received {
            seen.granted = received;
            let surplus = seen.in_flight.saturating_sub(in_flight);
            self.lose(now, member, surplus.into());
        }
    }

    /// The turns that are due, or will be within `ahead`, for each member that gets some.
    ///
    /// A turn says when its call may go, so `ahead` should be about as long as it takes to reach the members.
    pub fn grant(&mut self, now: Duration, ahead: Duration) -> Vec<(String, Grants)> {
        let now = self.seconds(now);
        self.forget(now);
        let until = now + ahead.as_secs_f64() + ROUNDING;
        let mut grants: BTreeMap<String, Grants> = BTreeMap::new();
        let mut waiting: usize = self.listening(now).map(|(_, seen)| seen.waiting as usize).sum();
        for _ in 0..AT_ONCE {
            let Some(member) = self.next(now) else { break };
            let Some(seen) = self.members.get_mut(&member) else { break };
            let due = self.controller.due(seen.next_cost(), waiting);
            if due > until {
                break;
            }
            let at = due.max(now);
            let is_held = at > seen.since;
            let cost = seen.take(now);
            waiting -= 1;
            let sent = self.controller.sent(at, cost, is_held, waiting);
            let upto = seen.granted;
            let turn = Granted { at: self.shared(at), sent, cost };
            self.last.clone_from(&member);
            let grants = grants.entry(member).or_insert(Grants { upto, turns: Vec::new() });
            grants.upto = upto;
            grants.turns.push(turn);
        }
        grants.into_iter().collect()
    }

    /// Members that wait and are there.
    fn listening(&self, now: Seconds) -> impl Iterator<Item = (&String, &Seen)> {
        self.members.iter().filter(move |(_, seen)| seen.waiting > 0 && !seen.is_silent(now))
    }

    /// Who has the next turn: the one after who had the last.
    fn next(&self, now: Seconds) -> Option<String> {
        let mut first = None;
        for (member, _) in self.listening(now) {
            if *member > self.last {
                return Some(member.clone());
            }
            first = first.or(Some(member));
        }
        first.cloned()
    }

    /// Forgets members that say nothing any more, and their calls.
    fn forget(&mut self, now: Seconds) {
        let gone =
            self.members.iter().filter(|(_, seen)| seen.is_gone(now)).map(|(member, _)| member.clone());
        let gone: Vec<_> = gone.collect();
        for member in gone {
            self.lose(now, &member, u64::MAX);
            self.members.remove(&member);
        }
    }

    /// When a turn is due next, if nothing is heard before; `None` if nobody waits for whom that is known.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let member = self.next(self.latest)?;
        let waiting = self.listening(self.latest).map(|(_, seen)| seen.waiting as usize).sum();
        let due = self.controller.due(self.members[&member].next_cost(), waiting);
        due.is_finite().then(|| self.shared(due))
    }

    /// How long calls take, on average. Turns should be given no longer ahead than that: until the first call is refused, no
    /// turn is known to be one too many.
    #[must_use]
    pub fn trip(&self) -> Duration {
        Duration::try_from_secs_f64(self.controller.trip()).unwrap_or(Duration::MAX)
    }

    /// Whether no call of any member waits or is in flight.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.members.values().all(Seen::is_idle)
    }

    /// What matters to all.
    #[must_use]
    pub fn status(&self) -> Status {
        let waiting: usize = self.members.values().map(|seen| seen.waiting as usize).sum();
        let cost = self.next(self.latest).map_or(1, |member| self.members[&member].next_cost());
        let earliest = self.controller.earliest(cost, waiting.max(1));
        Status {
            rate: self.controller.rate(),
            learned: self.controller.learned(),
            limits: self.controller.limits(self.latest),
            members: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            earliest: if earliest.is_finite() { self.shared(earliest) } else { Duration::ZERO },
        }
    }

    /// The members, by name.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }
}

impl News {
    fn is_weighty(&self) -> bool {
        matches!(self.what, What::Told { .. } | What::Rate(_) | What::Ended { end: End::Refused(_), .. })
    }
}
