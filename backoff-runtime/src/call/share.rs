//! What a [`Call`](super::Call) shares with others, and what bounds its attempts; nothing by default.

#[cfg(feature = "tokio")]
use std::task::Poll;
use std::time::Duration;
#[cfg(feature = "tokio")]
use std::time::Instant;

use super::Call;
use super::hooks::{Any, Condition, Nothing};
use crate::attempt::Attempt;
use crate::budget::RetryBudget;
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::pacer::{Pacer, Place, Turn};
use crate::pacing::TimedOut;
use crate::retry::Limits;
use crate::value::IntoSeconds;
use crate::wait::IntoWaitValue;

/// What a call shares; `'p` is the life of the pacer and the budget.
#[derive(Clone, Debug)]
pub struct Share<'p, T = Any, R = Nothing, B = Nothing> {
    pub(super) pacer: Option<&'p Pacer>,
    pub(super) budget: Option<&'p RetryBudget>,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) throttled: T,
    pub(super) retry_after: R,
    pub(super) bounded: B,
}

impl Share<'_> {
    pub(super) const NONE: Self = Self {
        pacer: None,
        budget: None,
        attempt_timeout: None,
        throttled: Any,
        retry_after: Nothing,
        bounded: Nothing,
    };
}

impl<T, R, B> Share<'_, T, R, B> {
    /// Tells the pacer and the budget of a failed attempt.
    #[inline]
    pub(super) fn failed<M: Mode, F>(
        &mut self,
        attempt: &mut Attempt<'_, M, F>,
        turn: Option<Turn<'_>>,
        limits: Limits,
    ) -> Place
    where
        T: Condition<F>,
        R: Hint<F>,
    {
        attempt.retry_after(limits, |failure| self.retry_after.hint(failure));
        if let Some(budget) = self.budget {
            attempt.budget(budget);
        }
        attempt.pace(turn, |failure| self.throttled.holds(failure))
    }
}

/// Finds the server's hint in what failed.
pub trait Hint<T> {
    /// The hint, if there is one.
    fn hint(&mut self, failure: &T) -> Option<Duration>;
}

impl<T> Hint<T> for Nothing {
    #[inline]
    fn hint(&mut self, _: &T) -> Option<Duration> {
        None
    }
}

impl<T, S: IntoWaitValue, F: FnMut(&T) -> S> Hint<T> for F {
    #[inline]
    fn hint(&mut self, failure: &T) -> Option<Duration> {
        self(failure).into_wait_value()
    }
}

/// A call whose attempts may be missed or end without an answer, so that what it returns can say so.
#[derive(Clone, Copy, Debug)]
pub struct Bounded;

/// What attempts wait for, what ends them, and what is returned where there was no answer. A call without any of it has no
/// code for it.
pub trait NoAnswer<O: Outcome> {
    /// What is kept of the last outcome while waiting for a turn.
    type Kept: Default;

    /// Keeps the place in the queue, and what the last attempt ended with.
    fn keep(place: Place, outcome: O) -> Self::Kept;

    /// The place that was kept.
    fn place(kept: &mut Self::Kept) -> Place;

    /// Waits for a turn, if there is a pacer; gives no turn if none came in time.
    #[cfg(feature = "tokio")]
    fn turn(
        pacer: Option<&Pacer>,
        place: Place,
        deadline: impl FnOnce() -> Option<Instant> + Send,
    ) -> impl Future<Output = Option<Option<Turn<'_>>>> + Send;

    /// An attempt, ended when it takes too long.
    #[cfg(feature = "tokio")]
    fn attempt<F: Future<Output = O::Output>>(
        limit: Option<Duration>,
        attempt: F,
    ) -> impl Future<Output = O::Output>;

    /// The outcome of a call that had no turn in time: its last one, if it had one.
    fn missed(kept: Self::Kept, max_time: Option<Duration>) -> O;
}

impl<O: Outcome> NoAnswer<O> for Nothing {
    type Kept = ();

    #[inline]
    fn keep(_: Place, _: O) {}

    #[inline]
    fn place((): &mut ()) -> Place {
        Place::back()
    }

    fn missed((): (), _: Option<Duration>) -> O {
        unreachable!("without a pacer there is no turn to be missed")
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn turn(
        _: Option<&Pacer>,
        _: Place,
        _: impl FnOnce() -> Option<Instant> + Send,
    ) -> impl Future<Output = Option<Option<Turn<'_>>>> + Send {
        std::future::poll_fn(|_| Poll::Ready(None))
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn attempt<F: Future<Output = O::Output>>(
        _: Option<Duration>,
        attempt: F,
    ) -> impl Future<Output = O::Output> {
        attempt
    }
}

impl<O: Outcome<Output: TimedOut>> NoAnswer<O> for Bounded {
    type Kept = (Place, Option<O>);

