//! What a [`Call`](super::Call) shares with others, what bounds it, and how it ends without an outcome; nothing by default.

use std::time::Duration;

use super::bounds::{Bounds, Converted, Endless, Ends, Made};
use super::hooks::Nothing;
use super::keeps::{Dropped, Kept};
use super::shows::{AsDebug, IntoShows};
use super::{Call, OnException, OnPredicate};
use crate::budget::RetryBudget;
use crate::details::GiveUp;
use crate::outcome::Outcome;
use crate::pacer::Pacer;
use crate::pacing::{AttemptTimeout, Shared};
use crate::retry::Limits;
use crate::stop::Stop;
use crate::value::IntoMaxTime;
use crate::wait::IntoWaitValue;

/// What a call shares, what bounds it, and how it ends without an outcome.
#[derive(Clone, Debug)]
pub struct Share<T = Nothing, R = Nothing, B = Endless, M = Converted, K = Dropped, Q = Nothing, L = AsDebug>
{
    pub(super) throttled: T,
    pub(super) retry_after: R,
    pub(super) bounds: B,
    pub(super) on_timeout: M,
    pub(super) keeps: K,
    pub(super) budget: Q,
    pub(super) shown: L,
}

impl Share {
    pub(super) const NONE: Self = Self {
        throttled: Nothing,
        retry_after: Nothing,
        bounds: Endless,
        on_timeout: Converted,
        keeps: Dropped,
        budget: Nothing,
        shown: AsDebug,
    };
}

impl<T, R, B, M, K, Q, L> Share<T, R, B, M, K, Q, L> {
    /// What stands for an attempt that was not made: what failed last, or what is made of the timeout.
    pub(super) fn unmade<O: Outcome>(&mut self, last: Option<O>, reason: GiveUp, limits: Limits) -> O
    where
        B: Ends<O, M>,
    {
        crate::pacing::no_turn(last, reason, limits, |timeout| B::make(&mut self.on_timeout, timeout))
    }
}

/// The same call with other parts, which are made of those that it has.
macro_rules! with {
    ($call:expr, |$($part:ident),*| $($new:ident: $value:expr),* $(,)?) => {{
        let Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute } = $call;
        $(let $part = share.$part;)*
        let share = Share { $($part,)* $($new: $value,)* };
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }};
}

/// Whether a failure is the limit speaking.
pub trait Refusal<T> {
    /// Whether it is; a hint of the server says so where nothing else does.
    fn is_refused(&mut self, failure: &T, is_hinted: bool) -> bool;
}

impl<T> Refusal<T> for Nothing {
    #[inline]
    fn is_refused(&mut self, _: &T, is_hinted: bool) -> bool {
        is_hinted
    }
}

impl<T, F: FnMut(&T) -> bool> Refusal<T> for F {
    #[inline]
    fn is_refused(&mut self, failure: &T, _: bool) -> bool {
        self(failure)
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

impl<W, C, J, G, N, H, T, R, B, M, K, Q, L> Call<OnException, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L>> {
    /// Makes the error of a call that ends without an outcome of its own; by default by `From<AttemptTimeout>`.
    ///
    /// ```
    /// use backoff_runtime::{expo, on_exception};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// #[derive(Debug)]
    /// enum ApiError { TimedOut }
    ///
    /// let call = on_exception(expo()).attempt_timeout(5).on_timeout(|_| ApiError::TimedOut);
    /// assert!(call.run(async || Ok::<_, ApiError>("page")).await.is_ok());
    /// # let _ = ApiError::TimedOut;
    /// # }
    /// ```
    pub fn on_timeout<E, F: FnMut(AttemptTimeout) -> E>(
        self,
        make: F,
    ) -> Call<OnException, W, C, J, G, N, H, Share<T, R, B, Made<F>, K, Q, L>> {
        with!(self, |throttled, retry_after, bounds, keeps, budget, shown| on_timeout: Made(make))
    }
}

impl<W, C, J, G, N, H, T, R, B, M, K, Q, L> Call<OnPredicate, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L>> {
    /// Makes the value of a call that ends without an outcome of its own; by default the falsy value of its type.
    pub fn on_timeout<V, F: FnMut(AttemptTimeout) -> V>(
        self,
        make: F,
    ) -> Call<OnPredicate, W, C, J, G, N, H, Share<T, R, B, Made<F>, K, Q, L>> {
        with!(self, |throttled, retry_after, bounds, keeps, budget, shown| on_timeout: Made(make))
    }
}

impl<A, W, C, J, G, N, H, T, R, B, M, K, Q, L> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L>> {
    /// Time since the call began within which attempts begin, in seconds or as a `Duration`; no limit by default.
    pub fn max_time(
        mut self,
        max_time: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Limited, M, K, Q, L>>
    where
        B: Bounds,
    {
        self.settings.max_time = max_time.into_max_time();
        self.settings.timed |= self.settings.max_time.is_some();
        let limited = self.share.bounds.limited();
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown| bounds: limited)
    }

    /// The longest time for the whole call, in seconds or as a `Duration`; no limit by default. A running attempt is cut.
    /// Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn timeout(
        mut self,
        timeout: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Bounded, M, K, Q, L>>
    where
        B: Bounds,
    {
        let timeout = timeout.into_max_time();
        self.settings.timed |= timeout.is_some();
        let bounded = self.share.bounds.bounded(|times| times.call = timeout);
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown| bounds: bounded)
    }

    /// The longest time for an attempt, in seconds or as a `Duration`; no limit by default. It is cut to what is left of
    /// `max_time`. Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn attempt_timeout(
        self,
        limit: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Bounded, M, K, Q, L>>
    where
        B: Bounds,
    {
        let limit = limit.into_max_time();
        let bounded = self.share.bounds.bounded(|times| times.attempt = limit);
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown| bounds: bounded)
    }

