//! What a [`Call`](super::Call) shares with others, what bounds it, and how it ends without an outcome; nothing by default.

use std::time::Duration;

use super::bounds::{Bounds, Converted, Endless, Ends, Made};
use super::hooks::Nothing;
use super::keeps::{Dropped, Kept};
use super::shows::{AsDebug, IntoShows};
use super::words::Words;
use super::{Call, OnException, OnPredicate};
use crate::budget::RetryBudget;
use crate::details::GiveUp;
use crate::outcome::Outcome;
use crate::pacer::Pacer;
use crate::pacing::{AttemptTimeout, RateLimits, Shared};
use crate::retry::Limits;
use crate::stop::Stop;
use crate::value::{IntoCost, IntoMaxTime, IntoTrueCost};
use crate::wait::IntoWaitValue;

/// What a call shares, what bounds it, and how it ends without an outcome.
#[derive(Clone, Debug)]
pub struct Share<
    T = Nothing,
    R = Nothing,
    B = Endless,
    M = Converted,
    K = Dropped,
    Q = Nothing,
    L = AsDebug,
    X = Words,
> {
    pub(super) throttled: T,
    pub(super) retry_after: R,
    pub(super) bounds: B,
    pub(super) on_timeout: M,
    pub(super) keeps: K,
    pub(super) budget: Q,
    pub(super) shown: L,
    pub(super) words: X,
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
        words: Words::NONE,
    };
}

impl<T, R, B, M, K, Q, L, X> Share<T, R, B, M, K, Q, L, X> {
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

impl<W, C, J, G, N, H, T, R, B, M, K, Q, L, X>
    Call<OnException, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, X>>
{
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
    ) -> Call<OnException, W, C, J, G, N, H, Share<T, R, B, Made<F>, K, Q, L, X>> {
        with!(self, |throttled, retry_after, bounds, keeps, budget, shown, words| on_timeout: Made(make))
    }
}

impl<W, C, J, G, N, H, T, R, B, M, K, Q, L, X>
    Call<OnPredicate, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, X>>
{
    /// Makes the value of a call that ends without an outcome of its own; by default the falsy value of its type.
    pub fn on_timeout<V, F: FnMut(AttemptTimeout) -> V>(
        self,
        make: F,
    ) -> Call<OnPredicate, W, C, J, G, N, H, Share<T, R, B, Made<F>, K, Q, L, X>> {
        with!(self, |throttled, retry_after, bounds, keeps, budget, shown, words| on_timeout: Made(make))
    }
}

impl<A, W, C, J, G, N, H, T, R, B, M, K, Q, L, X> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, X>> {
    /// Time since the call began within which attempts begin, in seconds or as a `Duration`; no limit by default.
    pub fn max_time(
        mut self,
        max_time: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Limited, M, K, Q, L, X>>
    where
        B: Bounds,
    {
        self.settings.max_time = max_time.into_max_time();
        self.settings.timed |= self.settings.max_time.is_some();
        let limited = self.share.bounds.limited();
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown, words| bounds: limited)
    }

