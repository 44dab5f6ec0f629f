//! When a window is over: between two times, which each answer brings closer together.
//!
//! A server tells the time until then, mostly in whole seconds and rounded up. So each answer bounds it to a second, and
//! the answers on both sides of the moment at which the number changes bound it closer. Calls are sent at such moments:
//! one in the middle of what is left halves it, and costs nothing, as it is a call that is to be made in this window
//! anyway.

use std::time::Duration;

use super::super::controller::Seconds;

/// The end of a window lies between these.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Edge {
    pub(super) earliest: Seconds,
    pub(super) latest: Seconds,
}

impl Edge {
    /// What the answer to a call says that was sent and answered then.
    pub(super) fn told(reset: Duration, sent: Seconds, now: Seconds) -> Self {
        let grain = if reset.subsec_nanos() == 0 { 1.0 } else { 0.0 };
        let reset = reset.as_secs_f64();
        Self { earliest: (sent + reset - grain).max(sent), latest: now + reset }
    }

    pub(super) fn after(self, time: Seconds) -> Self {
        Self { earliest: self.earliest + time, latest: self.latest + time }
    }

    pub(super) fn width(self) -> Seconds {
        self.latest - self.earliest
    }

    /// Both at once; what is newer, if they exclude each other.
    pub(super) fn and(self, newer: Self) -> Self {
        let both =
            Self { earliest: self.earliest.max(newer.earliest), latest: self.latest.min(newer.latest) };
        if both.earliest <= both.latest { both } else { newer }
    }

    pub(super) fn is_after(self, other: Self) -> bool {
        self.earliest > other.latest
    }

    /// When a call is to be sent, so that its answer says in which half the end lies.
    pub(super) fn sounding(self, now: Seconds, trip: Seconds) -> Option<Seconds> {
        let middle = f64::midpoint(self.earliest, self.latest) - trip / 2.0;
        let wait = (middle - now).rem_euclid(1.0);
        // After this one, there has to be time for those that are held back.
        (now + wait + 2.0 * trip < self.earliest).then_some(now + wait)
    }

    /// How many such calls it takes until it is known to this.
    pub(super) fn soundings(self, tolerance: Seconds) -> u32 {
        (self.width() / tolerance).log2().ceil().clamp(0.0, 10.0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_rounded_up_and_others_are_exact() {
        let edge = Edge::told(Duration::from_secs(10), 1.0, 1.1);
        assert_eq!(edge, Edge { earliest: 10.0, latest: 11.1 });
        let edge = Edge::told(Duration::from_millis(9500), 1.0, 1.25);
        assert_eq!(edge, Edge { earliest: 10.5, latest: 10.75 });
    }

    #[test]
    fn each_sounding_halves_what_is_not_known() {
        for end in [10.07, 10.5, 10.93] {
            let told = |at: Seconds| Edge::told(Duration::from_secs_f64((end - at).ceil()), at, at);
            let mut edge = told(0.05);
            let (mut now, mut soundings) = (0.05, 0);
            while let Some(at) = edge.sounding(now, 0.0).filter(|_| edge.width() > 0.05) {
                edge = edge.and(told(at));
                (now, soundings) = (at + 0.001, soundings + 1);
            }
            assert!(edge.earliest <= end && end <= edge.latest, "{edge:?}");
            assert!(edge.width() <= 0.05 && soundings <= 6, "{edge:?} after {soundings}");
        }
    }
}
