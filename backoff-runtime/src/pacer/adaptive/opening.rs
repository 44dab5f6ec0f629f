//! The gate, from a refusal to the first call that passes again, and what the time between says of the limit.

use super::super::controller::{LONGEST_CLOSURE, Seconds, Sent, patience};
use super::findings::Bracket;
use super::shut::Shut;
use super::window::Window;
use super::{Adaptive, Phase, SECOND, WIDE};

/// How long the gate is closed at least, if nothing is known.
const FIRST_PAUSE: Seconds = 0.25;
/// Fewer calls are no quota.
const SMALLEST_QUOTA: u32 = 4;

impl Adaptive {
    /// A call goes: it asks whether the gate is open, or it is one of a window.
    pub(super) fn count(&mut self, now: Seconds) {
        if let Some(shut) = &mut self.shut {
            shut.asked = true;
        } else if let Phase::Window(window) = &mut self.phase
            && window.send(now)
        {
            (self.opened, self.passed) = (window.opened, 0);
        }
    }

    /// A call passed: the gate is open.
    pub(super) fn pass(&mut self, now: Seconds, sent: Sent) {
        match &mut self.shut {
            Some(shut) if sent.epoch != self.epoch => shut.passed = shut.passed.saturating_add(1),
            None if sent.epoch != self.epoch => {}
            None => self.passed = self.passed.saturating_add(1),
            Some(_) => {
                self.open(sent.at);
                let rate = self.rate();
                self.next = rate.map_or(now, |rate| sent.at + 1.0 / rate);
                self.last = rate.map(|rate| (sent.at, rate));
            }
        }
    }

    /// Closes the gate until a call passes, unless it is about a limit by the second.
    pub(super) fn shut(&mut self, now: Seconds, pace: f64) {
        let (opened, passed) = (self.opened, self.passed);
        (self.opened, self.passed) = (self.closed, 0);
        if let Phase::Window(window) = self.phase {
            self.window = Some(window);
        }
        if self.window.is_none() && self.hint.is_some_and(|hint| hint <= SECOND) {
            return;
        }
        let mut pause = self.trip().max(1.0 / pace).max(self.cycle / 16.0);
        pause = match self.phase {
            Phase::First | Phase::Slow { .. } => {
                pause.max(((now - opened) / 8.0).clamp(FIRST_PAUSE, patience(self.trip())))
            }
            _ => pause.max(1.0 / self.findings.bracket.low.max(1e-9)),
        };
        pause = pause.min(LONGEST_CLOSURE);
        if self.hint.is_none() {
            self.closed = self.closed.max(now + pause);
        }
        self.shut = Some(Shut {
            since: now,
            opened,
            passed,
            pause: self.hint.map_or(pause, |hint| 0.5 * hint),
            asked: false,
            last: now,
            refused: 0,
            blind: matches!(self.phase, Phase::First | Phase::Slow { .. }),
        });
    }

    /// A call passed that was sent then.
    fn open(&mut self, at: Seconds) {
        let Some(shut) = self.shut.take() else { return };
        (self.opened, self.passed) = (at, 1);
        if let Phase::Settling(settling) = self.phase {
            self.settled(settling);
        }
        if let Some(window) = self.window.take() {
            match window.opened_again(at, shut.passed) {
                Some(window) => self.phase = Phase::Window(window),
                None => self.disprove(window, shut.rate_until(at)),
            }
        } else if shut.passed == 0 && shut.blind {
            self.begin(at);
        } else if shut.is_long(at) && shut.passed >= SMALLEST_QUOTA && !self.smooth && self.hint.is_some() {
            self.phase = Phase::Window(Window::new(shut.passed, at - shut.opened, at));
        } else if shut.passed > 0 {
            self.conclude(shut, at);
        }
    }

    /// What passed in the whole cycle is what the limit allows, whatever it is.
    fn conclude(&mut self, shut: Shut, at: Seconds) {
        let unproven = shut.blind && shut.passed >= SMALLEST_QUOTA && self.findings.proven.is_none();
        if shut.refused == 0 && !unproven {
            return;
        }
        let rate = shut.rate_until(at);
        let Bracket { low, high } = self.findings.bracket;
        let news = shut.blind || shut.is_long(at);
        let low = if shut.is_long(at) {
            0.95 * rate
        } else if shut.blind {
            // What passed first may have been saved up, but a call became possible in this time.
            (0.95 * rate).min(1.0 / (at - shut.since).max(1e-9))
        } else {
            low.min(0.95 * rate)
        };
        let high = high.min(rate * (1.15 + 0.85 / f64::from(shut.passed))).max(low / 0.98);
        self.findings.bracket = Bracket { low, high };
        if news {
            self.findings.proven = Some(low);
        }
        if shut.is_long(at) {
            self.cycle = self.cycle.max(at - shut.opened);
        }
        self.narrow(WIDE);
    }

    /// The quota can't be used at once; what passed tells the pace at least, and the quota tells it at most.
    fn disprove(&mut self, window: Window, rate: f64) {
        self.smooth = true;
        self.cycle = window.period;
        let most = f64::from(window.quota) / window.period;
        let low = rate.min(0.95 * most);
        self.findings.bracket = Bracket { low, high: most.min(2.0 * low).max(1.05 * low) };
        self.findings.burst = f64::from(window.quota);
        self.findings.proven = Some(low);
        self.narrow(WIDE);
    }
}
