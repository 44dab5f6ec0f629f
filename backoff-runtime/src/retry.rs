//! The judgement: whether there is another attempt, and after which wait. No I/O and no clock: time comes in as elapsed.

use std::time::Duration;

use crate::details::GiveUp;
use crate::jitter::{Jitter, uniform};

/// The limits of a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts, the first included; `u32::MAX` for no limit.
    pub max_tries: u32,
    /// Time since the call began, if limited.
    pub max_time: Option<Duration>,
}

impl Limits {
    /// No limits: attempts until one succeeds.
    pub const NONE: Self = Self { max_tries: u32::MAX, max_time: None };
}

/// How far a call has come. In this order and as wide, both fields begin by one store of a small constant.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Progress {
    /// Attempts so far, the current one included.
    tries: u32,
    fit: Fit,
}

/// How the wait before the current attempt fitted in `max_time`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u32)]
enum Fit {
    Whole,
    /// It didn't: after this attempt there is no other.
    Cut,
}

impl Progress {
    /// At the first attempt.
    pub(crate) const FIRST: Self = Self { tries: 1, fit: Fit::Whole };

    /// Attempts so far, the current one included.
    #[inline]
    #[must_use]
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Goes on to the next attempt.
    #[inline]
    pub(crate) fn next(&mut self) {
        self.tries = self.tries.saturating_add(1);
    }

    /// The current attempt was not made.
    pub(crate) fn missed(&mut self) {
        self.tries -= 1;
    }

    /// Whether the attempt that just failed was the last, and why.
    #[inline]
    #[must_use]
    pub(crate) fn limit_reached(&self, limits: Limits, elapsed: Duration) -> Option<GiveUp> {
        // `u32::MAX` stands for no limit: the count saturates there and goes on.
        if self.tries >= limits.max_tries && limits.max_tries != u32::MAX {
            Some(GiveUp::MaxTries)
        } else if self.fit == Fit::Cut || limits.max_time.is_some_and(|max_time| elapsed >= max_time) {
            Some(GiveUp::MaxTime)
        } else {
            None
        }
    }

    /// The actual wait: the generator's with jitter, no shorter than `floor`, the server's hint, and fitted into what is
    /// left of `max_time`.
    #[inline]
    pub(crate) fn actual_wait<J: Jitter>(
        &mut self,
        wait: Duration,
        longest: Option<Duration>,
        jitter: &mut J,
        limits: Limits,
        elapsed: Duration,
        floor: Duration,
    ) -> Duration {
        let actual = jitter.jitter(wait, longest).max(floor);
        match limits.max_time {
            Some(max_time) => {
                self.fit_into(max_time.saturating_sub(elapsed), actual, jitter.is_random(), floor)
            }
            None => actual,
        }
    }

    /// Fits a wait into the time that is left.
    ///
    /// One that doesn't fit becomes the last one: cut to what is left when there is no jitter, else drawn anew from
    /// `[0, what is left]`, so that callers which began together don't all wake at `max_time`.
    fn fit_into(&mut self, left: Duration, wait: Duration, is_random: bool, floor: Duration) -> Duration {
        if wait <= left {
            return wait;
        }
        self.fit = Fit::Cut;
        if is_random { uniform(floor.min(left)..=left) } else { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jitter::{full_jitter, none};

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn after(tries: u32) -> Progress {
        Progress { tries, fit: Fit::Whole }
    }

    #[test]
    fn gives_up_when_tries_reach_max_tries() {
        let limits = Limits { max_tries: 3, ..Limits::NONE };
        assert_eq!(after(2).limit_reached(limits, seconds(9)), None);
        assert_eq!(after(3).limit_reached(limits, seconds(0)), Some(GiveUp::MaxTries));
    }

    #[test]
    fn gives_up_when_elapsed_reaches_max_time() {
        let limits = Limits { max_time: Some(seconds(5)), ..Limits::NONE };
        assert_eq!(after(1000).limit_reached(limits, Duration::from_nanos(4_999_999_999)), None);
        assert_eq!(after(1).limit_reached(limits, seconds(5)), Some(GiveUp::MaxTime));
    }

    #[test]
    fn never_gives_up_without_limits() {
        let mut progress = after(u32::MAX - 1);
        progress.next();
        progress.next();
        assert_eq!(progress.tries(), u32::MAX);
        assert_eq!(progress.limit_reached(Limits::NONE, Duration::MAX), None);
    }

    #[test]
    fn a_wait_that_does_not_fit_is_cut_to_what_is_left_without_jitter_and_is_the_last() {
        let limits = Limits { max_time: Some(seconds(10)), ..Limits::NONE };
        let mut progress = after(1);
        assert_eq!(
            progress.actual_wait(seconds(4), None, &mut none(), limits, seconds(6), Duration::ZERO),
            seconds(4)
        );
        assert_eq!(progress.limit_reached(limits, seconds(7)), None, "a wait that fits is not the last");
        assert_eq!(
            progress.actual_wait(seconds(4), None, &mut none(), limits, seconds(7), Duration::ZERO),
            seconds(3)
        );
        assert_eq!(progress.limit_reached(limits, seconds(8)), Some(GiveUp::MaxTime));
    }

    #[test]
    fn a_jittered_wait_that_does_not_fit_is_drawn_anew_from_what_is_left_and_is_the_last() {
        let limits = Limits { max_time: Some(seconds(10)), ..Limits::NONE };
        let mut at_the_end = 0;
        for _ in 0..200 {
            let mut progress = after(1);
            let wait = progress.actual_wait(
                Duration::ZERO,
                None,
                &mut |_| full_jitter(seconds(1)) + seconds(2),
                limits,
                seconds(8),
                Duration::ZERO,
            );
            assert!(wait <= seconds(2));
            at_the_end += u32::from(wait > Duration::from_millis(1900));
            assert_eq!(progress.limit_reached(limits, seconds(8)), Some(GiveUp::MaxTime));
        }
        assert!(at_the_end < 40, "the last waits are spread, not bunched at max_time: {at_the_end}");
    }
}
