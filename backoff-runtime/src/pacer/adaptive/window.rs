//! A quota per window of time, which may be used at once.

use super::super::controller::Seconds;

/// The quota is used so many times faster than it lasts.
const HASTE: f64 = 4.0;
/// Calls in vain, to find out whether the quota rose, are one of so many.
const CALLS_PER_TRIAL: u32 = 64;
/// Windows between two trials, at least and at most.
const PATIENCE: [u32; 2] = [4, 64];
/// A window is no shorter than such a share of the one before, or else it is none.
const SAME: f64 = 0.75;

/// What is known of the windows, and the state of the present one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Window {
    /// Calls that pass in a window.
    pub(super) quota: u32,
    /// From one opening to the next; that much at least, if only one was seen whole.
    pub(super) period: Seconds,
    known: bool,
    pub(super) opened: Seconds,
    /// The opening before.
    before: Seconds,
    used: u32,
    /// Windows since more than the quota was tried, and how many to wait for.
    quiet: u32,
    patience: u32,
}

impl Window {
    /// So many calls passed, and the gate opened again after this time.
    pub(super) fn new(quota: u32, period: Seconds, opened: Seconds) -> Self {
        let [least, _] = PATIENCE;
        let patience = least.max(CALLS_PER_TRIAL / quota.max(1));
        Self { quota, period, known: false, opened, before: opened, used: 1, quiet: 0, patience }
    }

    pub(super) fn pace(self) -> f64 {
        HASTE * f64::from(self.quota) / self.period.max(1e-9)
    }

    pub(super) fn ends(self) -> Seconds {
        self.opened + self.period
    }

    pub(super) fn is_used_up(self) -> bool {
        self.used >= self.quota
    }

    /// Whether it is time to find out what happens beyond the quota.
    pub(super) fn tries_more(self) -> bool {
        self.is_used_up() && (!self.known || self.quiet >= self.patience)
    }

    /// As long as the quota is not known to pass, only a share of it is in flight.
    pub(super) fn has_room(self, in_flight: u32) -> bool {
        self.known || in_flight < 2.max(self.quota / 8)
    }

    /// A call goes; returns whether it is the first of a window.
    pub(super) fn send(&mut self, now: Seconds) -> bool {
        let first = self.known && now >= self.ends();
        if first {
            self.before = self.opened;
            // The first call may begin the window, and the clock may.
            self.opened = self.ends().max(now - self.period / 4.0);
            self.used = 0;
            self.quiet = self.quiet.saturating_add(1);
        }
        self.used = self.used.saturating_add(1);
        first
    }

    /// What is known of windows after the gate opened again, and so many passed before; `None` if the limit is no
    /// quota per window.
    pub(super) fn opened_again(self, at: Seconds, passed: u32) -> Option<Self> {
        let cycle = at - self.opened;
        let next = Self { opened: at, before: self.opened, used: 1, known: true, quiet: 0, ..self };
        if self.known && cycle <= SAME * self.period && passed <= self.quota / 16 {
            // The window before was not over yet when the first went; those close behind passed.
            let used = next.used.saturating_add(passed);
            return Some(Self { period: at - self.before, quiet: self.quiet, used, ..next });
        }
        let [_, most] = PATIENCE;
        let patience = if self.known { most.min(2 * self.patience) } else { self.patience };
        (passed > 0 && cycle > SAME * self.period).then_some(Self {
            quota: passed,
            period: cycle,
            patience,
            ..next
        })
    }
}
