//! An unknown rate, found by what passes and what is refused.
//!
//! Six phases. *First*: one call alone, which tells how long calls take. *Slow start*: the pace doubles per such time at
//! most, and what is in flight stays a small share of what passed and waits, until a call is refused. *Settling*: what becomes of the
//! calls in flight then tells of the limit. *Search*: the limit lies between a pace that was let through and one that
//! was refused; paces between them are tried while the two are far apart. *Cruise*: just below the limit, with a little
//! more tried now and then. *Window*: a quota is used soon after a window of time begins, and then the next is awaited.
//!
//! The first refusal in an epoch closes the gate for as long as the server says, narrows the bracket, and begins a new
//! epoch. Refusals of calls that were sent before that say nothing new, and only keep the gate closed. If the server
//! says nothing, or more than a second, one call at a time asks whether the gate is open. What passed from one opening
//! to the next is what the limit allows in that time, of whatever kind it is.

use std::time::Duration;

use super::Learned;
use super::controller::{LONGEST_CLOSURE, Seconds, Sent, base, patience};

mod accepts;
mod curve;
mod findings;
mod opening;
mod settling;
mod shut;
mod slow;
#[cfg(test)]
mod tests;
mod window;

use accepts::Accepts;
use curve::Curve;
use findings::{Bracket, Findings, Refusal, SHORT_EPOCH};
use settling::{GROWTH, Settling};
use shut::Shut;
use window::Window;

/// The lowest pace: one call in two minutes, or 16 times the server's hint.
const SLOWEST: f64 = 1.0 / 120.0;
/// The highest pace, which no caller notices.
const FASTEST: f64 = 1e9;
/// How long the first call, or those in flight when slow start ends, are waited for before another goes.
const PATIENCE: Seconds = 1.0;
/// Calls that take less or more than this count as this: the pace of slow ones still has to be found in time.
const SHORTEST_TRIP: Seconds = 1e-6;
const LONGEST_TRIP: Seconds = 5.0;
/// A closure that is no longer may be that of a limit by the second.
const SECOND: Seconds = 1.0;
/// A bracket wider than this is searched at once, not cruised in.
const WIDE: f64 = 1.5;
/// A search ends when the bracket is narrower than this.
const NARROW: f64 = 1.2;
/// So many calls at least from the start of a cruise to its plateau
const CALLS_PER_CRUISE: f64 = 48.0;
/// ... but for them no longer than this.
const LONGEST_CRUISE: Seconds = 3600.0;
/// From the plateau to a little beyond it, no longer than so many times as long as the gate was closed.
const LONGEST_PROBE: f64 = 25.0;

#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
enum Phase {
    First,
    Slow { rate: f64 },
    Settling(Settling),
    Search { rate: f64, accepted: u32, needed: u32 },
    Cruise(Curve),
    Window(Window),
}

