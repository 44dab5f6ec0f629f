//! What the server says of its limits, and when a call may go by that.
//!
//! What remains is told by the answers to some calls while others are in flight, so those count as if they were not
//! counted yet. A server tells for each of its limits how much remains; here each is followed by itself.

mod edge;
mod told;

use std::time::Duration;

use super::controller::Seconds;
use crate::rate_limit::RateLimit;
use told::Told;

/// More limits are not followed.
const MOST: usize = 8;

/// The calls in flight, and what they cost together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InFlight {
    pub(super) calls: u32,
    pub(super) cost: f64,
}

/// A caller at the gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) cost: f64,
    pub(super) in_flight: InFlight,
    /// Callers that wait, it included.
    pub(super) waiting: usize,
    /// How long calls take.
    pub(super) trip: Seconds,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    /// The limit let it pass.
    pub(super) is_accepted: bool,
    /// The server told of its limits in the answer.
    pub(super) is_heard: bool,
}

/// What the server has told.
#[derive(Debug, Default)]
pub(super) struct Words {
    limits: Vec<Told>,
    /// Calls that passed since the server first told.
    passed: u32,
    /// The server refused a call though it told that more remains: it has a limit of which it doesn't tell.
    is_not_all: bool,
}

impl Words {
    pub(super) const fn new() -> Self {
        Self { limits: Vec::new(), passed: 0, is_not_all: false }
    }

    /// The answer to a call that was sent then.
    pub(super) fn told(
        &mut self,
        limits: impl IntoIterator<Item = RateLimit>,
        sent: Seconds,
        now: Seconds,
        trip: Seconds,
    ) {
        for limit in limits {
            match self.limits.iter().position(|told| told.is_of(&limit)) {
                Some(known) => self.limits[known].again(&limit, sent, now, trip),
                None if self.limits.len() < MOST => self.limits.push(Told::new(&limit, sent, now, trip)),
                None => {}
            }
        }
    }

    /// Whether the server tells what remains, and of all its limits, as far as is known.
    pub(super) fn are_all(&self) -> bool {
        !self.is_not_all && self.limits.iter().any(Told::is_counted)
    }

    /// Calls that passed since the server first told.
    pub(super) fn passed(&self) -> u32 {
        self.passed
    }

    /// When a call may go, if nothing happens before; never, if calls have to end before.
    pub(super) fn due(&self, asking: Asking) -> Seconds {
        self.limits.iter().map(|told| told.due(asking)).fold(0.0, Seconds::max)
    }

    /// A call can't go earlier than then, whatever happens.
    pub(super) fn earliest(&self, asking: Asking) -> Seconds {
        self.limits.iter().map(|told| told.earliest(asking)).fold(0.0, Seconds::max)
    }

    pub(super) fn sent(&mut self, now: Seconds, asking: Asking) {
        self.limits.iter_mut().for_each(|told| told.sent(now, asking));
    }

    /// A call ended that was sent then.
    pub(super) fn ended(&mut self, sent: Seconds, now: Seconds, cost: f64, end: Ended) {
        self.passed = self.passed.saturating_add(u32::from(end.is_accepted && !self.limits.is_empty()));
        self.limits.iter_mut().for_each(|told| told.ended(sent, now, cost, end));
    }

    /// A call was refused; returns whether what was told explains it.
    pub(super) fn refused(&mut self, now: Seconds, hint: Option<Seconds>, in_flight: InFlight) -> bool {
        let mut explained = false;
        for told in &mut self.limits {
            explained |= told.refused(now, hint, in_flight);
        }
        self.is_not_all |= !explained;
        explained
    }

    /// What was told, as it is now.
    pub(super) fn limits(&self, now: Seconds) -> Vec<RateLimit> {
        self.limits.iter().map(|told| told.as_of(now)).collect()
    }
}

/// A time from now on, which no clock is set back below.
fn from(now: Seconds, until: Seconds) -> Duration {
    Duration::try_from_secs_f64((until - now).max(0.0)).unwrap_or(Duration::MAX)
}
