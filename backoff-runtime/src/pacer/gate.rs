//! Who decides when the next call may go: the pacer by itself, or one for all processes that share the limit.

use super::Learned;
use super::controller::{Controller, End, Seconds, Sent};
#[cfg(feature = "fleet")]
use super::fleet::Share;
use super::plan::Plan;
use crate::rate_limit::RateLimit;

/// Decides when calls go.
#[derive(Debug)]
#[cfg_attr(
    feature = "fleet",
    allow(clippy::large_enum_variant, reason = "a pacer has one, and most are of the large kind")
)]
pub(super) enum Gate {
    /// The pacer by itself.
    Own(Controller),
    /// The coordinator of a fleet, from whom turns come.
    #[cfg(feature = "fleet")]
    Shared(Share),
}

/// Calls the method of the same name of whoever decides.
macro_rules! ask {
    ($gate:expr, $method:ident($($argument:expr),*)) => {
        match $gate {
            Gate::Own(controller) => controller.$method($($argument),*),
            #[cfg(feature = "fleet")]
            Gate::Shared(share) => share.$method($($argument),*),
        }
    };
}

impl Gate {
    pub(super) fn new(plan: Plan) -> Self {
        Self::Own(Controller::new(plan))
    }

    /// As new: a member stays in its fleet, and a pacer that decides by itself is made when it is used.
    pub(super) fn reset(self) -> Option<Self> {
        match self {
            Self::Own(_) => None,
            #[cfg(feature = "fleet")]
            Self::Shared(mut share) => {
                share.restart();
                Some(Self::Shared(share))
            }
        }
    }

    /// When a call of this cost may go, if nothing happens before, while so many wait; infinite, if something has to
    /// happen before.
    pub(super) fn due(&self, cost: u64, waiting: usize) -> Seconds {
        ask!(self, due(cost, waiting))
    }

    /// No call of this cost goes before this, whatever happens.
    pub(super) fn earliest(&self, cost: u64, waiting: usize) -> Seconds {
        ask!(self, earliest(cost, waiting))
    }

    /// A call goes; `waited` if it was held until now. So many others wait.
    pub(super) fn sent(&mut self, now: Seconds, cost: u64, waited: bool, waiting: usize) -> Sent {
        ask!(self, sent(now, cost, waited, waiting))
    }

    /// The answer to a call tells of the server's limits.
    pub(super) fn told(&mut self, now: Seconds, sent: Seconds, limits: impl IntoIterator<Item = RateLimit>) {
        ask!(self, told(now, sent, limits));
    }

    /// The cost of a call in flight is another.
    pub(super) fn settle(&mut self, before: u64, cost: u64) {
        ask!(self, settle(before, cost));
    }

    /// A call ended; `is_heard` if the server told of its limits.
    pub(super) fn ended(&mut self, now: Seconds, sent: Sent, cost: u64, end: End, is_heard: bool) {
        ask!(self, ended(now, sent, cost, end, is_heard));
    }

    /// Calls per second at present, if known.
    pub(super) fn rate(&self) -> Option<f64> {
        ask!(self, rate())
    }

    /// What is known of the limit that is found by trying.
    pub(super) fn learned(&self) -> Option<Learned> {
        ask!(self, learned())
    }

    /// Sets the rate of the first limit that was told; false if none was.
    pub(super) fn set_rate(&mut self, rate: f64) -> bool {
        ask!(self, set_rate(rate))
    }

    /// Calls that have had their turn and have not ended.
    pub(super) fn in_flight(&self) -> u32 {
        ask!(self, in_flight())
    }

    /// What the server told, as it is now.
    pub(super) fn limits(&self, now: Seconds) -> Vec<RateLimit> {
        ask!(self, limits(now))
    }
}
