//! What the limit was seen to let through.

use std::collections::VecDeque;

use super::super::controller::Seconds;

/// As many accepted calls are remembered by their time.
const REMEMBERED: usize = 512;

/// The accepted calls since the limit was last exceeded.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Accepts {
    since: Seconds,
    count: u32,
    times: VecDeque<Seconds>,
}

impl Accepts {
    pub(super) const fn new() -> Self {
        Self { since: 0.0, count: 0, times: VecDeque::new() }
    }

    /// Forgets all, and counts from now.
    pub(super) fn restart(&mut self, now: Seconds) {
        self.since = now;
        self.count = 0;
        self.times.clear();
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The time since the limit was last exceeded.
    pub(super) fn elapsed(&self, now: Seconds) -> Seconds {
        now - self.since
    }

    pub(super) fn add(&mut self, now: Seconds) {
        if self.times.capacity() == 0 {
            self.times.reserve_exact(REMEMBERED);
        }
        if self.times.len() == REMEMBERED {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.count = self.count.saturating_add(1);
    }

    /// Calls that were let through since then, unless they are more than are remembered.
    pub(super) fn within(&self, since: Seconds) -> Option<f64> {
        if since <= self.since {
            return Some(f64::from(self.count));
        }
        let earlier = self.times.partition_point(|time| *time < since);
        let all_known = earlier > 0 || self.count as usize == self.times.len();
        all_known.then(|| (self.times.len() - earlier) as f64)
    }

    /// The highest rate that was let through for a while, in calls per second: the last k calls less a burst of them
    /// (which may have been saved up before) over the time they took, for the best k.
    pub(super) fn goodput(&self, now: Seconds, burst: f64) -> f64 {
        let over = |calls: f64, since: Seconds| calls / (now - since).max(1e-9);
        let whole = over(f64::from(self.count) - 1.0, self.since);
        let last = |k: usize| over(k as f64 - 1.0 - burst, self.times[self.times.len() - k]);
        let doubled = std::iter::successors(Some(4), |k| Some(k * 2)).take_while(|k| *k < self.times.len());
        let all = Some(self.times.len()).filter(|len| *len >= 4);
        doubled.chain(all).map(last).fold(whole, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goodput_is_the_rate_that_was_let_through() {
        let mut accepts = Accepts::new();
        for n in 0..1000 {
            accepts.add(f64::from(n) * 0.1);
        }
        let goodput = accepts.goodput(99.9, 1.0);
        assert!((9.9..=10.0).contains(&goodput), "{goodput}");
    }

    #[test]
    fn a_burst_is_not_taken_for_a_rate() {
        let mut accepts = Accepts::new();
        (0..50).for_each(|_| accepts.add(0.0));
        assert!(accepts.goodput(10.0, 50.0) <= 5.0);
        accepts.restart(10.0);
        assert!(accepts.goodput(11.0, 50.0) <= 0.0);
    }

    #[test]
    fn calls_of_the_last_while_are_counted_as_far_as_they_are_remembered() {
        let mut accepts = Accepts::new();
        accepts.restart(5.0);
        (0..10).for_each(|n| accepts.add(10.0 + f64::from(n)));
        assert_eq!(
            [4.0, 12.0, 17.0, 30.0].map(|since| accepts.within(since)),
            [10.0, 8.0, 3.0, 0.0].map(Some)
        );
        (0..600).for_each(|n| accepts.add(20.0 + f64::from(n)));
        assert_eq!(
            (accepts.within(4.0), accepts.within(20.0), accepts.within(600.0)),
            (Some(610.0), None, Some(20.0))
        );
    }
}
