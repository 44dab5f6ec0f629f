//! What a pacer knows that gets its turns from a coordinator.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

use super::messages::{Granted, News, Report, Status, What};
use crate::pacer::Learned;
use crate::pacer::controller::{CATCH_UP, End, Seconds, Sent};
use crate::rate_limit::RateLimit;

/// A turn that nobody took for so long is given back: whoever it was for is not polled, or the process stood still.
const STALE: Seconds = 1.0;
/// So many costs are told one by one.
const COSTS: usize = 32;

/// A process' share of a limit.
#[derive(Debug, Default)]
pub(in super::super) struct Share {
    /// Turns that are there, and when their calls may go.
    turns: VecDeque<(Seconds, Granted)>,
    /// When the last turn was taken, less what is made up for, and when it was to be, on the clock that all share.
    taken: Option<(Seconds, Duration)>,
    received: u64,
    /// Calls that had their turn and have not ended.
    in_flight: u32,
    /// What the coordinator does not know, and when it happened.
    news: Vec<(Seconds, What)>,
    /// Reports so far.
    reports: u64,
    /// How many the coordinator knows that wait.
    known: u32,
    /// What the coordinator said last, and when it said the gate opens.
    pub(in super::super) status: Status,
    pub(in super::super) earliest: Seconds,
    /// The limit was told, so that its rate can be set.
    has_rate: bool,
    /// The latest time that was told.
    latest: Seconds,
    /// Whom to wake when there is something to say.
    reporter: Option<Waker>,
}

impl Share {
    pub(in super::super) fn new(has_rate: bool) -> Self {
        Self { has_rate, ..Self::default() }
    }

    /// When the next call may go.
    pub(in super::super) fn due(&self, _cost: u64, _waiting: usize) -> Seconds {
        self.turns.front().map_or(Seconds::INFINITY, |(at, _)| *at)
    }

    pub(in super::super) fn earliest(&self, _cost: u64, _waiting: usize) -> Seconds {
        self.turns.front().map_or(self.earliest, |(at, _)| self.earliest.min(*at))
    }

    /// A call takes the first turn.
    pub(in super::super) fn sent(&mut self, now: Seconds, cost: u64, _waited: bool, _waiting: usize) -> Sent {
        let Some((at, turn)) = self.turns.pop_front() else { unreachable!("without a turn nothing is due") };
        self.taken = Some((at.max(now - CATCH_UP), turn.at));
        self.keep_distance();
        self.in_flight = self.in_flight.saturating_add(1);
        if turn.cost != cost {
            self.news.push((now, What::Settled { before: turn.cost, cost }));
        }
        turn.sent
    }

    pub(in super::super) fn told(
        &mut self,
        now: Seconds,
        sent: Seconds,
        limits: impl IntoIterator<Item = RateLimit>,
    ) {
        self.news.push((now, What::Told { sent, limits: limits.into_iter().collect() }));
    }

    pub(in super::super) fn settle(&mut self, before: u64, cost: u64) {
        self.news.push((self.latest, What::Settled { before, cost }));
    }

    pub(in super::super) fn ended(&mut self, now: Seconds, sent: Sent, cost: u64, end: End, is_heard: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.news.push((now, What::Ended { sent, cost, end, is_heard }));
    }

    pub(in super::super) fn rate(&self) -> Option<f64> {
        self.status.rate
    }

    pub(in super::super) fn learned(&self) -> Option<Learned> {
        self.status.learned
    }

    pub(in super::super) fn set_rate(&mut self, rate: f64) -> bool {
        if self.has_rate {
            self.news.push((self.latest, What::Rate(rate)));
        }
        self.has_rate
    }