    /// The pacer that stands in front of every attempt; none by default. It may be in an `Arc`, `LazyLock` or `Option`.
    ///
    /// It hears of a failure as a refusal when [`throttled`](Self::throttled) says so, or else when
    /// [`retry_after`](Self::retry_after) finds a hint. An adaptive pacer that is told neither never slows down. With
    /// `max_time`, `timeout` or `stop`, a call that gets no turn ends without an outcome of its own: see
    /// [`on_timeout`](Self::on_timeout).
    ///
    /// ```
    /// use backoff_runtime::{Pacer, expo, on_exception};
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0);
    ///
    /// let sent = on_exception(expo()).pacer(&SMS).run_blocking(|| Ok::<_, std::io::Error>("sent"));
    /// assert!(sent.is_ok());
    /// ```
    pub fn pacer<P: Shared<Pacer> + ?Sized>(
        self,
        pacer: &P,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Paced<'_>, M, K, Q, L>>
    where
        B: Bounds,
    {
        let bounds = self.share.bounds.paced(pacer.shared());
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown| bounds: bounds)
    }

    /// What tells the call to stop; nothing by default. It may be in an `Arc` or `Option`.
    ///
    /// A wait ends at once, and the call gives up with its last error or value, which is kept during waits.
    pub fn stop<P: Shared<Stop> + ?Sized>(
        self,
        stop: &P,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Limited, M, Kept<'_>, Q, L>>
    where
        B: Bounds,
    {
        let (limited, kept) = (self.share.bounds.limited(), Kept(stop.shared()));
        with!(self, |throttled, retry_after, on_timeout, budget, shown| bounds: limited, keeps: kept)
    }

    /// Which failures are the limit speaking; by default those with a hint.
    pub fn throttled<E, F: FnMut(&E) -> bool>(
        self,
        throttled: F,
    ) -> Call<A, W, C, J, G, N, H, Share<F, R, B, M, K, Q, L>> {
        with!(self, |retry_after, bounds, on_timeout, keeps, budget, shown| throttled: throttled)
    }

    /// The server's hint in a failure, as an `Option` of a wait: the wait is the hint and a jittered share of the
    /// generator's.
    pub fn retry_after<E, V: IntoWaitValue, F: FnMut(&E) -> V>(
        self,
        retry_after: F,
    ) -> Call<A, W, C, J, G, N, H, Share<T, F, B, M, K, Q, L>> {
        with!(self, |throttled, bounds, on_timeout, keeps, budget, shown| retry_after: retry_after)
    }

    /// The budget that retries are taken from; none by default. It may be in an `Arc` or `Option`.
    pub fn budget<P: Shared<RetryBudget> + ?Sized>(
        self,
        budget: &P,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Option<&RetryBudget>, L>> {
        let budget = budget.shared();
        with!(self, |throttled, retry_after, bounds, on_timeout, keeps, shown| budget: budget)
    }

    /// What the log line shows of what failed: a function from it to something with `Display`, or `None` for nothing. By
    /// default its `Debug`.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    ///
    /// # struct ApiError { code: u16 }
    /// let call = on_exception(constant().interval(0)).max_tries(2).log_outcome(|e: &ApiError| e.code);
    /// assert!(call.run_blocking(|| Err::<(), _>(ApiError { code: 503 })).is_err());
    /// ```
    pub fn log_outcome<Outcome, S: IntoShows<Outcome>>(
        self,
        shown: S,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, S::Shows>> {
        with!(self, |throttled, retry_after, bounds, on_timeout, keeps, budget| shown: shown.into_shows())
    }
}
