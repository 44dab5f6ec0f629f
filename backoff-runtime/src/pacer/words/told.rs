//! One limit of which the server tells how much remains.

use super::super::at_once::AtOnce;
use super::super::controller::{LONGEST_CLOSURE, Seconds, patience};
use super::super::plan::{Counts, Quota};
use super::edge::Edge;
use super::{Asking, Ended, InFlight, from};
use crate::rate_limit::{QuotaUnit, RateLimit};

/// Without any word of when there is more, a call asks after so long, and then twice as long.
const FIRST_ASK: Seconds = 0.25;
/// Between two that ask lies as much, at least.
const SHORTEST_PAUSE: Seconds = 0.05;
/// The end of a window is to be known to this share of its length; to find out more is not worth a call.
const TOLERANCE: f64 = 0.004;
/// What the server says beyond our own calls, others have taken.
const OTHERS: f64 = 1.05;
/// After so many refusals, others take from the limit, or it is another than the server says.
const DISTRUST: u32 = 4;
/// So much of the limit is there when a window begins.
const MOST_OF_IT: f64 = 0.75;

/// What is known of the limit.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Told {
    unit: QuotaUnit,
    name: Option<String>,
    window: Option<Seconds>,
    limit: Option<f64>,
    /// What remained, by the answer that came then; the least of what was told since the window began.
    remaining: f64,
    heard: Seconds,
    /// What ended since then and was not heard of.
    unheard: f64,
    /// When the window ends, if that was told.
    edge: Option<Edge>,
    /// What our own calls may take, if nobody else calls: no more than the limit in any window.
    own: Option<AtOnce>,
    /// When the last call went.
    last: Seconds,
    /// How long windows are, if that is known.
    period: Option<Seconds>,
    /// When the first call of this window was sent.
    began: Seconds,
    /// What remained when it was first heard of in this window, and what our calls took since.
    remained: f64,
    taken: f64,
    /// It comes back little by little, as it did so before the window was over.
    refills: bool,
    /// All of the limit is there again when a window ends, and that was when it was expected, the last time.
    is_regular: bool,
    /// Calls that were refused though our own let them go.
    refusals: u32,
    /// Calls held back to find out when the window ends, and when the next of them goes.
    soundings: u32,
    sounding: Seconds,
    /// What the last answer told to a call that was sent after the one before was back, and when it was sent.
    newest: Option<(Seconds, f64, Option<Edge>)>,
    /// Calls that asked since the window should be over, and when the last of them went.
    asks: i32,
    asked: Seconds,
}

impl Told {
    pub(super) fn new(limit: &RateLimit, sent: Seconds, now: Seconds, trip: Seconds) -> Self {
        let window = limit.window.map(|window| window.as_secs_f64());
        let remaining = limit.remaining.map_or(Seconds::INFINITY, |remaining| remaining as f64);
        let mut told = Self {
            unit: limit.unit,
            name: limit.name.clone(),
            window,
            limit: limit.limit.map(|limit| limit as f64),
            remaining,
            heard: now,
            unheard: 0.0,
            edge: None,
            own: None,
            last: sent,
            period: window,
            began: sent,
            remained: remaining,
            taken: 0.0,
            refills: false,
            is_regular: false,
            refusals: 0,
            soundings: 0,
            sounding: 0.0,
            newest: None,
            asks: 0,
            asked: now,
        };
        if let (Some(limit), Some(window)) = (limit.limit, window.filter(|window| *window > 0.0)) {
            told.own = Some(AtOnce::new(Quota::at_once(Counts::Costs, limit, window)));
        }
        told.edge = told.edge_told(limit, sent, now);
        told.hold_back(now, trip);
        told
    }

    pub(super) fn is_of(&self, limit: &RateLimit) -> bool {
        let window = limit.window.map(|window| window.as_secs_f64());
        self.unit == limit.unit && self.name == limit.name && self.window == window
    }

    /// Whether the server tells how many calls remain.
    pub(super) fn is_counted(&self) -> bool {
        self.unit == QuotaUnit::Requests && self.remaining.is_finite()
    }

    /// What a call takes, by what it costs.
    fn takes(&self, calls: f64, cost: f64) -> f64 {
        if self.unit == QuotaUnit::Requests { calls } else { cost }
    }

    /// How much the limit loses for each unit that our calls take: others may share it, and the cost may not be known.
    fn loss(&self) -> f64 {
        let lost = self.remained - self.remaining;
        if self.taken >= 4.0 && lost.is_finite() { (lost / self.taken).max(1.0) } else { 1.0 }
    }

    /// What our calls may still take, if all that are in flight are still to be counted.
    fn available(&self, in_flight: InFlight) -> f64 {
        let in_flight = self.takes(in_flight.calls.into(), in_flight.cost);
        self.remaining - (in_flight + self.unheard) * self.loss()
    }

    /// When the window ends, by what is told and what was seen before.
    fn edge_told(&self, limit: &RateLimit, sent: Seconds, now: Seconds) -> Option<Edge> {
        let longest = self.period.map(|period| Edge { earliest: sent, latest: now + period });
        let told = limit.reset.map(|reset| Edge::told(reset, sent, now));
        match (told, longest) {
            // A clock may be wrong, but a window ends before the next one does.
            (Some(told), Some(longest)) if told.is_after(longest.after(1.0)) => Some(longest),
            (None, longest) => longest,
            (told, _) => told,
        }
    }