    pub(in super::super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    pub(in super::super) fn limits(&self, _now: Seconds) -> Vec<RateLimit> {
        self.status.limits.clone()
    }

    /// Turns come, which may be used from these times on. If some before them are missing, they are given back.
    pub(in super::super) fn granted(&mut self, now: Seconds, upto: u64, turns: Vec<(Seconds, Granted)>) {
        let missing = upto.saturating_sub(self.received).saturating_sub(turns.len() as u64);
        self.give_back(now, missing);
        self.known = self.known.saturating_sub(turns.len() as u32);
        self.received = upto;
        let before = self.turns.len() + turns.len();
        self.turns.extend(
            turns
                .into_iter()
                .filter(|(at, _)| at + STALE >= now)
                .map(|(at, turn)| (at.max(now - CATCH_UP), turn)),
        );
        self.give_back(now, (before - self.turns.len()) as u64);
        self.keep_distance();
    }

    /// Turns that come late, or whose first one is taken late, do not all go at once: they keep the distance that they were
    /// given with, or that of all calls if that is less. A little is made up for at each.
    fn keep_distance(&mut self) {
        let farthest = self.status.rate.map_or(Seconds::INFINITY, f64::recip);
        let mut before = self.taken;
        for (at, turn) in &mut self.turns {
            if let Some((taken, was)) = before {
                let distance = turn.at.saturating_sub(was).as_secs_f64();
                *at = at.max(taken + distance.min(farthest));
            }
            before = Some((*at, turn.at));
        }
    }

    /// It is so late now; gives back what nobody took.
    pub(in super::super) fn give_back_stale(&mut self, now: Seconds) {
        self.latest = now;
        let stale = self.turns.iter().take_while(|(at, _)| at + STALE < now).count();
        self.turns.drain(..stale);
        self.give_back(now, stale as u64);
    }

    /// Gives back the turns that are there for more than so many.
    pub(super) fn give_back_more_than(&mut self, now: Seconds, waiting: usize) {
        let unused = self.turns.len().saturating_sub(waiting);
        self.turns.truncate(waiting);
        self.give_back(now, unused as u64);
    }

    /// The calls in flight are no longer heard of; what their ends would have told is not known.
    pub(in super::super) fn restart(&mut self) {
        self.turns.clear();
        self.taken = None;
        self.news.clear();
        self.in_flight = 0;
        self.known = 0;
    }

    pub(in super::super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    fn give_back(&mut self, now: Seconds, turns: u64) {
        if turns > 0 {
            self.news.push((now, What::Unused(turns)));
        }
    }

    /// So many wait for whom there is no turn yet.
    fn without_turn(&self, waiting: usize) -> u32 {
        u32::try_from(waiting.saturating_sub(self.turns.len())).unwrap_or(u32::MAX)
    }

    /// Whether the coordinator has to know something.
    fn has_to_report(&self, waiting: usize) -> bool {
        let without = self.without_turn(waiting);
        let more = without > self.known.saturating_mul(2);
        more || without < self.known || !self.news.is_empty() || self.turns.len() > waiting
    }

    /// The waker of whoever reports, if there is something to report.
    pub(in super::super) fn call_reporter(&mut self, waiting: usize) -> Option<Waker> {
        if self.has_to_report(waiting) { self.reporter.take() } else { None }
    }

    /// What the coordinator has to know; `always` if it wants to hear of this process anyway. The waker is called when
    /// there is more.
    pub(in super::super) fn report(
        &mut self,
        now: Seconds,
        waiting: usize,
        costs: impl Iterator<Item = u64>,
        always: bool,
        waker: &Waker,
    ) -> Option<Report> {
        self.give_back_stale(now);
        self.give_back_more_than(now, waiting);
        if !always && !self.has_to_report(waiting) {
            self.reporter = Some(waker.clone());
            return None;
        }
        self.reporter = None;
        self.reports += 1;
        self.known = self.without_turn(waiting);
        let mut costs: Vec<_> = costs.skip(self.turns.len()).take(COSTS).collect();
        if costs.iter().all(|cost| *cost == 1) {
            costs.clear();
        }
        let news = self.news.drain(..).map(|(at, what)| News { ago: (now - at).max(0.0), what }).collect();
        let in_flight = self.in_flight.saturating_add(u32::try_from(self.turns.len()).unwrap_or(u32::MAX));
        let Self { reports: number, known: waiting, received, .. } = *self;
        Some(Report { number, waiting, costs, received, in_flight, news })
    }
}
