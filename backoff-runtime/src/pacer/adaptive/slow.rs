//! Slow start: how fast it grows, and how much of it may be in flight.

use super::super::controller::Seconds;
use super::{Adaptive, GROWTH, LONGEST_TRIP, Phase};

/// The pace grows once per round trip, and no faster than once per so long: what is in flight when the first call is
/// refused is then a share of what passed, however short the round trip.
const SHORTEST_GROWTH: Seconds = 0.025;
/// So many calls are in flight, or a share of those that are known, or of those that passed: as many are refused in vain
/// when the limit is met.
const FEW: f64 = 4.0;
const SHARE_OF_KNOWN: f64 = 0.015;
const SHARE_OF_PASSED: f64 = 0.05;
/// Of what passed beyond a quota, such a share.
const SHARE_BEYOND: f64 = 0.3;
/// Calls may bunch, so some more may be in flight before it is a crowd.
const BUNCH: f64 = 1.25;

impl Adaptive {
    /// The first call is back.
    pub(super) fn begin(&mut self, now: Seconds) {
        let rate = 1.0 / self.growth_time();
        self.phase = Phase::Slow { rate };
        self.next = now;
        self.last = Some((now, rate));
    }

    /// A call passed.
    pub(super) fn grow(&mut self) {
        let (time, few) = (self.growth_time(), self.few());
        if let Phase::Slow { rate } = &mut self.phase {
            *rate = (*rate + (GROWTH - 1.0) / time).min(rate.max(few / time));
        }
    }

    fn growth_time(&self) -> Seconds {
        self.trip().max(SHORTEST_GROWTH)
    }

    /// As many calls may be in flight.
    fn few(&self) -> f64 {
        if let Some(window) = self.window {
            let beyond = f64::from(self.passed.saturating_sub(window.quota));
            return (SHARE_BEYOND * beyond).max(1.0);
        }
        let (waiting, passed) = (self.waiting as f64, f64::from(self.passed));
        FEW.max(SHARE_OF_KNOWN * (passed + waiting)).max(SHARE_OF_PASSED * passed)
    }

    /// More are in flight than should be: calls take longer the more there are.
    pub(super) fn is_crowded(&self) -> bool {
        let longer = self.round_trip.map_or(1.0, |trip| (trip / LONGEST_TRIP).max(1.0));
        f64::from(self.in_flight) + 1.0 > (BUNCH * longer * self.few()).max(1.0)
    }

    /// More than a quota is tried, one call at first.
    pub(super) fn try_more(&mut self) {
        if let (Phase::Window(window), None) = (self.phase, self.shut)
            && window.tries_more()
        {
            self.window = Some(window);
            self.phase = Phase::Slow { rate: 1.0 / self.growth_time() };
        }
    }
}
