//! The waits of a policy as values, for jobs that are tried again by something that survives the process: a queue.

use std::time::Duration;

use super::{Ends, LivePolicy, Policy};
use crate::details::GiveUp;
use crate::retry::{Asked, Limits, Progress};
use crate::testing;
use crate::wait::IntoWaitValue;

/// What is known of a job whose try has just failed, for [`Policy::next_wait`].
///
/// What it is made of is stored with the job, so that it is still known when another process tries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it says nothing until a policy is asked by it"]
pub struct Tried {
    tries: u32,
    elapsed: Duration,
    drawn: Duration,
    is_last: bool,
    hint: Option<Duration>,
}

impl Tried {
    /// A job that was tried so often, the try that has just failed included, in the time since it was first put in.
    ///
    /// The time goes on while no process runs, so it is that of the system's clock: `put_in.elapsed().unwrap_or_default()`
    /// of a `SystemTime`, which is zero if the clock was set back. 0 tries count as 1.
    pub const fn new(tries: u32, elapsed: Duration) -> Self {
        let tries = if tries == 0 { 1 } else { tries };
        Self { tries, elapsed, drawn: Duration::ZERO, is_last: false, hint: None }
    }

    /// The wait before this try was [the last](NextWait::is_last), so there is no other; `false` by default.
    pub const fn last(mut self, is_last: bool) -> Self {
        self.is_last = is_last;
        self
    }

    /// What jitter [drew](NextWait::drawn) before this try; zero by default. Only
    /// [`AnyJitter::Decorrelated`](crate::AnyJitter::Decorrelated) asks for it.
    pub const fn drawn(mut self, drawn: Duration) -> Self {
        self.drawn = drawn;
        self
    }

    /// The server's hint when to come back: a wait, or an `Option` of one, as the option `retry_after` has it; none by
    /// default.
    pub fn retry_after(mut self, hint: impl IntoWaitValue) -> Self {
        self.hint = hint.into_wait_value();
        self
    }
}

/// The wait before the next try of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NextWait {
    /// How long, jitter included.
    pub wait: Duration,
    /// Whether it did not fit into `max_time` and was fitted, so that the next try is the last. Stored with the job, it is
    /// told by [`Tried::last`]; forgotten, tries come ever faster as the end of `max_time` comes near.
    pub is_last: bool,
    /// What jitter made of the generator's wait: the wait, but without the server's hint and before it was fitted. Stored
    /// with the job, it is told by [`Tried::drawn`], for a policy with decorrelated jitter.
    pub drawn: Duration,
}

impl<E> Policy<E> {
    /// The wait before the next try of a job, as a value: for a queue that keeps jobs while no process waits for them.
    ///
    /// It is what a call in the process would wait after as many tries, and as much time: the same number of the generator's
    /// waits, the same jitter, `max_tries`, `max_time` and `timeout`, over all processes that ever tried the job. A
    /// server's hint is never shortened. What belongs to a process has no part in it: the pacer, the budget,
    /// `attempt_timeout`, log lines, and whether retries are [turned off](crate::program::disable_retries).
    ///
    /// ```
    /// use backoff_runtime::{GiveUp, Policy, Tried};
    /// use std::time::{Duration, SystemTime};
    ///
    /// /// How messages come back that a call could not deliver.
    /// static LATER: Policy = Policy::expo().factor(60.0).max_value("1h").max_time("1d");
    ///
    /// /// What the queue stores.
    /// struct Job {
    ///     text: String,
    ///     put_in: SystemTime,
    ///     tries: u32,
    ///     is_last: bool,
    /// }
    ///
    /// /// What becomes of a job whose call gave up: the job to put in again, and when it is due; or why it has failed for good.
    /// fn again(job: Job, retry_after: Option<Duration>) -> Result<(Job, SystemTime), GiveUp> {
    ///     let tries = job.tries + 1;
    ///     let elapsed = job.put_in.elapsed().unwrap_or_default();
    ///     let next = LATER.next_wait(Tried::new(tries, elapsed).last(job.is_last).retry_after(retry_after))?;
    ///     Ok((Job { tries, is_last: next.is_last, ..job }, SystemTime::now() + next.wait))
    /// }
    ///
    /// let job = Job { text: "hello".to_owned(), put_in: SystemTime::now(), tries: 0, is_last: false };
    /// let (job, due) = again(job, None).unwrap();
    /// assert!(job.tries == 1 && due <= SystemTime::now() + Duration::from_secs(60));
    ///
    /// let late = Job { put_in: SystemTime::now() - Duration::from_secs(90_000), ..job };
    /// assert_eq!(again(late, None).err(), Some(GiveUp::MaxTime));
    /// ```
    ///
    /// # Errors
    /// Why there is no other try: [`GiveUp::MaxTries`], [`GiveUp::MaxTime`], [`GiveUp::Timeout`], [`GiveUp::Exhausted`] of a
    /// generator that ends, or [`GiveUp::RetryAfter`] if the server's hint is longer than what is left, or than an hour
    /// where time is not limited.
    pub fn next_wait(&self, tried: Tried) -> Result<NextWait, GiveUp> {
        let Tried { tries, elapsed, mut drawn, is_last, hint } = tried;
        let limits = testing::capped(self.limits());
        let mut progress = Progress::resumed(tries, is_last);
        if let Some(reason) = progress.limit_reached(limits, elapsed) {
            return Err(reason);
        }
        if limits.excludes(hint, elapsed) {
            return Err(GiveUp::RetryAfter);
        }
        let wait = self.waits.at(tries - 1).ok_or(GiveUp::Exhausted)?;
        let (asked, longest) = (Asked::new(wait, hint, false), self.waits.longest());
        let wait = progress.actual_wait(asked, longest, &mut self.jittered(&mut drawn), limits, elapsed)?;
        Ok(NextWait { wait, is_last: progress.is_cut(), drawn })
    }

    fn limits(&self) -> Limits {
        Limits { max_tries: self.max_tries, max_time: self.max_time, timeout: self.timeout }
    }
}

impl<E: Ends> LivePolicy<E> {
    /// The wait before the next try of a job, by the policy as it is now; see [`Policy::next_wait`].
    ///
    /// # Errors
    /// As there.
    pub fn next_wait(&self, tried: Tried) -> Result<NextWait, GiveUp> {
        self.snapshot().next_wait(tried)
    }
}
