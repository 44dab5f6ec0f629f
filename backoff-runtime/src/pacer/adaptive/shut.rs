//! A gate that is closed until a call passes it: one at a time asks.

use super::super::controller::Seconds;
use super::SECOND;

/// Without a hint, each pause is so many times longer than the one before; the shorter if many calls passed, since then
/// some more that are refused are only a small share.
const LONGER: f64 = 1.5;
const LONGER_OF_FEW: f64 = 2.0;
const FEW: u32 = 50;

/// The closed gate.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Shut {
    /// When a call was refused first.
    pub(super) since: Seconds,
    /// When the gate was opened before, and how many calls passed until it was closed.
    pub(super) opened: Seconds,
    pub(super) passed: u32,
    /// How long is waited for until another call asks.
    pub(super) pause: Seconds,
    /// A call asks.
    pub(super) asked: bool,
    /// When the last call went that was refused, and how many asked in vain.
    pub(super) last: Seconds,
    pub(super) refused: u32,
    /// Nothing was known of the limit.
    pub(super) blind: bool,
}

impl Shut {
    /// A call that went then was refused, too: for how long is the gate closed?
    pub(super) fn still(&mut self, asked: Seconds, hint: Option<Seconds>) -> Seconds {
        self.asked = false;
        self.last = asked;
        self.refused = self.refused.saturating_add(1);
        self.pause *= if self.passed < FEW { LONGER_OF_FEW } else { LONGER };
        hint.map_or(self.pause, |hint| hint.max(self.pause))
    }

    /// The gate was closed for much of the time.
    pub(super) fn is_long(&self, opened: Seconds) -> bool {
        let closed = opened - self.since;
        closed > SECOND && closed > (opened - self.opened) / 4.0
    }

    /// What passed from one opening to the next, which was at some time after the last refusal, in calls per second.
    pub(super) fn rate_until(&self, opened: Seconds) -> f64 {
        let cycle = f64::midpoint(opened, self.last) - self.opened;
        f64::from(self.passed.max(1)) / cycle.max(1e-9)
    }
}