    fn keep(place: Place, outcome: O) -> Self::Kept {
        (place, Some(outcome))
    }

    fn place((place, _): &mut Self::Kept) -> Place {
        std::mem::take(place)
    }

    fn missed((_, last): Self::Kept, max_time: Option<Duration>) -> O {
        crate::pacing::no_turn(last, max_time)
    }

    #[cfg(feature = "tokio")]
    async fn turn(
        pacer: Option<&Pacer>,
        place: Place,
        deadline: impl FnOnce() -> Option<Instant> + Send,
    ) -> Option<Option<Turn<'_>>> {
        Some(pacer?.turn(place, deadline()).await)
    }

    #[cfg(feature = "tokio")]
    async fn attempt<F: Future<Output = O::Output>>(limit: Option<Duration>, attempt: F) -> O::Output {
        match limit {
            None => attempt.await,
            Some(limit) => crate::pacing::timeout(limit, attempt).await,
        }
    }
}

impl<'p, A, W, C, J, G, N, H, T, R, B> Call<A, W, C, J, G, N, H, Share<'p, T, R, B>> {
    /// The pacer that stands in front of every attempt; none by default. With `max_time`, a call that gets no turn in
    /// time returns its last outcome, or says that it timed out: its error implements `From<AttemptTimeout>`, or its
    /// type has a falsy value.
    ///
    /// ```
    /// use backoff_runtime::{AttemptTimeout, Pacer, expo, on_exception};
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0);
    ///
    /// let sent = on_exception(expo()).pacer(&SMS).run_blocking(|| Ok::<_, std::io::Error>("sent"));
    /// assert!(sent.is_ok());
    /// ```
    pub fn pacer(self, pacer: &'p Pacer) -> Call<A, W, C, J, G, N, H, Share<'p, T, R, Bounded>> {
        self.with_share(|share| {
            let Share { budget, attempt_timeout, throttled, retry_after, .. } = share;
            Share { pacer: Some(pacer), budget, attempt_timeout, throttled, retry_after, bounded: Bounded }
        })
    }

    /// Which failures are the limit speaking; of a pacer by default all that are retried.
    pub fn throttled<E, F: FnMut(&E) -> bool>(
        self,
        throttled: F,
    ) -> Call<A, W, C, J, G, N, H, Share<'p, F, R, B>> {
        self.with_share(|share| {
            let Share { pacer, budget, attempt_timeout, retry_after, bounded, .. } = share;
            Share { pacer, budget, attempt_timeout, throttled, retry_after, bounded }
        })
    }

    /// The server's hint in a failure, as an `Option` of a wait: no wait is shorter.
    pub fn retry_after<E, V: IntoWaitValue, F: FnMut(&E) -> V>(
        self,
        retry_after: F,
    ) -> Call<A, W, C, J, G, N, H, Share<'p, T, F, B>> {
        self.with_share(|share| {
            let Share { pacer, budget, attempt_timeout, throttled, bounded, .. } = share;
            Share { pacer, budget, attempt_timeout, throttled, retry_after, bounded }
        })
    }

    /// The budget that retries are taken from; none by default.
    pub fn budget(self, budget: &'p RetryBudget) -> Self {
        self.with_share(|share| Share { budget: Some(budget), ..share })
    }

    /// The longest time for an attempt, in seconds or as a `Duration`; no limit by default. Only for [`run`](Self::run):
    /// a blocking attempt cannot be ended from outside.
    pub fn attempt_timeout(
        self,
        limit: impl IntoSeconds,
    ) -> Call<A, W, C, J, G, N, H, Share<'p, T, R, Bounded>> {
        let limit = limit.into_seconds();
        self.with_share(|share| {
            let Share { pacer, budget, throttled, retry_after, .. } = share;
            Share { pacer, budget, attempt_timeout: Some(limit), throttled, retry_after, bounded: Bounded }
        })
    }

    fn with_share<S2>(self, with: impl FnOnce(Share<'p, T, R, B>) -> S2) -> Call<A, W, C, J, G, N, H, S2> {
        let Self { waits, condition, jitter, giveup, end, hooks, share, settings, attribute } = self;
        Call { waits, condition, jitter, giveup, end, hooks, share: with(share), settings, attribute }
    }
}