/// The pace of a limit that is found by trying.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Adaptive {
    phase: Phase,
    epoch: u32,
    in_flight: u32,
    /// When the next call is due, were the gate open.
    next: Seconds,
    /// Until when the gate is closed.
    closed: Seconds,
    /// When the last call of this epoch went, and the pace that the next call after it was held to.
    last: Option<(Seconds, f64)>,
    /// A moving average of how long calls take.
    round_trip: Option<Seconds>,
    accepts: Accepts,
    findings: Findings,
    /// Epochs begun since a call was last accepted.
    streak: i32,
    /// How long the server said to stay away, the last time.
    hint: Option<Seconds>,
    /// Callers that waited when the last call went, and when that was.
    waiting: usize,
    last_sent: Seconds,
    /// Since when calls pass, and how many did.
    opened: Seconds,
    passed: u32,
    /// The gate is closed until a call passes.
    shut: Option<Shut>,
    /// What is known of windows, while more than their quota is tried.
    window: Option<Window>,
    /// The limit is no quota that may be used at once.
    smooth: bool,
    /// From one opening of the gate to the next, where that is long.
    cycle: Seconds,
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
            findings: Findings::new(),
            streak: 0,
            hint: None,
            waiting: 0,
            last_sent: 0.0,
            opened: 0.0,
            passed: 0,
            shut: None,
            window: None,
            smooth: false,
            cycle: 0.0,
        }
    }

    pub(super) fn due(&self) -> Seconds {
        let due = self.next.max(self.closed);
        match (self.phase, self.shut) {
            (Phase::First, _) if self.in_flight == 0 => self.closed,
            (Phase::Settling(settling), _) if self.in_flight > 0 => settling.until.max(self.closed),
            // One call at a time asks whether the gate is open.
            (_, Some(shut)) if shut.asked => self.closed.max(self.patience()),
            (_, Some(_)) => self.closed,
            (Phase::Window(window), _) if window.is_used_up() => {
                due.max(window.ends() + self.trip()).min(self.last_sent + LONGEST_CLOSURE)
            }
            (Phase::Window(window), _) if !window.has_room(self.in_flight) => due.max(self.patience()),
            (Phase::Slow { .. }, _) if self.is_crowded() => due.max(self.patience()),
            _ => due,
        }
    }

    pub(super) fn earliest(&self) -> Seconds {
        match self.phase {
            Phase::First | Phase::Settling(_) => self.closed,
            _ if self.shut.is_some() => self.closed,
            Phase::Window(window) if window.is_used_up() => self.due(),
            _ => self.next.max(self.closed),
        }
    }

    /// Until when news of the calls in flight is waited for.
    fn patience(&self) -> Seconds {
        self.last_sent + patience(self.trip())
    }

    pub(super) fn rate(&self) -> Option<f64> {
        let rate = match self.phase {
            Phase::First => return None,
            Phase::Slow { rate } | Phase::Search { rate, .. } => rate,
            Phase::Settling(settling) => settling.pace,
            Phase::Cruise(curve) => curve.rate(),
            Phase::Window(window) => window.pace(),
        };
        Some(rate.clamp(self.slowest(), FASTEST))
    }

    /// What is known of the limit, once a call was refused.
    pub(super) fn learned(&self) -> Option<Learned> {
        let window = match self.phase {
            Phase::Window(window) => Some(window),
            _ => self.window,
        };
        let Bracket { low, high } = self.findings.bracket;
        match window {
            Some(window) => {
                let length = Duration::try_from_secs_f64(window.period).unwrap_or(Duration::MAX);
                Some(Learned::Window { calls: window.quota, length })
            }
            None if high > 0.0 => Some(Learned::Rate { passes: low, refused: high }),
            None => None,
        }
    }

    /// A call goes; so many others wait.
    pub(super) fn sent(&mut self, now: Seconds, waited: bool, waiting: usize) -> Sent {
        if let Phase::Settling(settling) = self.phase {
            self.settled(settling);
        }
        if !waited {
            // Nobody waited for the limit in the meantime.
            self.opened += (now - self.last_sent - PATIENCE).max(0.0);
        }
        (self.waiting, self.last_sent) = (waiting, now);
        self.in_flight = self.in_flight.saturating_add(1);
        self.count(now);
        let Some(rate) = self.rate() else {
            self.next = now + PATIENCE;
            return Sent { at: now, pace: None, epoch: self.epoch };
        };
        let (last, pace) = self.last.unwrap_or((now, rate));
        if let (Phase::Cruise(curve), true) = (&mut self.phase, waited) {
            curve.advance((now - last).min(1.0 / rate));
        }
        let rate = self.rate().unwrap_or(rate);
        self.last = Some((now, rate));
        self.next = base(self.next.max(self.closed), now, waited) + 1.0 / rate;
        self.try_more();
        Sent { at: now, pace: waited.then_some(pace), epoch: self.epoch }
    }

    pub(super) fn accepted(&mut self, now: Seconds, sent: Sent) {
        self.returned(now, sent, true);
        self.accepts.add(now);
        self.streak = 0;
        self.pass(now, sent);
        match &mut self.phase {
            Phase::First => self.begin(now),
            Phase::Slow { .. } if sent.pace.is_some() => self.grow(),
            Phase::Search { accepted, .. } if sent.epoch == self.epoch && sent.pace.is_some() => {
                *accepted = accepted.saturating_add(1);
                self.searched();
            }
            _ => {}
        }
    }

    pub(super) fn throttled(&mut self, now: Seconds, sent: Sent, hint: Option<Seconds>) {
        self.returned(now, sent, false);
        self.hint = hint.filter(|hint| *hint > 0.0);
        match &mut self.shut {
            None if sent.epoch == self.epoch => self.exceeded(now, sent.pace),
            Some(shut) if sent.epoch == self.epoch => {
                let after = shut.still(sent.at, self.hint);
                self.closed = self.closed.max(now + after.min(LONGEST_CLOSURE));
            }
            // It was sent before, and says nothing new but how long the gate stays closed.
            Some(_) if self.hint.is_none() => {}
            _ => self.close(now),
        }
    }

    pub(super) fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match &mut self.shut {
            Some(shut) => shut.asked = false,
            // The limit may have counted it.
            None => self.passed = self.passed.saturating_add(1),
        }
        self.settle();
    }

    /// A call came back with news.
    fn returned(&mut self, now: Seconds, sent: Sent, accepted: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let before = sent.epoch.wrapping_add(1) == self.epoch;
        if let (Phase::Settling(settling), true) = (&mut self.phase, before) {
            settling.count(accepted);
        }
        self.settle();
        let trip = (now - sent.at).max(SHORTEST_TRIP);
        self.round_trip = Some(self.round_trip.map_or(trip, |mean| mean + (trip - mean) / 8.0));
    }

    fn trip(&self) -> Seconds {
        self.round_trip.map_or(0.05, |trip| trip.min(LONGEST_TRIP))
    }

    fn slowest(&self) -> f64 {
        self.hint.map_or(SLOWEST, |hint| SLOWEST.max(1.0 / (16.0 * hint)).min(FASTEST))
    }

    /// Closes the gate: for as long as the server says, or else for one call, and longer if none passes again and again.
    fn close(&mut self, now: Seconds) {
        let interval = || self.rate().map_or(0.0, f64::recip).max(self.trip());
        let longer = 2_f64.powi((self.streak - 2).clamp(0, 6));
        let after = (self.hint.unwrap_or_else(interval) * longer).min(LONGEST_CLOSURE);
        self.closed = self.closed.max(now + after);
    }

    /// The limit was exceeded for the first time in this epoch.
    fn exceeded(&mut self, now: Seconds, pace: Option<f64>) {
        self.streak = self.streak.saturating_add(1);
        let alone = 1.0 / self.trip();
        let pace = pace.or(self.rate()).unwrap_or(alone);
        let refusal = self.refusal(now, pace);
        let (phase, windowed) = (self.phase, self.windowed(now));
        match phase {
            Phase::First => self.findings.begin(Refusal { pace: alone, ..refusal }, 64.0),
            Phase::Slow { .. } => self.findings.begin(refusal, 16.0),
            Phase::Window(_) => {}
            _ => self.findings.refused(refusal),
        }
        self.new_epoch(now);
        self.shut(now, pace);
        let risen = matches!(phase, Phase::Cruise(curve) if curve.has_risen());
        match phase {
            Phase::Slow { .. } => self.wait_for_those_in_flight(now, pace, windowed),
            Phase::First => self.narrow(WIDE),
            Phase::Window(_) => {}
            _ if risen || refusal.accepted < SHORT_EPOCH => self.narrow(WIDE),
            _ => self.cruise(),
        }
    }

    fn refusal(&self, now: Seconds, pace: f64) -> Refusal {
        Refusal {
            pace,
            hinted: self.hint.map(f64::recip),
            accepted: self.accepts.count(),
            elapsed: self.accepts.elapsed(now),
            goodput: self.accepts.goodput(now, self.findings.burst),
            cruising: matches!(self.phase, Phase::Cruise(_)),
            slowest: self.slowest(),
        }
    }

    /// The rate, if the calls that were accepted are as many as a window of a second allows.
    fn windowed(&self, now: Seconds) -> Option<f64> {
        let by_the_second = self.hint.is_some_and(|hint| hint <= SECOND) && self.accepts.count() >= 8;
        self.accepts.within(now - SECOND).filter(|_| by_the_second).map(|calls| calls / SECOND)
    }

    fn new_epoch(&mut self, now: Seconds) {
        self.close(now);
        self.epoch = self.epoch.wrapping_add(1);
        self.accepts.restart(now);
        self.last = None;
        self.next = self.closed;
    }

    fn wait_for_those_in_flight(&mut self, now: Seconds, pace: f64, windowed: Option<f64>) {
        let until = now + patience(self.trip());
        self.phase = Phase::Settling(Settling { pace, ended: 1, accepted: 0, until, windowed });
        self.settle();
    }

    fn settle(&mut self) {
        if let (Phase::Settling(settling), 0) = (self.phase, self.in_flight) {
            self.settled(settling);
        }
    }

    fn settled(&mut self, settling: Settling) {
        let conclusion = settling.conclude(self.findings.bracket, self.trip());
        self.findings.conclude(conclusion);
        self.narrow(NARROW);
    }

    /// A pace of the search passed once more.
    fn searched(&mut self) {
        let Phase::Search { rate, accepted, needed } = self.phase else { return };
        if accepted >= needed {
            let bracket = &mut self.findings.bracket;
            bracket.low = bracket.low.max(rate);
            self.narrow(NARROW);
        }
    }

    /// Goes on to search a bracket that is as wide, or to cruise in it.
    fn narrow(&mut self, wide: f64) {
        if self.findings.bracket.width() > wide {
            self.search();
        } else {
            self.cruise();
        }
    }

    /// Tries the middle of the bracket, for one round trip and a little more.
    fn search(&mut self) {
        let rate = self.findings.bracket.middle();
        let needed = ((rate * self.trip()).ceil() as u32).saturating_add(2).max(3);
        self.phase = Phase::Search { rate, accepted: 0, needed };
    }

    fn cruise(&mut self) {
        let (start, plateau) = self.findings.cruise();
        let patience = self.findings.patience();
        let closed = self.hint.unwrap_or(0.0);
        let of_calls = (CALLS_PER_CRUISE / plateau).min(LONGEST_CRUISE);
        let span =
            |closures: f64| of_calls.max(closed * closures).max(20.0 * self.trip()).max(2.0 * self.cycle);
        self.phase = Phase::Cruise(Curve {
            start,
            plateau,
            refused: self.findings.bracket.high,
            span: span(patience),
            probing: span(patience.min(LONGEST_PROBE)),
            busy: 0.0,
            beyond: 1.0,
            doubling: of_calls.max(4.0 * closed).max(8.0 * self.trip()).max(2.0 * self.cycle),
        });
    }
}
