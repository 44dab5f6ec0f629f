//! A quota per window that may be used at once: no window of that length, wherever it begins, has more calls in it.
//!
//! The server counts a call somewhere between when it was sent and when its answer came. So a call takes its part until
//! a window has passed since its answer, less half of the shortest trip, as a later one reaches the server only after it
//! was sent. Only a call that was alone in flight tells that time, as others wait for each other; and only half of it
//! counts, since the later one may be faster.

use std::collections::VecDeque;

use super::controller::Seconds;
use super::plan::Quota;

/// What ended within this share of a window is freed together, by the last of it; so little is remembered.
const GRAIN: f64 = 1.0 / 256.0;
/// After a refusal the quota is spread for one window, and then twice as long for each that follows, up to so often.
const MOST_DOUBLED: u32 = 6;

/// What ended at about the same time.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
struct Ended {
    first: Seconds,
    last: Seconds,
    amount: f64,
}

/// The state of a quota that may be used at once.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct AtOnce {
    quota: f64,
    window: Seconds,
    ended: VecDeque<Ended>,
    /// The sum of what has ended, and of what has not.
    counted: f64,
    in_flight: f64,
    /// The shortest trip, and whether a call was alone in flight, so that it says something.
    shortest_trip: Seconds,
    was_alone: bool,
    /// When the call was sent that is alone in flight.
    alone: Option<Seconds>,
    /// The server refused a call, so it lets no quota be used at once: until then it is spread.
    spread_until: Seconds,
    refusals: u32,
    /// When the next call is due, if it is spread.
    next: Seconds,
}

