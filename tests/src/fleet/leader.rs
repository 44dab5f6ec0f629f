//! What the process has that leads, and what it stores: by the same rules as `backoff-redis`.

use std::sync::Arc;
use std::time::Duration;

use backoff_runtime::Pacer;
use backoff_runtime::fleet::{Coordinator, Grants, Report};
use tokio::time::Instant;

use super::store::{Commit, Entry, LEASE, Store};

/// The lease is renewed so often.
const RENEWED: Duration = Duration::from_millis(500);
/// What matters to all is told once in so long, if nothing happens before.
const TOLD: Duration = Duration::from_secs(1);
/// Turns are given so much ahead, and half as much again as an exchange takes.
const AHEAD: Duration = Duration::from_millis(8);
const LEAST_AHEAD: Duration = Duration::from_millis(2);
const FARTHEST_AHEAD: Duration = Duration::from_millis(250);

pub(super) struct Leader {
    store: Arc<Store>,
    coordinator: Coordinator,
    pub(super) lease: u64,
    /// The number of the last entry that it heard.
    heard: u64,
    /// Entries are missing before the next one.
    has_gap: bool,
    is_weighty: bool,
    stored: Instant,
    told: Option<Instant>,
    busy: Instant,
}

impl Leader {
    pub(super) fn new(
        store: Arc<Store>,
        lease: u64,
        before: u64,
        state: Option<&[u8]>,
        pacer: &Pacer,
    ) -> Self {
        let state = state.and_then(|state| rmp_serde::from_slice::<Coordinator>(state).ok());
        let coordinator =
            state.filter(|state| state.is_for(pacer)).unwrap_or_else(|| Coordinator::new(pacer));
        let now = Instant::now();
        Self {
            store,
            coordinator,
            lease,
            heard: before,
            has_gap: false,
            is_weighty: false,
            stored: now,
            told: None,
            busy: now,
        }
    }

    pub(super) fn hear(&mut self, member: &str, report: Report) {
        let heard = self.coordinator.hear(self.store.now(), member, report);
        self.is_weighty |= heard.is_weighty;
        if heard.is_new {
            self.told = None;
        }
    }

    pub(super) fn hear_entry(&mut self, number: u64, entry: Entry) {
        if number == self.heard + 1 {
            self.heard = number;
            self.hear(&entry.member, entry.report);
        } else {
            self.has_gap |= number > self.heard;
        }
    }

    /// What the store has of entries, from the one after `before`.
    pub(super) fn hear_all(&mut self, before: u64, entries: Vec<Entry>) {
        self.has_gap = false;
        let last = before + entries.len() as u64;
        if last < self.heard {
            // The store lost what there was, and counts anew.
            self.heard = before;
        }
        let known = self.heard.saturating_sub(before) as usize;
        self.heard = self.heard.max(last);
        for Entry { member, report } in entries.into_iter().skip(known) {
            self.hear(&member, report);
        }
    }

    fn ahead(&self) -> Duration {
        let ahead = self.coordinator.trip().clamp(LEAST_AHEAD, AHEAD);
        (ahead + self.store.trip() * 3 / 2).min(FARTHEST_AHEAD)
    }

    /// When there is something to do, if nothing is heard before.
    pub(super) fn next(&self) -> Instant {
        let renewed = self.stored + RENEWED;
        if self.has_gap || self.is_weighty || self.told.is_none() {
            return self.stored;
        }
        let due = self.coordinator.due().map(|due| self.store.local()(due.saturating_sub(self.ahead())));
        due.map_or(renewed, |due| renewed.min(due.into()))
    }

    /// What is to be stored and told now, if anything is; and the turns of this process, once that is done.
    pub(super) fn commit(&mut self, process: &str) -> Option<(Commit, Option<Grants>)> {
        let now = Instant::now();
        let (mut own, mut grants) = (None, Vec::new());
        for (member, given) in self.coordinator.grant(self.store.now(), self.ahead()) {
            if member == process {
                own = Some(given);
            } else {
                grants.push((member, given));
            }
        }
        if !self.coordinator.is_idle() {
            self.busy = now;
        }
        let is_last = self.busy + LEASE < now;
        let is_due = self.stored + RENEWED <= now || self.has_gap || self.is_weighty || self.told.is_none();
        if own.is_none() && grants.is_empty() && !is_due && !is_last {
            return None;
        }
        let is_told = self.told.is_none_or(|told| told + TOLD <= now) || self.is_weighty;
        let status = is_told.then(|| Arc::new(self.coordinator.status()));
        if is_told {
            self.told = Some(now);
        }
        (self.is_weighty, self.stored) = (false, now);
        let state = rmp_serde::to_vec_named(&self.coordinator).expect("numbers and names can be written");
        let commit = Commit { lease: self.lease, heard: self.heard, state, grants, status, is_last };
        Some((commit, own))
    }
}
