//! When the next call may go: the decision, without a clock, a queue or a wait. Time comes in as seconds.
//!
//! Each part knows one reason to wait, and the latest of them counts: the limits that were told when the pacer was made,
//! the one that is found by trying, what the server says of its own, and how many calls may be in flight.

use super::Learned;
use super::adaptive::Adaptive;
use super::at_once::AtOnce;
use super::plan::{Counts, MOST, Plan, Quota};
use super::spread::Spread;
use super::words::{self, Asking, InFlight, Words};
use crate::rate_limit::RateLimit;

/// Seconds since the pacer was first used.
pub(super) type Seconds = f64;

/// A wait that ended later than asked for, by timer or scheduler, is made up for by this much: the next calls come as
/// they would have come. (A timer that counts milliseconds would else cost a tenth of the rate at 100 calls a second.)
pub(super) const CATCH_UP: Seconds = 0.005;

/// The longest that a gate stays closed, whatever a server says; then one call asks again.
pub(super) const LONGEST_CLOSURE: Seconds = 3600.0;

/// As long as the server's words explain all refusals, so many times as many calls are in flight as have passed.
const HASTE: u32 = 4;

/// How long calls take, before it is known.
const FIRST_TRIP: Seconds = 0.05;

/// How long the answers to the calls in flight are waited for, before another goes without them.
pub(super) fn patience(trip: Seconds) -> Seconds {
    (4.0 * trip).max(1.0)
}

/// What is remembered of a call until it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Sent {
    /// When it was let go.
    pub(super) at: Seconds,
    /// The calls per second at which it went, if the pacer held it; a call that came later than that says nothing of
    /// the pace.
    pub(super) pace: Option<f64>,
    /// Which decision it belongs to: news of an older one is no news.
    pub(super) epoch: u32,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum End {
    /// The limit let it pass.
    Accepted,
    /// The limit refused it, and said for how long, or didn't.
    Refused(Option<Seconds>),
    /// Without news of the limit: it failed otherwise, or was dropped.
    Unknown,
}

/// The start of the interval after a call: where it was due, if it waited, else where it is.
pub(super) fn base(due: Seconds, now: Seconds, waited: bool) -> Seconds {
    if waited { due.max(now - CATCH_UP) } else { due.max(now) }
}

/// The state of a limit that was told.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
enum Meter {
    Spread(Spread),
    AtOnce(AtOnce),
}

/// A limit that was told.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
struct Limit {
    counts: Counts,
    meter: Meter,
}

impl Limit {
    fn new(quota: Quota) -> Self {
        let meter =
            if quota.spread { Meter::Spread(Spread::new(quota)) } else { Meter::AtOnce(AtOnce::new(quota)) };
        Self { counts: quota.counts, meter }
    }

    /// What a call takes of it.
    fn takes(&self, cost: u64) -> f64 {
        match self.counts {
            Counts::Costs => cost as f64,
            Counts::Calls => 1.0,
        }
    }

    fn due(&self, cost: u64) -> Seconds {
        match &self.meter {
            Meter::Spread(spread) => spread.due(),
            Meter::AtOnce(at_once) => at_once.due(self.takes(cost)),
        }
    }

    fn earliest(&self, cost: u64) -> Seconds {
        match &self.meter {
            Meter::Spread(spread) => spread.due(),
            Meter::AtOnce(at_once) => at_once.earliest(self.takes(cost)),
        }
    }

    fn sent(&mut self, now: Seconds, cost: u64, waited: bool) {
        let takes = self.takes(cost);
        match &mut self.meter {
            Meter::Spread(spread) => spread.sent(now, takes, waited),
            Meter::AtOnce(at_once) => at_once.sent(now, takes),
        }
    }

    fn settle(&mut self, before: u64, cost: u64) {
        let more = self.takes(cost) - self.takes(before);
        match &mut self.meter {
            Meter::Spread(spread) => spread.settle(more),
            Meter::AtOnce(at_once) => at_once.settle(more),
        }
    }

