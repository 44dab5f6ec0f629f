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
        let later = self.here + there.saturating_sub(self.there);
        later.checked_sub(self.there.saturating_sub(there)).unwrap_or(self.here)
    }

    /// How long an exchange takes.
    pub(crate) fn trip(&self) -> Duration {
        self.trip
    }
}
