//! What the server saw, counted on its side.

use std::{collections::BTreeMap, time::Duration};

use crate::per_second::PerSecond;

/// What the server counted: each judged call, once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls by the second of their answer, since the server's start.
    pub per_second: PerSecond,
    /// Calls by the status of their answer.
    pub by_status: BTreeMap<u16, u32>,
    /// Accepted and refused messages by recipient, of the calls whose body was good.
    pub by_recipient: BTreeMap<String, RecipientCounts>,
}

/// What the server counted for one recipient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecipientCounts {
    /// Messages that were accepted.
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

    /// Accepted messages.
    #[must_use]
    pub fn accepted(&self) -> u32 {
        self.with_status(202)
    }

    /// Calls that were answered with `status`.
    #[must_use]
    pub fn with_status(&self, status: u16) -> u32 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, since_start: Duration, status: u16, recipient: Option<&str>) {
        let accepted = status == 202;
        self.per_second.add(since_start, accepted);
        *self.by_status.entry(status).or_default() += 1;
        if let Some(recipient) = recipient {
            let counts = self.by_recipient.entry(recipient.to_owned()).or_default();
            *(if accepted { &mut counts.accepted } else { &mut counts.refused }) += 1;
        }
    }
}
