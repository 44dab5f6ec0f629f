//! What the process knows that leads: the coordinator, and how far it has heard.

use std::time::{Duration, Instant};

use backoff_runtime::Pacer;
use backoff_runtime::fleet::{Coordinator, Grants, Report};

use crate::clock::Clock;
use crate::store::{Commit, LEASE, Names};

/// The lease is renewed so much sooner than it ends.
const RENEWED: Duration = Duration::from_millis(500);
/// What matters to all is told once in so long, if nothing happens before.
const TOLD: Duration = Duration::from_secs(1);
/// Turns are given so much ahead, and half as much again as an exchange takes: that long they are on their way. One that
/// comes too late is too close to the next, which a server that saves up nothing refuses: with 2 ms, one in some hundred
/// exchanges took longer, and 170 calls a second took 7 % more time.
const AHEAD: Duration = Duration::from_millis(8);
/// ... but where calls take less than that, no longer ahead than they take, or this. Of an unknown limit, all turns that are
/// given are used in vain after the first call that is refused.
const LEAST_AHEAD: Duration = Duration::from_millis(2);
const FARTHEST_AHEAD: Duration = Duration::from_millis(250);

/// A process that leads.
#[derive(Debug)]
pub(crate) struct Leader {
    coordinator: Coordinator,
    /// The number of the last entry that it heard.
    heard: u64,
    /// Entries are missing before the next one.
    has_gap: bool,
    /// Something was heard that should be stored soon.
    is_weighty: bool,
    /// When it last stored what it knows, told all, and had something to do.
    stored: Instant,
    told: Option<Instant>,
    busy: Instant,
}

/// What a process said, as it is stored.
pub(crate) fn entry(process: &str, report: &Report) -> Vec<u8> {
    rmp_serde::to_vec_named(&(process, report)).expect("a report can be written")
}

impl Leader {
    /// One that goes on with a state that was stored; without one it knows nothing. An error says why the state is of
    /// no use.
    pub(crate) fn with(state: &[u8], before: u64, pacer: &Pacer) -> (Self, Option<String>) {
        let (stored, wrong) = match rmp_serde::from_slice::<Coordinator>(state) {
            _ if state.is_empty() => (None, None),
            Ok(stored) if stored.is_for(pacer) => (Some(stored), None),
            Ok(_) => (None, Some("it is for other limits than this process has".to_owned())),
            Err(error) => (None, Some(format!("it can't be read: {error}"))),
        };
        let now = Instant::now();
        let leader = Self {
            coordinator: stored.unwrap_or_else(|| Coordinator::new(pacer)),
            heard: before,
            has_gap: false,
            is_weighty: false,
            stored: now,
            told: None,
            busy: now,
        };
        (leader, wrong)
    }

    /// A process says something.
    pub(crate) fn hear(&mut self, clock: &Clock, process: &str, report: Report) {
        let heard = self.coordinator.hear(clock.now(), process, report);
        self.is_weighty |= heard.is_weighty;
        if heard.is_new {
            self.told = None;
        }
    }

    /// The entry of this number came.
    pub(crate) fn hear_entry(&mut self, clock: &Clock, number: u64, entry: &[u8]) {
        if number == self.heard + 1 {
            self.heard = number;
            self.hear_stored(clock, entry);
        } else {
            self.has_gap |= number > self.heard;
        }
    }

    /// What Redis has of entries, from the one after `before`.
    pub(crate) fn hear_all(&mut self, clock: &Clock, before: u64, entries: &[Vec<u8>]) {
        self.has_gap = false;
        let last = before + entries.len() as u64;
        if last < self.heard {
            // Redis lost what there was, and counts anew.
            self.heard = before;
        }
        let known = self.heard.saturating_sub(before) as usize;
        self.heard = self.heard.max(last);
        for entry in entries.iter().skip(known) {
            self.hear_stored(clock, entry);
        }
    }

    fn hear_stored(&mut self, clock: &Clock, entry: &[u8]) {
        match rmp_serde::from_slice::<(String, Report)>(entry) {
            Ok((process, report)) => self.hear(clock, &process, report),
            Err(error) => tracing::warn!(target: "backoff", "a process says what can't be read: {error}"),
        }
    }

    /// How long before they are due turns are given.
    fn ahead(&self, clock: &Clock) -> Duration {
        let ahead = self.coordinator.trip().clamp(LEAST_AHEAD, AHEAD);
        (ahead + clock.trip() * 3 / 2).min(FARTHEST_AHEAD)
    }

    /// When there is something to do, if nothing is heard before.
    pub(crate) fn next(&self, clock: &Clock) -> Instant {
        let renewed = self.stored + RENEWED;
        if self.is_weighty || self.has_gap || self.told.is_none() {
            return self.stored;
        }
        let due = self.coordinator.due().map(|due| clock.here(due.saturating_sub(self.ahead(clock))));
        due.map_or(renewed, |due| due.min(renewed))
    }

    /// What is to be stored and told now, if anything is; and the turns of this process, once that is done.
    pub(crate) fn commit(
        &mut self,
        clock: &Clock,
        names: &Names,
        process: &str,
    ) -> Option<(Commit, Option<Grants>)> {
        let now = Instant::now();
        let mut own = None;
        let mut messages = Vec::new();
        let ahead = self.ahead(clock);
        for (member, grants) in self.coordinator.grant(clock.now(), ahead) {
            if member == process {
                own = Some(grants);
            } else {
                messages.push((names.to(&member), message(b'G', &grants)));
            }
        }
        if !self.coordinator.is_idle() {
            self.busy = now;
        }
        let is_last = self.busy + LEASE < now;
        let is_due = self.stored + RENEWED <= now || self.has_gap || self.is_weighty || self.told.is_none();
        if own.is_none() && messages.is_empty() && !is_due && !is_last {
            return None;
        }
        let status = self.told.is_none_or(|told| told + TOLD <= now) || self.is_weighty;
        let status = status.then(|| self.coordinator.status());
        if let Some(status) = &status {
            messages.push((names.all(), message(b'S', status)));
            self.told = Some(now);
        }
        (self.is_weighty, self.stored) = (false, now);
        Some((Commit { messages, is_last, ..self.state() }, own))
    }

    /// What is stored last, as another is to lead.
    pub(crate) fn last_commit(&self, names: &Names) -> Commit {
        Commit { is_last: true, messages: vec![(names.all(), b"L".to_vec())], ..self.state() }
    }

    fn state(&self) -> Commit {
        let state = rmp_serde::to_vec_named(&self.coordinator).expect("a coordinator can be written");
        Commit { heard: self.heard, state, messages: Vec::new(), is_last: false }
    }
}

/// A message, whose first letter says what it is.
fn message(kind: u8, content: &impl serde::Serialize) -> Vec<u8> {
    let mut message = vec![kind];
    rmp_serde::encode::write_named(&mut message, content).expect("a message can be written");
    message
}