    /// The longest time for the whole call, in seconds or as a `Duration`; no limit by default. A running attempt is cut.
    /// Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn timeout(
        mut self,
        timeout: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Bounded, M, K, Q, L, X>>
    where
        B: Bounds,
    {
        let timeout = timeout.into_max_time();
        self.settings.timed |= timeout.is_some();
        let bounded = self.share.bounds.bounded(|times| times.call = timeout);
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown, words| bounds: bounded)
    }

    /// The longest time for an attempt, in seconds or as a `Duration`; no limit by default. It is cut to what is left of
    /// `max_time`. Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn attempt_timeout(
        self,
        limit: impl IntoMaxTime,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Bounded, M, K, Q, L, X>>
    where
        B: Bounds,
    {
        let limit = limit.into_max_time();
        let bounded = self.share.bounds.bounded(|times| times.attempt = limit);
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown, words| bounds: bounded)
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
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Paced<'_>, M, K, Q, L, X>>
    where
        B: Bounds,
    {
        let bounds = self.share.bounds.paced(pacer.shared());
        with!(self, |throttled, retry_after, on_timeout, keeps, budget, shown, words| bounds: bounds)
    }

    /// What tells the call to stop; nothing by default. It may be in an `Arc` or `Option`.
    ///
    /// A wait ends at once, and the call gives up with its last error or value, which is kept during waits.
    pub fn stop<P: Shared<Stop> + ?Sized>(
        self,
        stop: &P,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B::Limited, M, Kept<'_>, Q, L, X>>
    where
        B: Bounds,
    {
        let (limited, kept) = (self.share.bounds.limited(), Kept(stop.shared()));
        with!(self, |throttled, retry_after, on_timeout, budget, shown, words| bounds: limited, keeps: kept)
    }

    /// Which failures are the limit speaking; by default those with a hint.
    pub fn throttled<E, F: FnMut(&E) -> bool>(
        self,
        throttled: F,
    ) -> Call<A, W, C, J, G, N, H, Share<F, R, B, M, K, Q, L, X>> {
        with!(self, |retry_after, bounds, on_timeout, keeps, budget, shown, words| throttled: throttled)
    }

    /// The server's hint in a failure, as an `Option` of a wait: the wait is the hint and a jittered share of the
    /// generator's.
    pub fn retry_after<E, V: IntoWaitValue, F: FnMut(&E) -> V>(
        self,
        retry_after: F,
    ) -> Call<A, W, C, J, G, N, H, Share<T, F, B, M, K, Q, L, X>> {
        with!(self, |throttled, bounds, on_timeout, keeps, budget, shown, words| retry_after: retry_after)
    }

    /// The budget that retries are taken from; none by default. It may be in an `Arc` or `Option`.
    pub fn budget<P: Shared<RetryBudget> + ?Sized>(
        self,
        budget: &P,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Option<&RetryBudget>, L, X>> {
        let budget = budget.shared();
        with!(self, |throttled, retry_after, bounds, on_timeout, keeps, shown, words| budget: budget)
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
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, S::Shows, X>> {
        with!(self, |throttled, retry_after, bounds, on_timeout, keeps, budget, words| shown: shown.into_shows())
    }
}

impl<A, W, C, J, G, N, H, T, R, B, M, K, Q, L, I, V, P>
    Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, Words<I, V, P>>>
{
    /// What the server tells of its limits, of a success as well as of a failure: a function from what an attempt returned to
    /// a [`RateLimit`](crate::RateLimit), or an `Option`, an array or a `Vec` of them. Only with a [`pacer`](Self::pacer), which then makes no
    /// call that the server would refuse, as far as it tells.
    ///
    /// ```
    /// use backoff_runtime::{Pacer, RateLimit, expo, on_exception};
    ///
    /// static API: Pacer = Pacer::adaptive();
    ///
    /// struct Page { left: u64 }
    /// let call = on_exception(expo())
    ///     .pacer(&API)
    ///     .limit(|page: &Result<Page, String>| page.as_ref().ok().map(|page| RateLimit::new().with_remaining(page.left)));
    /// assert!(call.run_blocking(|| Ok(Page { left: 99 })).is_ok());
    /// assert_eq!(API.state().told[0].remaining, Some(99));
    /// ```
    pub fn limit<O, I2: RateLimits, F: FnMut(&O) -> I2>(
        self,
        limit: F,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, Words<F, V, P>>> {
        self.with_words(|Words { settle, cost, .. }| Words { limit, settle, cost })
    }

    /// What each attempt takes from the limits of the [`pacer`](Self::pacer), in their unit; 1 by default.
    pub fn cost(
        self,
        cost: impl IntoCost,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, Words<I, V, u64>>> {
        let cost = cost.into_cost();
        self.with_words(|Words { limit, settle, .. }| Words { limit, settle, cost })
    }

    /// What an attempt truly cost, a whole number or an `Option` of one, from what it returned; by default it is what
    /// [`cost`](Self::cost) says.
    ///
    /// ```
    /// use backoff_runtime::{Pacer, expo, on_exception};
    ///
    /// /// Tokens of a language model.
    /// static TOKENS: Pacer = Pacer::per(30_000, "1m");
    ///
    /// struct Answer { tokens: u64 }
    /// let call = on_exception(expo())
    ///     .pacer(&TOKENS)
    ///     .cost(2000)
    ///     .settle(|answer: &Result<Answer, String>| answer.as_ref().ok().map(|answer| answer.tokens));
    /// assert!(call.run_blocking(|| Ok(Answer { tokens: 350 })).is_ok());
    /// ```
    pub fn settle<O, V2: IntoTrueCost, F: FnMut(&O) -> V2>(
        self,
        settle: F,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, Words<I, F, P>>> {
        self.with_words(|Words { limit, cost, .. }| Words { limit, settle, cost })
    }

    fn with_words<Y>(
        self,
        change: impl FnOnce(Words<I, V, P>) -> Y,
    ) -> Call<A, W, C, J, G, N, H, Share<T, R, B, M, K, Q, L, Y>> {
        let Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute } = self;
        let Share { throttled, retry_after, bounds, on_timeout, keeps, budget, shown, words } = share;
        let words = change(words);
        let share = Share { throttled, retry_after, bounds, on_timeout, keeps, budget, shown, words };
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }
}