    /// Another answer, to a call that was sent then.
    pub(super) fn again(&mut self, limit: &RateLimit, sent: Seconds, now: Seconds, trip: Seconds) {
        let of_window = limit.limit.map(|limit| limit as f64);
        if let (Some(own), Some(limit)) = (&mut self.own, of_window.filter(|_| of_window != self.limit)) {
            own.set_quota(limit);
        }
        self.limit = of_window.or(self.limit);
        let Some(remaining) = limit.remaining.map(|remaining| remaining as f64) else { return };
        if self.remaining.is_infinite() {
            (self.remaining, self.remained) = (remaining, remaining);
        }
        // A call that was sent before this window began may have been counted in this one, or in the one before.
        if sent < self.began {
            self.unheard += 1.0;
            return;
        }
        let edge = self.edge_told(limit, sent, now);
        let is_newer = sent >= self.heard;
        if is_newer {
            self.unheard = 0.0;
            self.newest = Some((sent, remaining, edge));
        }
        let is_later = edge.zip(self.edge).is_some_and(|(edge, known)| edge.is_after(known));
        let rises = is_newer && remaining > self.remaining + 0.5;
        if is_newer && self.asks > 0 && is_later || rises && (is_later || self.is_most(remaining)) {
            self.begin(remaining, edge, sent, now);
        } else {
            self.refills |= rises && self.edge.is_some_and(|known| now < known.earliest);
            if rises || remaining <= self.remaining {
                (self.remaining, self.heard) = (remaining, now);
            }
            self.edge = match (self.edge, edge) {
                (Some(known), Some(edge)) => Some(known.and(edge)),
                (known, edge) => edge.or(known),
            };
        }
        self.hold_back(now, trip);
    }

    /// Whether so much remains only after a window began.
    fn is_most(&self, remaining: f64) -> bool {
        self.limit.is_some_and(|limit| remaining + 1.0 >= MOST_OF_IT * limit)
    }

    /// A window has begun.
    fn begin(&mut self, remaining: f64, told: Option<Edge>, sent: Seconds, now: Seconds) {
        let before = self.edge.filter(|edge| edge.latest <= now);
        let seen = Edge { earliest: before.map_or(self.heard, |edge| edge.earliest), latest: now };
        if self.window.is_none() {
            // Two ends that were told are a period apart, whatever the clocks say.
            let apart = |edge: Edge| edge.latest - before.unwrap_or(seen).latest;
            self.period = told.map(apart).filter(|apart| *apart > 0.5).or(self.period);
        }
        // Were it no window, what our calls have taken were not back yet.
        let is_whole = self.limit.is_some_and(|limit| remaining + 1.0 >= limit);
        let is_early = self.own.as_ref().is_some_and(|own| own.due(1.0) > sent);
        self.is_regular = before.is_some() && self.asks == 1 && is_whole && is_early;
        let expected = self.period.map(|period| seen.after(period));
        self.edge = match (expected, told) {
            (Some(expected), Some(told)) => Some(expected.and(told)),
            (expected, told) => told.or(expected),
        };
        (self.remaining, self.heard, self.unheard) = (remaining, now, 0.0);
        (self.remained, self.taken, self.began) = (remaining, 0.0, sent);
        (self.asks, self.asked) = (0, now);
    }

    /// Plans which calls are held back, in order to know when the window ends.
    fn hold_back(&mut self, now: Seconds, trip: Seconds) {
        self.soundings = 0;
        let Some(edge) = self.edge else { return };
        let length = self.period.unwrap_or(edge.latest - self.began);
        let soundings = edge.soundings((TOLERANCE * length).max(trip / 2.0));
        if let Some(at) = edge.sounding(now, trip).filter(|_| soundings > 0) {
            (self.soundings, self.sounding) = (soundings, at);
        }
    }

    pub(super) fn due(&self, asking: Asking) -> Seconds {
        let takes = self.takes(1.0, asking.cost);
        if self.unit == QuotaUnit::ConcurrentRequests {
            let room = self.limit.is_none_or(|limit| f64::from(asking.in_flight.calls) + 1.0 <= limit);
            return if room || asking.in_flight.calls == 0 { 0.0 } else { Seconds::INFINITY };
        }
        let takes = takes.min(self.limit.map_or(takes, |limit| limit.max(1.0)));
        let available = self.available(asking.in_flight);
        if available < takes {
            let own = self.own.as_ref().filter(|_| self.is_alone());
            let own = own.map_or(Seconds::INFINITY, |own| own.due(takes));
            let news = if self.has_to_ask(takes, asking.in_flight) {
                self.ask(asking.trip)
            } else {
                self.last + patience(asking.trip)
            };
            return own.min(news);
        }
        let is_held = asking.waiting as f64 > available && available - takes < f64::from(self.soundings);
        if is_held { self.sounding } else { 0.0 }
    }

