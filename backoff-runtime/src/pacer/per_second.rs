//! A known rate: one call per interval, and a gate that a throttle closes.

use super::controller::{CATCH_UP, Seconds, Sent, base};

/// The pace of a limit that was told.
#[derive(Debug)]
pub(super) struct PerSecond {
    rate: f64,
    /// No two calls are closer together, though the one before was late: a server may save nothing up.
    closest: Option<Seconds>,
    /// When the next call is due by the rate alone.
    next: Seconds,
    /// No call goes before.
    closed: Seconds,
}

impl PerSecond {
    pub(super) const fn new(rate: f64, margin: f64) -> Self {
        // Timers count milliseconds: calls that are only a few of them apart can't both keep their distance and the rate.
        let closest = if rate * CATCH_UP < 1.0 { Some(1.0 / rate) } else { None };
        Self { rate: rate * margin, closest, next: 0.0, closed: 0.0 }
    }

    pub(super) fn due(&self) -> Seconds {
        self.next.max(self.closed)
    }

    pub(super) fn earliest(&self) -> Seconds {
        self.due()
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn sent(&mut self, now: Seconds, waited: bool) -> Sent {
        self.next = base(self.next, now, waited) + 1.0 / self.rate;
        self.closed = self.closest.map_or(self.closed, |closest| now + closest);
        Sent { at: now, pace: None, epoch: 0 }
    }

    /// Nothing goes before the server's hint; without one, the next call takes an interval's rest.
    pub(super) fn throttled(&mut self, now: Seconds, _: Sent, retry_after: Option<Seconds>) {
        self.closed = self.closed.max(now + retry_after.unwrap_or(1.0 / self.rate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn calls_go_one_interval_apart_and_the_first_at_once() {
        let mut pace = PerSecond::new(4.0, 1.0);
        assert!(pace.due() <= 0.0);
        for n in 1..100 {
            pace.sent(pace.due(), true);
            assert!(close(pace.due(), f64::from(n) / 4.0));
        }
    }

    #[test]
    fn an_idle_pacer_lets_the_next_call_go_at_once_and_saves_nothing_up() {
        let mut pace = PerSecond::new(4.0, 1.0);
        pace.sent(0.0, false);
        pace.sent(100.0, false);
        assert!(close(pace.due(), 100.25));
    }

    #[test]
    fn a_timer_that_is_late_is_made_up_for_up_to_a_limit() {
        let mut pace = PerSecond::new(1000.0, 1.0);
        pace.sent(0.0, false);
        pace.sent(0.0015, true);
        assert!(close(pace.due(), 0.002));
        pace.sent(1.0, true);
        assert!(close(pace.due(), 0.996));
    }

    #[test]
    fn a_late_call_does_not_bring_the_next_closer_than_the_limit_allows() {
        let mut pace = PerSecond::new(10.0, 0.8);
        pace.sent(0.0, false);
        pace.sent(0.127, true);
        assert!(close(pace.due(), 0.250), "made up for");
        pace.sent(0.254, true);
        pace.sent(0.404, true);
        assert!(close(pace.due(), 0.524), "made up for as far as may be: {}", pace.due());
    }

    #[test]
    fn a_throttle_closes_the_gate_for_as_long_as_the_server_says() {
        let mut pace = PerSecond::new(4.0, 1.0);
        let sent = pace.sent(0.0, false);
        pace.throttled(1.0, sent, Some(7.0));
        assert!(close(pace.due(), 8.0));
        pace.throttled(2.0, sent, Some(1.0));
        assert!(close(pace.due(), 8.0));
        pace.throttled(9.0, sent, None);
        assert!(close(pace.due(), 9.25));
    }
}