    fn ended(&mut self, now: Seconds, sent: Seconds, cost: u64, end: End) {
        let takes = self.takes(cost);
        if let Meter::AtOnce(at_once) = &mut self.meter {
            at_once.ended(now, sent, takes);
            if let End::Refused(_) = end {
                at_once.refused(now);
            }
        }
    }

    fn rate(&self) -> f64 {
        match &self.meter {
            Meter::Spread(spread) => spread.rate(),
            Meter::AtOnce(at_once) => at_once.rate(),
        }
    }

    fn set_rate(&mut self, rate: f64) {
        match &mut self.meter {
            Meter::Spread(spread) => spread.set_rate(rate),
            Meter::AtOnce(at_once) => at_once.set_rate(rate),
        }
    }
}

/// All reasons to wait.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Controller {
    told: [Option<Limit>; MOST],
    adaptive: Option<Adaptive>,
    words: Words,
    max_in_flight: u32,
    in_flight: InFlight,
    /// When the last call went.
    last: Seconds,
    /// A moving average of how long calls take.
    trip: Seconds,
    /// Until when a refusal keeps the gate closed; an adaptive pacer knows that by itself.
    closed: Seconds,
}

impl Controller {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            told: plan.quotas.map(|quota| quota.map(Limit::new)),
            adaptive: plan.adaptive.then(Adaptive::new),
            words: Words::new(),
            max_in_flight: plan.max_in_flight.unwrap_or(u32::MAX),
            in_flight: InFlight::default(),
            last: 0.0,
            trip: FIRST_TRIP,
            closed: 0.0,
        }
    }

    fn asking(&self, cost: u64, waiting: usize) -> Asking {
        Asking { cost: cost as f64, in_flight: self.in_flight, waiting, trip: self.trip }
    }

    /// When a call of this cost may go, if nothing happens before, while so many wait; infinite, if another has to end
    /// before.
    pub(super) fn due(&self, cost: u64, waiting: usize) -> Seconds {
        self.due_by_rate().max(self.due_by_others(cost, waiting))
    }

    /// When one may go by the limit that is found by trying.
    fn due_by_rate(&self) -> Seconds {
        match &self.adaptive {
            None => self.closed,
            // What the server tells is believed, but not all at once.
            Some(_) if self.words.are_all() => {
                let most = self.words.passed().saturating_add(1).saturating_mul(HASTE);
                let is_crowded = self.in_flight.calls > most;
                if is_crowded { self.closed.max(self.last + patience(self.trip)) } else { self.closed }
            }
            Some(adaptive) => adaptive.due().max(self.closed),
        }
    }

    /// The same, but for the limit that is found by trying.
    fn due_by_others(&self, cost: u64, waiting: usize) -> Seconds {
        if self.in_flight.calls >= self.max_in_flight {
            return Seconds::INFINITY;
        }
        let told = self.told.iter().flatten().map(|told| told.due(cost)).fold(0.0, Seconds::max);
        told.max(self.words.due(self.asking(cost, waiting)))
    }

    /// No call of this cost goes before this, whatever happens.
    pub(super) fn earliest(&self, cost: u64, waiting: usize) -> Seconds {
        let by_rate = match &self.adaptive {
            Some(adaptive) if !self.words.are_all() => adaptive.earliest().max(self.closed),
            _ => self.closed,
        };
        let told = self.told.iter().flatten().map(|told| told.earliest(cost)).fold(by_rate, Seconds::max);
        told.max(self.words.earliest(self.asking(cost, waiting)))
    }

    /// A call goes; `waited` if it was held until now. So many others wait.
    pub(super) fn sent(&mut self, now: Seconds, cost: u64, waited: bool, waiting: usize) -> Sent {
        let by_others = if self.adaptive.is_some() { self.due_by_others(cost, waiting + 1) } else { 0.0 };
        let sent = match &mut self.adaptive {
            None => Sent { at: now, pace: None, epoch: 0 },
            // What another limit held says nothing of the pace.
            Some(adaptive) => {
                let waited =
                    waited && !self.words.are_all() && by_others <= adaptive.due().max(now - CATCH_UP);
                adaptive.sent(now, waited, waiting)
            }
        };
        self.told.iter_mut().flatten().for_each(|told| told.sent(now, cost, waited));
        self.words.sent(now, self.asking(cost, waiting + 1));
        self.last = now;
        self.in_flight.calls += 1;
        self.in_flight.cost += cost as f64;
        sent
    }

    /// The answer to a call tells of the server's limits.
    pub(super) fn told(&mut self, now: Seconds, sent: Seconds, limits: impl IntoIterator<Item = RateLimit>) {
        self.words.told(limits, sent, now, self.trip);
    }

    /// The cost of a call in flight is another.
    pub(super) fn settle(&mut self, before: u64, cost: u64) {
        self.in_flight.cost += cost as f64 - before as f64;
        self.told.iter_mut().flatten().for_each(|told| told.settle(before, cost));
    }

    /// A call ended; `is_heard` if the server told of its limits.
    pub(super) fn ended(&mut self, now: Seconds, sent: Sent, cost: u64, end: End, is_heard: bool) {
        self.in_flight.calls = self.in_flight.calls.saturating_sub(1);
        self.in_flight.cost = (self.in_flight.cost - cost as f64).max(0.0);
        if end != End::Unknown {
            self.trip += (now - sent.at - self.trip) / 8.0;
        }
        self.told.iter_mut().flatten().for_each(|told| told.ended(now, sent.at, cost, end));
        let of_words = words::Ended { is_accepted: end == End::Accepted, is_heard };
        self.words.ended(sent.at, now, cost as f64, of_words);
        match end {
            End::Refused(hint) => self.refused(now, sent, hint.map(|hint| hint.min(LONGEST_CLOSURE))),
            End::Accepted => {
                if let Some(adaptive) = &mut self.adaptive {
                    adaptive.accepted(now, sent);
                }
            }
            End::Unknown => {
                if let Some(adaptive) = &mut self.adaptive {
                    adaptive.ended();
                }
            }
        }
    }

    fn refused(&mut self, now: Seconds, sent: Sent, hint: Option<Seconds>) {
        let is_explained = self.words.refused(now, hint, self.in_flight);
        let rest = match &mut self.adaptive {
            Some(adaptive) if !is_explained => return adaptive.throttled(now, sent, hint),
            // It says nothing of a limit that nobody told.
            Some(adaptive) => {
                adaptive.ended();
                0.0
            }
            // Without a hint, the next call takes an interval's rest.
            None => self.rate().map_or(0.0, f64::recip),
        };
        self.closed = self.closed.max(now + hint.unwrap_or(rest));
    }

    /// How long calls take.
    #[cfg(feature = "fleet")]
    pub(super) fn trip(&self) -> Seconds {
        self.trip
    }

    /// No call goes before that.
    #[cfg(feature = "fleet")]
    pub(super) fn close_until(&mut self, until: Seconds) {
        self.closed = self.closed.max(until);
    }

    /// Calls per second at present, if known.
    pub(super) fn rate(&self) -> Option<f64> {
        let told = self.told.iter().flatten().map(Limit::rate);
        let found = self.adaptive.as_ref().and_then(Adaptive::rate);
        told.chain(found).reduce(f64::min)
    }

    /// What is known of the limit that is found by trying.
    pub(super) fn learned(&self) -> Option<Learned> {
        self.adaptive.as_ref().and_then(Adaptive::learned)
    }

    /// Sets the rate of the first limit that was told; false if none was.
    pub(super) fn set_rate(&mut self, rate: f64) -> bool {
        let first = self.told.iter_mut().flatten().next();
        first.map(|told| told.set_rate(rate)).is_some()
    }

    /// Calls that have had their turn and have not ended.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.calls
    }

    /// What the server told, as it is now.
    pub(super) fn limits(&self, now: Seconds) -> Vec<RateLimit> {
        self.words.limits(now)
    }
}
