//! An unknown rate, found by what passes and what is refused.
//!
//! Four phases. *First*: one call alone, which tells how long calls take. *Slow start*: the pace grows by half per such time, until a call is
//! refused. *Search*: the limit lies between a pace that was let through and one that was refused; paces between them
//! are tried while the two are far apart. *Cruise*: just below the limit, with a little more tried now and then.
//!
//! The first refusal in an epoch closes the gate for as long as the server says, narrows the bracket, and begins a new
//! epoch. Refusals of calls that were sent before that say nothing new, and only keep the gate closed.

use super::controller::{Seconds, Sent, base};

mod accepts;
mod curve;

use accepts::Accepts;
use curve::Curve;

/// The pace grows by this factor per round trip in slow start.
const GROWTH: f64 = 1.5;
/// The lowest pace: two calls in four minutes.
const SLOWEST: f64 = 1.0 / 120.0;
/// How long the first call, or those in flight when slow start ends, are waited for before another goes.
const PATIENCE: Seconds = 1.0;
/// A bracket wider than this is searched, not cruised in.
const WIDE: f64 = 1.5;
/// A search ends when the bracket is narrower than this.
const NARROW: f64 = 1.2;
/// So many calls at least between two times that the limit is exceeded.
const CALLS_PER_CYCLE: f64 = 48.0;
/// ... but no longer than this.
const LONGEST_CYCLE: Seconds = 60.0;
/// ... and so small a share of the time closed, once the limit is known well.
const SHARE_CLOSED: f64 = 0.04;
/// An epoch of fewer accepted calls says little about the limit.
const SHORT_EPOCH: u64 = 32;
/// How much of a rate that was proven is still trusted after one, two, three, more short epochs.
const TRUST: [f64; 4] = [0.94, 0.8, 0.5, 0.25];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    First,
    Slow {
        rate: f64,
    },
    /// Slow start is over: what becomes of the calls in flight tells of the limit.
    Settling {
        rate: f64,
        sent: u32,
        accepted: u32,
        until: Seconds,
    },
    Search {
        rate: f64,
        accepted: u32,
        needed: u32,
    },
    Cruise(Curve),
}

/// Two paces between which the limit lies: one that is let through, and one that is not.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bracket {
    low: f64,
    high: f64,
}

impl Bracket {
    fn width(self) -> f64 {
        self.high / self.low
    }

    fn middle(self) -> f64 {
        (self.low * self.high).sqrt()
    }
}

/// The pace of a limit that is found by trying.
#[derive(Debug)]
pub(super) struct Adaptive {
    phase: Phase,
    epoch: u32,
    in_flight: u32,
    /// When the next call is due, were the gate open.
    next: Seconds,
    /// Until when the gate is closed.
    closed: Seconds,
    /// When the last call went, in this epoch.
    last: Option<Seconds>,
    /// A moving average of how long calls take.
    round_trip: Option<Seconds>,
    accepts: Accepts,
    bracket: Bracket,
    /// As many calls may have been saved up by the server.
    burst: f64,
    /// A rate that was let through for long.
    proven: Option<f64>,
    short_epochs: usize,
    long_epochs: i32,
    /// Refusals since a call was last accepted.
    streak: i32,
    hint: Option<Seconds>,
    slowest: f64,
}