    pub(super) fn earliest(&self, asking: Asking) -> Seconds {
        match self.edge {
            Some(edge) if self.remaining < 1.0 && self.unit == QuotaUnit::Requests => {
                edge.earliest.min(self.due(asking))
            }
            _ => 0.0,
        }
    }

    /// How long it takes until there is one more, if the limit comes back little by little.
    fn interval(&self) -> Option<Seconds> {
        Some(self.window? / self.limit?.max(1.0))
    }

    /// Whether more is there only after a while; else the answers to the calls in flight may tell that it is.
    fn has_to_ask(&self, takes: f64, in_flight: InFlight) -> bool {
        self.remaining < takes || in_flight.calls == 0
    }

    fn is_alone(&self) -> bool {
        self.loss() < OTHERS
    }

    /// When a call asks whether there is more; once an hour at least.
    fn ask(&self, trip: Seconds) -> Seconds {
        let since = self.asked.max(self.heard);
        let longest = self.period.unwrap_or(LONGEST_CLOSURE).clamp(1.0, LONGEST_CLOSURE);
        let pause = |first: Seconds| (first * 2_f64.powi(self.asks.min(16))).min(longest);
        let ask = match (self.interval().filter(|_| self.refills), self.edge) {
            (Some(interval), _) => since + pause(interval),
            (None, Some(edge)) if self.asks == 0 => edge.latest,
            // The answer to the last says it.
            (None, Some(edge)) => edge.latest.max(self.asked + pause(trip.max(SHORTEST_PAUSE))),
            (None, None) => since + pause(FIRST_ASK),
        };
        ask.min(since + LONGEST_CLOSURE)
    }

    pub(super) fn sent(&mut self, now: Seconds, asking: Asking) {
        let Asking { in_flight, cost, waiting, trip } = asking;
        let takes = self.takes(1.0, cost);
        let available = self.available(in_flight);
        if available < takes && self.has_to_ask(takes, in_flight) {
            match self.edge.filter(|edge| self.is_regular && self.is_alone() && edge.latest <= now) {
                Some(edge) => self.roll(edge, now, trip),
                None => (self.asks, self.asked) = (self.asks.saturating_add(1), now),
            }
        }
        if self.soundings > 0 && waiting as f64 > available && available - takes < f64::from(self.soundings) {
            // The next one goes when this one is back, or before it is too late.
            let last = self.edge.map_or(now, |edge| edge.earliest - 2.0 * trip);
            (self.soundings, self.sounding) = if now < last { (self.soundings - 1, last) } else { (0, now) };
        }
        self.taken += takes;
        self.last = now;
        if let Some(own) = &mut self.own {
            own.sent(now, takes);
        }
    }

    /// The next window begins, unasked: with the first call that arrives, or by the clock.
    fn roll(&mut self, edge: Edge, now: Seconds, trip: Seconds) {
        let limit = self.limit.unwrap_or(self.remained);
        let arrived = Edge { earliest: edge.earliest, latest: now + 2.0 * trip };
        self.edge = self.period.map(|period| arrived.after(period));
        (self.remaining, self.heard, self.unheard) = (limit, now, 0.0);
        (self.remained, self.taken, self.began) = (limit, 0.0, now);
        (self.asks, self.asked, self.soundings) = (0, now, 0);
    }

    /// A call ended that was sent then; the limit let it pass, or that is not known.
    pub(super) fn ended(&mut self, sent: Seconds, now: Seconds, cost: f64, end: Ended) {
        let takes = self.takes(1.0, cost);
        if let Some(own) = &mut self.own {
            own.ended(now, sent, takes);
        }
        if !end.is_heard {
            self.unheard += takes;
        }
        if end.is_accepted && self.asks > 0 && sent >= self.asked {
            // It asked, and passed, so there is more.
            match self.newest.filter(|(of, ..)| end.is_heard && *of >= sent) {
                Some((_, remaining, edge)) => self.begin(remaining, edge, sent, now),
                None if !end.is_heard => self.begin(self.remained, None, sent, now),
                None => {}
            }
        }
    }

    /// A call was refused; returns whether this limit explains it.
    pub(super) fn refused(&mut self, now: Seconds, hint: Option<Seconds>, in_flight: InFlight) -> bool {
        self.refusals += 1;
        if self.refusals >= DISTRUST {
            self.own = None;
        }
        let explains = self.unit != QuotaUnit::ConcurrentRequests && self.available(in_flight) < 1.0;
        if explains && self.edge.is_none() {
            self.edge = hint.map(|hint| Edge { earliest: now + hint - 1.0, latest: now + hint });
        }
        explains
    }

    /// As it is now.
    pub(super) fn as_of(&self, now: Seconds) -> RateLimit {
        let mut limit = RateLimit::new().with_unit(self.unit);
        limit.name.clone_from(&self.name);
        limit.limit = self.limit.map(|limit| limit as u64);
        limit.remaining = self.remaining.is_finite().then_some(self.remaining as u64);
        limit.reset = self.edge.map(|edge| from(now, edge.latest));
        limit.window = self.window.map(|window| from(0.0, window));
        limit
    }
}
