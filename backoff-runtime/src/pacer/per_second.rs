//! A known rate: one call per interval, and a gate that a throttle closes.

use super::controller::{Seconds, Sent, base};

/// The pace of a limit that was told.
#[derive(Debug)]
pub(super) struct PerSecond {
    rate: f64,
    due: Seconds,
}

impl PerSecond {
    pub(super) const fn new(rate: f64) -> Self {
        Self { rate, due: 0.0 }
    }

    pub(super) fn due(&self) -> Seconds {
        self.due
    }

    pub(super) fn earliest(&self) -> Seconds {
        self.due
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn sent(&mut self, now: Seconds, waited: bool) -> Sent {
        self.due = base(self.due, now, waited) + 1.0 / self.rate;
        Sent { at: now, pace: None, epoch: 0 }
    }

    /// Nothing goes before the server's hint; without one, the next call takes an interval's rest.
    pub(super) fn throttled(&mut self, now: Seconds, _: Sent, retry_after: Option<Seconds>) {
        self.due = self.due.max(now + retry_after.unwrap_or(1.0 / self.rate));
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
        let mut pace = PerSecond::new(4.0);
        assert!(pace.due() <= 0.0);
        for n in 1..100 {
            pace.sent(pace.due(), true);
            assert!(close(pace.due(), f64::from(n) / 4.0));
        }
    }

    #[test]
    fn an_idle_pacer_lets_the_next_call_go_at_once_and_saves_nothing_up() {
        let mut pace = PerSecond::new(4.0);
        pace.sent(0.0, false);
        pace.sent(100.0, false);
        assert!(close(pace.due(), 100.25));
    }

    #[test]
    fn a_timer_that_is_late_is_made_up_for_up_to_a_limit() {
        let mut pace = PerSecond::new(100.0);
        pace.sent(0.0, false);
        pace.sent(0.011, true);
        assert!(close(pace.due(), 0.020));
        pace.sent(1.0, true);
        assert!(close(pace.due(), 1.005));
    }

    #[test]
    fn a_throttle_closes_the_gate_for_as_long_as_the_server_says() {
        let mut pace = PerSecond::new(4.0);
        let sent = pace.sent(0.0, false);
        pace.throttled(1.0, sent, Some(7.0));
        assert!(close(pace.due(), 8.0));
        pace.throttled(2.0, sent, Some(1.0));
        assert!(close(pace.due(), 8.0));
        pace.throttled(9.0, sent, None);
        assert!(close(pace.due(), 9.25));
    }
}
