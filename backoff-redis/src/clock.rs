//! The clock that all processes share, which is that of Redis.

use std::time::{Duration, Instant};

/// Clocks drift apart by less than so much of the time (200 parts in a million).
const DRIFT: u32 = 5_000;

/// What is known of the time at Redis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// It was so late there ...
    there: Duration,
    /// ... when it was so late here, give or take so much.
    here: Instant,
    error: Duration,
    /// The time that an exchange takes, which rises at once and falls slowly.
    trip: Duration,
}

impl Clock {
    /// Redis said the time in an exchange that took from `began` to now.
    pub(crate) fn new(there: Duration, began: Instant) -> Self {
        let trip = began.elapsed();
        Self { there, here: began + trip / 2, error: trip / 2, trip }
    }

    /// Redis said the time again. The most exact answer is kept, unless it is old, or the clock there was set.
    pub(crate) fn told(&mut self, there: Duration, began: Instant) {
        let new = Self::new(there, began);
        let error = self.error + new.here.saturating_duration_since(self.here) / DRIFT;
        let trip = new.trip.max((self.trip * 7 + new.trip) / 8);
        let was_set = self.at(new.here).abs_diff(there) > error + new.error;
        if was_set || new.error <= error {
            *self = new;
        }
        self.trip = trip;
    }

    /// How late it is there.
    pub(crate) fn now(&self) -> Duration {
        self.at(Instant::now())
    }

    fn at(&self, here: Instant) -> Duration {
        (self.there + here.saturating_duration_since(self.here))
            .saturating_sub(self.here.saturating_duration_since(here))
    }

    /// When it is that late there, on the clock here.
    pub(crate) fn here(&self, there: Duration) -> Instant {
        let later = self.here.checked_add(there.saturating_sub(self.there));
        let at = later.and_then(|later| later.checked_sub(self.there.saturating_sub(there)));
        at.unwrap_or(self.here)
    }

    /// How long an exchange takes.
    pub(crate) fn trip(&self) -> Duration {
        self.trip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: Duration = Duration::from_secs(1_700_000_000);

    #[test]
    fn what_is_said_of_there_is_when_it_is_here() {
        let began = Instant::now();
        let clock = Clock { there: LATE, here: began, error: Duration::ZERO, trip: Duration::ZERO };
        let second = Duration::from_secs(1);
        assert_eq!(clock.here(LATE + second), began + second);
        assert_eq!(clock.at(began + second), LATE + second);
    }

    #[test]
    fn a_time_that_cannot_be_stops_nothing() {
        let clock = Clock::new(LATE, Instant::now());
        assert!(clock.here(Duration::ZERO) < clock.here);
        assert_eq!(clock.here(Duration::MAX), clock.here);
    }

    #[test]
    fn a_clock_that_was_set_is_followed_and_one_that_is_less_exact_is_not() {
        let mut clock = Clock::new(LATE, Instant::now());
        let before = clock.there;
        let began = Instant::now().checked_sub(Duration::from_millis(100)).unwrap();
        clock.told(LATE.saturating_sub(Duration::from_millis(20)), began);
        assert_eq!(clock.there, before);
        assert!(clock.trip() >= Duration::from_millis(100));
        clock.told(LATE + Duration::from_secs(3600), Instant::now());
        assert_eq!(clock.there, LATE + Duration::from_secs(3600));
    }
}
