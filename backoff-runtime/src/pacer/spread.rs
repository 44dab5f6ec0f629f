//! A limit that is spread evenly over its time: one call per interval.

use super::controller::{Seconds, base};
use super::plan::Quota;

/// Timers count milliseconds, and come a little late.
const TICK: Seconds = 0.002;

/// The state of a limit that is spread.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Spread {
    rate: f64,
    margin: f64,
    /// The start of the interval after the last call, when that went, and what is owed since.
    base: Seconds,
    last: Seconds,
    cost: f64,
}

impl Spread {
    pub(super) fn new(quota: Quota) -> Self {
        let rate = quota.amount / quota.window;
        Self { rate, margin: quota.margin(), base: 0.0, last: 0.0, cost: 0.0 }
    }

    pub(super) fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate * self.margin
    }

    pub(super) fn due(&self) -> Seconds {
        self.closest().map_or(self.next(), |closest| self.next().max(self.last + self.cost * closest))
    }

    /// No two calls are closer together than the limit allows, though the one before was late: a server may save nothing
    /// up. Where late timers would cost more than a hundredth of the rate, they are made up for, as far as the margin has
    /// no room for them.
    fn closest(&self) -> Option<Seconds> {
        let interval = 1.0 / self.rate;
        let room = 1.0 / self.rate() - interval;
        let late = if TICK > 0.01 * interval { (TICK - room).max(0.0) } else { 0.0 };
        (interval > late).then_some(interval - late)
    }

    /// When the next call is due by the rate alone.
    fn next(&self) -> Seconds {
        self.base + self.cost / self.rate()
    }

    pub(super) fn sent(&mut self, now: Seconds, cost: f64, waited: bool) {
        self.base = base(self.next(), now, waited);
        self.last = now;
        self.cost = cost;
    }

    /// The true cost of a call is known.
    pub(super) fn settle(&mut self, more: f64) {
        self.cost += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::plan::Counts;

    fn spread(rate: f64, margin: f64) -> Spread {
        let margin = Some(margin);
        Spread::new(Quota { counts: Counts::Costs, amount: rate, window: 1.0, spread: true, margin })
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn calls_go_one_interval_apart_and_the_first_at_once() {
        let mut pace = spread(4.0, 1.0);
        assert!(pace.due() <= 0.0);
        for n in 1..100 {
            pace.sent(pace.due(), 1.0, true);
            assert!(close(pace.due(), f64::from(n) / 4.0));
        }
    }

    #[test]
    fn an_idle_pacer_lets_the_next_call_go_at_once_and_saves_nothing_up() {
        let mut pace = spread(4.0, 1.0);
        pace.sent(0.0, 1.0, false);
        pace.sent(100.0, 1.0, false);
        assert!(close(pace.due(), 100.25));
    }

    #[test]
    fn a_timer_that_is_late_is_made_up_for_up_to_a_limit() {
        let mut pace = spread(1000.0, 1.0);
        pace.sent(0.0, 1.0, false);
        pace.sent(0.0015, 1.0, true);
        assert!(close(pace.due(), 0.002));
        pace.sent(1.0, 1.0, true);
        assert!(close(pace.due(), 0.996), "{}", pace.due());
    }

    #[test]
    fn a_late_call_does_not_bring_the_next_closer_than_the_limit_allows() {
        let mut pace = spread(10.0, 0.8);
        pace.sent(0.0, 1.0, false);
        pace.sent(0.127, 1.0, true);
        assert!(close(pace.due(), 0.250), "made up for");
        pace.sent(0.254, 1.0, true);
        pace.sent(0.404, 1.0, true);
        assert!(close(pace.due(), 0.524), "made up for as far as may be: {}", pace.due());
    }

    #[test]
    fn a_call_takes_as_many_intervals_as_it_costs() {
        let mut pace = spread(10.0, 1.0);
        pace.sent(0.0, 5.0, false);
        assert!(close(pace.due(), 0.5));
        pace.settle(-3.0);
        assert!(close(pace.due(), 0.2), "{}", pace.due());
    }

    #[test]
    fn a_new_rate_holds_at_once() {
        let mut pace = spread(0.01, 1.0);
        pace.sent(0.0, 1.0, false);
        assert!(close(pace.due(), 100.0));
        pace.set_rate(1.0);
        assert!(close(pace.due(), 1.0), "{}", pace.due());
    }
}