impl AtOnce {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota: (quota.amount * quota.margin()).floor().max(1.0),
            window: quota.window,
            ended: VecDeque::new(),
            counted: 0.0,
            in_flight: 0.0,
            shortest_trip: Seconds::INFINITY,
            was_alone: false,
            alone: None,
            spread_until: 0.0,
            refusals: 0,
            next: 0.0,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.quota / self.window
    }

    /// Sets the quota, which is at least 1.
    pub(super) fn set_quota(&mut self, quota: f64) {
        self.quota = quota.floor().max(1.0);
    }

    pub(super) fn set_rate(&mut self, rate: f64) {
        self.set_quota(rate * self.window);
    }

    /// When a call of this cost may go; never, if calls have to end before.
    pub(super) fn due(&self, cost: f64) -> Seconds {
        let cost = cost.min(self.quota);
        let mut free = self.quota - self.in_flight - self.counted;
        if cost <= free {
            return self.next;
        }
        for ended in &self.ended {
            free += ended.amount;
            if cost <= free {
                return self.free(ended).max(self.next);
            }
        }
        Seconds::INFINITY
    }

    /// From when on what ended is free.
    fn free(&self, ended: &Ended) -> Seconds {
        let least = if self.was_alone { self.shortest_trip / 2.0 } else { 0.0 };
        ended.last - least + self.window
    }

    /// A call of this cost may go no earlier than then, whatever happens.
    pub(super) fn earliest(&self, cost: f64) -> Seconds {
        if self.in_flight > 0.0 { self.next } else { self.due(cost) }
    }

    pub(super) fn sent(&mut self, now: Seconds, cost: f64) {
        while let Some(ended) = self.ended.front().filter(|ended| self.free(ended) <= now) {
            self.counted -= ended.amount;
            self.ended.pop_front();
        }
        if self.ended.is_empty() {
            self.counted = 0.0;
        }
        self.alone = (self.in_flight <= 0.0).then_some(now);
        self.in_flight += cost;
        self.next = if now < self.spread_until { now.max(self.next) + cost / self.rate() } else { 0.0 };
    }

    /// The true cost of a call in flight is known.
    pub(super) fn settle(&mut self, more: f64) {
        self.in_flight += more;
    }

    pub(super) fn ended(&mut self, now: Seconds, sent: Seconds, amount: f64) {
        self.in_flight = (self.in_flight - amount).max(0.0);
        self.was_alone |= self.alone.take().is_some_and(|alone| alone <= sent);
        self.shortest_trip = self.shortest_trip.min(now - sent);
        self.counted += amount;
        match self.ended.back_mut() {
            Some(ended) if now - ended.first <= GRAIN * self.window => {
                ended.last = now;
                ended.amount += amount;
            }
            _ => self.ended.push_back(Ended { first: now, last: now, amount }),
        }
    }

    pub(super) fn refused(&mut self, now: Seconds) {
        if now >= self.spread_until {
            self.spread_until = now + self.window * f64::from(1_u32 << self.refusals);
            self.refusals = MOST_DOUBLED.min(self.refusals + 1);
            self.next = now + 1.0 / self.rate();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::plan::Counts;

    fn quota(amount: f64, window: Seconds) -> AtOnce {
        AtOnce::new(Quota { counts: Counts::Costs, amount, window, spread: false, margin: None })
    }

    #[test]
    fn a_window_is_used_at_once_and_then_again_when_it_is_over() {
        let mut limit = quota(3.0, 10.0);
        for _ in 0..3 {
            assert!(limit.due(1.0) <= 0.0);
            limit.sent(0.0, 1.0);
        }
        assert!(limit.due(1.0).is_infinite(), "nothing is known before one ends");
        (0..3).for_each(|_| limit.ended(0.1, 0.0, 1.0));
        assert!((limit.due(1.0) - 10.1).abs() < 1e-9, "{}", limit.due(1.0));
    }

    #[test]
    fn an_answer_that_took_longer_than_others_counts_for_longer() {
        let mut limit = quota(2.0, 10.0);
        limit.sent(0.0, 1.0);
        limit.ended(0.1, 0.0, 1.0);
        limit.sent(5.0, 1.0);
        limit.ended(7.0, 5.0, 1.0);
        limit.sent(10.0, 1.0);
        assert!((limit.due(1.0) - 16.95).abs() < 1e-9, "{}", limit.due(1.0));
    }

    #[test]
    fn answers_that_wait_for_each_other_do_not_say_how_soon_a_call_reaches_the_server() {
        let mut limit = quota(2.0, 10.0);
        limit.sent(0.0, 1.0);
        limit.sent(0.0, 1.0);
        limit.ended(0.5, 0.0, 1.0);
        limit.ended(0.5, 0.0, 1.0);
        assert!((limit.due(1.0) - 10.5).abs() < 1e-9, "{}", limit.due(1.0));
    }

    #[test]
    fn no_window_wherever_it_begins_has_more_than_the_quota() {
        let (mut limit, mut now, mut sent) = (quota(100.0, 60.0), 0.0, Vec::new());
        for n in 0..1000_u32 {
            now = limit.due(1.0).max(now + 0.001);
            limit.sent(now, 1.0);
            sent.push(now);
            limit.ended(now + 0.05, now, 1.0);
            now += f64::from(n % 7) * 0.1;
        }
        assert!(sent.windows(101).all(|calls| calls[100] - calls[0] > 60.0 - 1e-6));
        assert!(now < 60.0 * 9.7, "and hardly fewer: {now}");
        assert!(limit.ended.len() <= 257);
    }

    #[test]
    fn a_call_of_more_than_the_quota_goes_alone() {
        let mut limit = quota(10.0, 10.0);
        limit.sent(0.0, 25.0);
        assert!(limit.due(1.0).is_infinite());
        limit.ended(0.0, 0.0, 25.0);
        assert!((limit.due(1.0) - 10.0).abs() < 1e-9 && (limit.due(99.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn after_a_refusal_it_is_spread() {
        let mut limit = quota(10.0, 10.0);
        limit.sent(0.0, 1.0);
        limit.refused(0.0);
        limit.ended(0.0, 0.0, 1.0);
        assert!((limit.due(1.0) - 1.0).abs() < 1e-9);
        limit.sent(1.0, 1.0);
        assert!((limit.due(1.0) - 2.0).abs() < 1e-9);
    }
}
