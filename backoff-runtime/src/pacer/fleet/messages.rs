//! What members and their coordinator say to each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::Learned;
use super::super::controller::{End, Seconds, Sent};
use crate::rate_limit::RateLimit;

/// What a member says to the coordinator: how many wait, and what became of its calls.
///
/// Made by [`Member::report`](super::Member::report); the same report may be delivered twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number of this report, from 1.
    pub(super) number: u64,
    /// Callers that wait, less the turns that are there for them.
    pub(super) waiting: u32,
    /// What the next of their calls cost; the last stands for all others. Empty if each costs 1.
    pub(super) costs: Vec<u64>,
    /// Turns that were received so far.
    pub(super) received: u64,
    /// Turns of these that are not over.
    pub(super) in_flight: u32,
    pub(super) news: Vec<News>,
}

/// Something that happened to a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct News {
    /// When it happened: before the report was made, in seconds.
    pub(super) ago: Seconds,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum What {
    /// The server told of its limits in the answer to a call that was sent then.
    Told { sent: Seconds, limits: Vec<RateLimit> },
    /// The cost of a call in flight is another.
    Settled { before: u64, cost: u64 },
    /// A call ended.
    Ended { sent: Sent, cost: u64, end: End, is_heard: bool },
    /// So many turns were not used, or didn't come.
    Unused(u64),
    /// The rate of the first limit was set.
    Rate(f64),
}

/// Turns for one member.
///
/// Made by [`Coordinator::grant`](super::Coordinator::grant), for [`Member::granted`](super::Member::granted).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grants {
    /// The member has so many turns in all, these included.
    pub(in super::super) upto: u64,
    pub(in super::super) turns: Vec<Granted>,
}

/// A turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Granted {
    /// When the call may go, on the clock that all share.
    pub(in super::super) at: Duration,
    pub(super) sent: Sent,
    pub(super) cost: u64,
}

/// What a coordinator knows that matters to all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Calls per second of all processes together.
    pub(in super::super) rate: Option<f64>,
    pub(in super::super) learned: Option<Learned>,
    pub(in super::super) limits: Vec<RateLimit>,
    pub(in super::super) members: u32,
    /// No call goes before that, on the clock that all share.
    pub(in super::super) earliest: Duration,
}

/// What a pacer that many processes share knows of them; see [`PacerState::fleet`](crate::PacerState::fleet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetState {
    /// The coordinator is reached, so all processes together keep to the limit. Otherwise this one goes on by itself, with
    /// its part of the limit as it was last known.
    pub is_reached: bool,
    /// Processes that use the limit, as far as is known; 0 before the coordinator was first reached.
    pub members: u32,
}

impl FleetState {
    pub(in super::super) fn new(is_reached: bool, status: &Status) -> Self {
        Self { is_reached, members: status.members }
    }
}