impl Adaptive {
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::First,
            epoch: 0,
            in_flight: 0,
            next: 0.0,
            closed: 0.0,
            last: None,
            round_trip: None,
            accepts: Accepts::new(),
            bracket: Bracket { low: 0.0, high: 0.0 },
            burst: 1.0,
            proven: None,
            short_epochs: 0,
            long_epochs: 0,
            streak: 0,
            hint: None,
            slowest: SLOWEST,
        }
    }

    pub(super) fn due(&self) -> Seconds {
        match self.phase {
            Phase::First if self.in_flight == 0 => self.closed,
            Phase::Settling { until, .. } if self.in_flight > 0 => until.max(self.closed),
            _ => self.next.max(self.closed),
        }
    }

    pub(super) fn earliest(&self) -> Seconds {
        match self.phase {
            Phase::First | Phase::Settling { .. } => self.closed,
            _ => self.next.max(self.closed),
        }
    }

    pub(super) fn rate(&self) -> Option<f64> {
        let rate = match self.phase {
            Phase::First => return None,
            Phase::Slow { rate } | Phase::Settling { rate, .. } | Phase::Search { rate, .. } => rate,
            Phase::Cruise(curve) => curve.rate(),
        };
        Some(rate.max(self.slowest))
    }

    pub(super) fn sent(&mut self, now: Seconds, waited: bool) -> Sent {
        self.in_flight = self.in_flight.saturating_add(1);
        if let Phase::Settling { .. } = self.phase {
            self.settled(now);
        }
        let Some(rate) = self.rate() else {
            self.next = now + PATIENCE;
            return Sent { at: now, pace: None, epoch: self.epoch };
        };
        if let (Phase::Cruise(curve), Some(last), true) = (&mut self.phase, self.last, waited) {
            curve.advance((now - last).min(1.0 / rate));
        }
        let rate = self.rate().unwrap_or(rate);
        self.last = Some(now);
        self.next = base(self.next.max(self.closed), now, waited) + 1.0 / rate;
        Sent { at: now, pace: waited.then_some(rate), epoch: self.epoch }
    }

    pub(super) fn accepted(&mut self, now: Seconds, sent: Sent) {
        self.end(now, sent, 1);
        self.measure(now - sent.at);
        self.accepts.add(now);
        self.streak = 0;
        let trip = self.trip();
        match &mut self.phase {
            Phase::First => self.begin(now),
            Phase::Slow { rate } if sent.pace.is_some() => *rate += (GROWTH - 1.0) / trip,
            Phase::Search { accepted, .. } if sent.epoch == self.epoch && sent.pace.is_some() => {
                *accepted += 1;
                self.searched();
            }
            _ => {}
        }
    }

    pub(super) fn throttled(&mut self, now: Seconds, sent: Sent, hint: Option<Seconds>) {
        self.end(now, sent, 0);
        self.measure(now - sent.at);
        self.hint = hint.filter(|hint| *hint > 0.0);
        if let Some(hint) = self.hint {
            self.slowest = SLOWEST.max(1.0 / (16.0 * hint));
        }
        if sent.epoch == self.epoch {
            self.exceeded(now, sent);
        } else {
            self.close(now);
        }
    }

    pub(super) fn ended(&mut self, now: Seconds, _: Sent) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.settle(now);
    }

    fn trip(&self) -> Seconds {
        self.round_trip.unwrap_or(0.05).max(1e-6)
    }

    fn measure(&mut self, trip: Seconds) {
        let trip = trip.max(1e-6);
        self.round_trip = Some(self.round_trip.map_or(trip, |mean| mean + (trip - mean) / 8.0));
    }

    fn end(&mut self, now: Seconds, of: Sent, passed: u32) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let epoch = self.epoch;
        if let Phase::Settling { sent, accepted, .. } = &mut self.phase
            && of.epoch.wrapping_add(1) == epoch
        {
            *sent += 1;
            *accepted += passed;
        }
        self.settle(now);
    }

    fn settle(&mut self, now: Seconds) {
        if matches!(self.phase, Phase::Settling { .. }) && self.in_flight == 0 {
            self.settled(now);
        }
    }

    fn begin(&mut self, now: Seconds) {
        self.phase = Phase::Slow { rate: 1.0 / self.trip() };
        self.next = now;
        self.last = Some(now);
    }

    fn close(&mut self, now: Seconds) {
        let back_off = || {
            let rate = self.rate().unwrap_or(self.slowest);
            (1.0 / rate).max(self.trip()) * 2_f64.powi((self.streak - 2).clamp(0, 6))
        };
        self.closed = self.closed.max(now + self.hint.unwrap_or_else(back_off));
    }

    fn searched(&mut self) {
        let Phase::Search { rate, accepted, needed } = self.phase else { return };
        if accepted >= needed {
            self.bracket.low = self.bracket.low.max(rate);
            self.narrowed(NARROW);
        }
    }

    fn narrowed(&mut self, wide: f64) {
        if self.bracket.width() >= wide {
            self.search();
        } else {
            self.cruise();
        }
    }

    fn search(&mut self) {
        let rate = self.bracket.middle();
        let needed = ((rate * self.trip()).ceil() as u32).saturating_add(2).max(3);
        self.phase = Phase::Search { rate, accepted: 0, needed };
    }

    fn cruise(&mut self) {
        let Bracket { low, high } = self.bracket;
        let plateau = low.max((0.99 * high).min(self.bracket.middle()));
        let closed = self.hint.unwrap_or(0.0) * (1.0 / SHARE_CLOSED).min(3.0 * 2_f64.powi(self.long_epochs));
        let span = (CALLS_PER_CYCLE / plateau).min(LONGEST_CYCLE).max(closed).max(20.0 * self.trip());
        self.phase = Phase::Cruise(Curve::new(low, plateau, span));
    }

    fn settled(&mut self, now: Seconds) {
        let _ = now;
        let Phase::Settling { rate, sent, accepted, .. } = self.phase else { return };
        let (sent, accepted, trip) = (f64::from(sent), f64::from(accepted), self.trip());
        if sent >= 4.0 && accepted >= 2.0 {
            let g = (accepted / trip).min(rate);
            let ln = GROWTH.ln();
            self.burst = (1.0 + trip / ln * (rate - g) - g * trip * (rate / g).ln() / ln).max(1.0);
            self.bracket.low = self.bracket.low.max((accepted - 1.0) / trip);
            self.bracket.high = rate.min(2.0 * (accepted + 1.0) / trip);
            self.proven = Some(self.bracket.low);
        } else if sent >= 3.0 && accepted >= 1.0 {
            self.bracket.high = self.bracket.high.min(2.0 * rate * (accepted + 1.0) / sent);
        }
        self.bracket.low = self.bracket.low.min(0.98 * self.bracket.high);
        self.narrowed(NARROW);
    }

    fn exceeded(&mut self, now: Seconds, sent: Sent) {
        self.streak += 1;
        let count = self.accepts.count();
        let base = self.hint.map(f64::recip);
        let mut over = sent.pace.or(self.rate()).unwrap_or(self.slowest);
        let mut low;
        match self.phase {
            Phase::First => {
                over = 1.0 / self.trip();
                low = base.unwrap_or(over / 64.0);
            }
            Phase::Slow { .. } => {
                self.burst = count as f64 + 1.0;
                low = base.unwrap_or(over / 16.0);
            }
            _ => {
                low = self.accepts.goodput(now, self.burst);
                if over <= 1.02 * self.bracket.low {
                    self.burst = 1.5 * self.burst + 1.0;
                }
                if count < 8 {
                    low = low.max(base.filter(|base| *base < over).unwrap_or(over / 4.0));
                }
            }
        }
        let later = matches!(self.phase, Phase::Cruise(_) | Phase::Search { .. });
        if let (Some(proven), true) = (self.proven, later && count < SHORT_EPOCH) {
            low = low.max(proven * TRUST[self.short_epochs.min(3)]);
            self.short_epochs += 1;
        } else if matches!(self.phase, Phase::Cruise(_)) {
            self.proven = Some(low);
            self.short_epochs = 0;
            self.long_epochs = (self.long_epochs + 1).min(6);
        }
        let high = over.max(self.slowest);
        self.bracket = Bracket { low: low.min(high * 0.98).max(self.slowest * 0.5), high };
        let slow = matches!(self.phase, Phase::Slow { .. });
        self.epoch = self.epoch.wrapping_add(1);
        self.accepts.restart(now);
        self.close(now);
        self.last = None;
        self.next = self.closed;
        if slow {
            let until = now + PATIENCE.max(4.0 * self.trip());
            self.phase = Phase::Settling { rate: over, sent: 1, accepted: 0, until };
            self.settle(now);
        } else {
            self.narrowed(if count < SHORT_EPOCH { WIDE } else { f64::INFINITY });
        }
    }
}
