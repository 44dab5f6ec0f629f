//! What the server saw, counted on its side.

use std::{collections::BTreeMap, time::Duration};

use crate::per_second::PerSecond;

/// What the server counted: each call that sent a message or tried to, once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls by the second of their answer, since the server's start.
    pub per_second: PerSecond,
    /// Calls by the status of their answer.
    pub by_status: BTreeMap<u16, u32>,
    /// Calls whose answer was lost on purpose.
    pub lost: u32,
    /// Calls for a message that had been accepted before.
    pub repeated: u32,
    /// Accepted and refused messages by recipient, of the calls whose body was good.
    pub by_recipient: BTreeMap<String, RecipientCounts>,
}

/// What the server counted for one recipient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecipientCounts {
    /// Messages that were accepted, each once.
    pub accepted: u32,
    /// Messages that the rate limit refused.
    pub refused: u32,
}

impl Counts {
    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.per_second.total().total()
    }

    /// Accepted messages, each once.
    #[must_use]
    pub fn accepted(&self) -> u32 {
        self.by_recipient.values().map(|counts| counts.accepted).sum()
    }

    /// Calls that were answered with `status`.
    #[must_use]
    pub fn with_status(&self, status: u16) -> u32 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    /// Counts what becomes of a good message.
    pub(super) fn judged(&mut self, recipient: &str, is_accepted: bool) {
        let counts = self.by_recipient.entry(recipient.to_owned()).or_default();
        *(if is_accepted { &mut counts.accepted } else { &mut counts.refused }) += 1;
    }

    /// Counts a call by the status of its answer, or as one without.
    pub(super) fn answered(&mut self, since_start: Duration, status: Option<u16>) {
        self.per_second.add(since_start, status == Some(202));
        match status {
            Some(status) => *self.by_status.entry(status).or_default() += 1,
            None => self.lost += 1,
        }
    }
}
