//! The judgement: whether there is another attempt, and after which wait. No I/O and no clock: time comes in as elapsed.

use std::time::Duration;

use crate::details::GiveUp;
use crate::jitter::{Jitter, uniform};

/// The longest hint that is obeyed without a limit of time: an hour.
const LONGEST_HINT: Duration = Duration::from_secs(3600);

/// The limits of a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts, the first included; `u32::MAX` for no limit.
    pub max_tries: u32,
    /// Time since the call began, if limited: after that there is no other attempt.
    pub max_time: Option<Duration>,
    /// Time since the call began, if limited: after that there is nothing.
    pub timeout: Option<Duration>,
}

impl Limits {
    /// No limits: attempts until one succeeds.
    pub const NONE: Self = Self { max_tries: u32::MAX, max_time: None, timeout: None };

    /// The time within which attempts begin.
    #[inline]
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        shorter(self.max_time, self.timeout)
    }

    /// What is left of that time.
    #[inline]
    pub(crate) fn left(&self, elapsed: Duration) -> Option<Duration> {
        self.time().map(|time| time.saturating_sub(elapsed))
    }

    /// Whether the server's hint is longer than what is left, or than an hour where time is not limited.
    #[inline]
    pub(crate) fn excludes(&self, hint: Option<Duration>, elapsed: Duration) -> bool {
        hint.is_some_and(|hint| hint > self.left(elapsed).unwrap_or(LONGEST_HINT))
    }

    /// Why a call gives up when that time is over.
    #[inline]
    pub(crate) fn reached(&self) -> GiveUp {
        match self.timeout {
            Some(timeout) if self.max_time.is_none_or(|max_time| timeout <= max_time) => GiveUp::Timeout,
            _ => GiveUp::MaxTime,
        }
    }
}

/// The shorter of two limits.
#[inline]
pub(crate) fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
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

    /// At a later attempt of a call that is told what it did before.
    pub(crate) fn resumed(tries: u32, is_last: bool) -> Self {
        Self { tries, fit: if is_last { Fit::Cut } else { Fit::Whole } }
    }

    /// Whether the wait before the next attempt did not fit, so that there is no other after that.
    pub(crate) fn is_cut(&self) -> bool {
        self.fit == Fit::Cut
    }

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
        } else if limits.timeout.is_some_and(|timeout| elapsed >= timeout) {
            Some(GiveUp::Timeout)
        } else if self.fit == Fit::Cut || limits.max_time.is_some_and(|max_time| elapsed >= max_time) {
            Some(GiveUp::MaxTime)
        } else {
            None
        }
    }

    /// The actual wait, fitted into the time that is left; or why there is none.
    #[inline]
    pub(crate) fn actual_wait<J: Jitter>(
        &mut self,
        wait: Asked,
        longest: Option<Duration>,
        jitter: &mut J,
        limits: Limits,
        elapsed: Duration,
    ) -> Result<Duration, GiveUp> {
        let (actual, floor) = match wait {
            Asked::Generator(wait) => (jitter.jitter(wait, longest), Duration::ZERO),
            _ => asked(wait, longest, jitter),
        };
        match limits.left(elapsed) {
            Some(left) => self.fit_into(left, actual, jitter.is_random(), floor, limits),
            None => Ok(actual),
        }
    }

    /// Fits a wait into the time that is left.
    ///
    /// One that doesn't fit becomes the last one: cut to what is left when there is no jitter, else drawn anew from
    /// `[0, what is left]`, so that callers which began together don't all wake at `max_time`. What the server asked for
    /// is not cut: there is no attempt before that. And at the end of `timeout` there would be no time for an attempt.
    fn fit_into(
        &mut self,
        left: Duration,
        wait: Duration,
        is_random: bool,
        floor: Duration,
        limits: Limits,
    ) -> Result<Duration, GiveUp> {
        let is_timed_out = limits.reached() == GiveUp::Timeout;
        if wait < left || wait == left && !is_timed_out {
            return Ok(wait);
        }
        if floor > left {
            return Err(GiveUp::RetryAfter);
        }
        if is_timed_out && !is_random {
            return Err(GiveUp::Timeout);
        }
        self.fit = Fit::Cut;
        Ok(if is_random { uniform(floor..=left) } else { left })
    }
}

/// A wait, and who asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The generator.
    Generator(Duration),
    /// The server, by the generator.
    Server(Duration),
    /// The generator, and the server by a hint.
    Both { wait: Duration, hint: Duration },
}

impl Asked {
    /// The generator's wait, with the server's hint. `is_asked_for` tells that the generator says what the server asks for.
    #[inline]
    pub(crate) fn new(wait: Duration, hint: Option<Duration>, is_asked_for: bool) -> Self {
        match hint {
            None if is_asked_for => Self::Server(wait),
            None => Self::Generator(wait),
            Some(hint) if is_asked_for => Self::Server(wait.max(hint)),
            Some(hint) => Self::Both { wait, hint },
        }
    }
}

/// The wait where the server asked for one, and how much of it is the server's: never less than that, and more by what
/// jitter makes of it, so that callers who were told the same don't come back together.
#[cold]
fn asked<J: Jitter>(wait: Asked, longest: Option<Duration>, jitter: &mut J) -> (Duration, Duration) {
    match wait {
        Asked::Generator(wait) => (jitter.jitter(wait, longest), Duration::ZERO),
        Asked::Server(asked) if !jitter.spreads_asked_for() => (asked, asked),
        Asked::Server(asked) => {
            let jittered = jitter.jitter(asked, longest);
            (if jittered < asked { asked.saturating_add(jittered) } else { jittered }, asked)
        }
        Asked::Both { wait, hint } => {
            let jittered = jitter.jitter(wait, longest);
            (if jitter.is_random() { hint.saturating_add(jittered) } else { hint.max(jittered) }, hint)
        }
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
        Progress::resumed(tries, false)
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
        let four = Asked::Generator(seconds(4));
        assert_eq!(progress.actual_wait(four, None, &mut none(), limits, seconds(6)), Ok(seconds(4)));
        assert_eq!(progress.limit_reached(limits, seconds(7)), None, "a wait that fits is not the last");
        assert_eq!(progress.actual_wait(four, None, &mut none(), limits, seconds(7)), Ok(seconds(3)));
        assert_eq!(progress.limit_reached(limits, seconds(8)), Some(GiveUp::MaxTime));
    }

    #[test]
    fn a_jittered_wait_that_does_not_fit_is_drawn_anew_from_what_is_left_and_is_the_last() {
        let limits = Limits { max_time: Some(seconds(10)), ..Limits::NONE };
        let mut at_the_end = 0;
        for _ in 0..200 {
            let mut progress = after(1);
            let mut jitter = |_| full_jitter(seconds(1)) + seconds(2);
            let none = Asked::Generator(Duration::ZERO);
            let wait = progress.actual_wait(none, None, &mut jitter, limits, seconds(8)).unwrap();
            assert!(wait <= seconds(2));
            at_the_end += u32::from(wait > Duration::from_millis(1900));
            assert_eq!(progress.limit_reached(limits, seconds(8)), Some(GiveUp::MaxTime));
        }
        assert!(at_the_end < 40, "the last waits are spread, not bunched at max_time: {at_the_end}");
    }

    #[test]
    fn nothing_is_waited_for_that_leaves_no_time_for_an_attempt_within_the_timeout() {
        let limits = Limits { timeout: Some(seconds(10)), ..Limits::NONE };
        let six = Asked::Generator(seconds(6));
        assert_eq!(after(1).actual_wait(six, None, &mut none(), limits, seconds(5)), Err(GiveUp::Timeout));
        let limits = Limits { max_time: Some(seconds(8)), ..limits };
        assert_eq!(after(1).actual_wait(six, None, &mut none(), limits, seconds(5)), Ok(seconds(3)));
        assert_eq!(after(1).limit_reached(limits, seconds(9)), Some(GiveUp::MaxTime));
        assert_eq!(after(1).limit_reached(limits, seconds(10)), Some(GiveUp::Timeout));
    }

    #[test]
    fn what_the_server_asked_for_is_never_shortened_and_a_jitter_adds_to_it() {
        let limits = Limits { max_time: Some(seconds(100)), ..Limits::NONE };
        let both = Asked::Both { wait: seconds(8), hint: seconds(30) };
        let server = Asked::Server(seconds(30));
        let mut full = full_jitter;
        for _ in 0..200 {
            let wait = after(1).actual_wait(both, None, &mut full, limits, seconds(0)).unwrap();
            assert!((seconds(30)..=seconds(38)).contains(&wait), "{wait:?}");
            let wait = after(1).actual_wait(server, None, &mut full, limits, seconds(0)).unwrap();
            assert!((seconds(30)..=seconds(60)).contains(&wait), "{wait:?}");
            let wait = after(1).actual_wait(both, None, &mut full, limits, seconds(69)).unwrap();
            assert!((seconds(30)..=seconds(31)).contains(&wait), "{wait:?}");
        }
        for asked in [both, server] {
            assert_eq!(after(1).actual_wait(asked, None, &mut none(), limits, seconds(0)), Ok(seconds(30)));
            let beyond = after(1).actual_wait(asked, None, &mut none(), limits, seconds(71));
            assert_eq!(beyond, Err(GiveUp::RetryAfter));
        }
    }
}
