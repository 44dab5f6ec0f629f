//! What a [`Call`](super::Call) shares with others, what bounds it, and how it ends without an outcome; nothing by default.

#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::time::{Duration, Instant};

use super::hooks::Nothing;
use super::{Call, OnException, OnPredicate};
use crate::attempt::Attempt;
use crate::budget::{RetryBudget, Token};
use crate::details::GiveUp;
use crate::log::Shown;
#[cfg(feature = "tokio")]
use crate::mode::Async;
use crate::mode::{Blocking, Mode};
use crate::outcome::{Fallible, Outcome, Raised, Returned};
use crate::pacer::{Pacer, Place, Turn};
use crate::pacing::{AttemptTimeout, Shared, TimedOut};
use crate::retry::Limits;
use crate::stop::Stop;
use crate::value::IntoMaxTime;
use crate::wait::IntoWaitValue;

/// What a call shares, what bounds it, and how it ends without an outcome.
#[derive(Clone, Debug)]
pub struct Share<T = Nothing, R = Nothing, B = Endless, M = Converted, K = Dropped, Q = Nothing, L = ByDebug>
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
        shown: ByDebug,
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

/// How the log line shows what failed.
#[diagnostic::on_unimplemented(
    message = "the log line of a retried closure shows what failed, and `{T}` has no `Debug`",
    label = "cannot be shown in the log line",
    note = "derive `Debug`, or write `.log_outcome(None)` to hide it, or `.log_outcome(|outcome| ...)` to show something else"
)]
pub trait Shows<T> {
    /// Gives what is shown to `log`.
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>));
}

/// By `Debug`; the default.
#[derive(Clone, Copy, Debug)]
pub struct ByDebug;

impl<T: std::fmt::Debug> Shows<T> for ByDebug {
    #[inline]
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Debug(failure));
    }
}

/// Not at all: `.log_outcome(None)`.
#[derive(Clone, Copy, Debug)]
pub struct Hidden;

impl<T> Shows<T> for Hidden {
    #[inline]
    fn show(&self, _: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Hidden);
    }
}

/// By a function of it.
#[derive(Clone, Debug)]
pub struct By<F>(F);

impl<T, D: std::fmt::Display, F: Fn(&T) -> D> Shows<T> for By<F> {
    #[inline]
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Display(&(self.0)(failure)));
    }
}

/// What [`Call::log_outcome`] takes: a function of the outcome, or `None`.
pub trait IntoShows<T> {
    /// How it is shown.
    type Shows;

    /// How it is shown.
    fn into_shows(self) -> Self::Shows;
}

impl<T, D: std::fmt::Display, F: Fn(&T) -> D> IntoShows<(T, D)> for F {
    type Shows = By<F>;

    fn into_shows(self) -> By<F> {
        By(self)
    }
}

impl IntoShows<Hidden> for Option<std::convert::Infallible> {
    type Shows = Hidden;

    fn into_shows(self) -> Hidden {
        Hidden
    }
}

/// The budget that retries are taken from, if there is one.
pub trait Pays {
    /// What pays for a retry.
    type Token: Default;

    /// The budget.
    fn budget(&self) -> Option<&RetryBudget>;

    /// Takes what a retry costs.
    fn pay<M: Mode, F>(&self, attempt: &mut Attempt<'_, M, F>) -> Self::Token;

    /// The retry is made.
    fn spend(token: Self::Token);
}

impl Pays for Nothing {
    type Token = ();

    #[inline]
    fn budget(&self) -> Option<&RetryBudget> {
        None
    }

    #[inline]
    fn pay<M: Mode, F>(&self, _: &mut Attempt<'_, M, F>) {}

    #[inline]
    fn spend((): ()) {}
}

impl<'p> Pays for Option<&'p RetryBudget> {
    type Token = Option<Token<'p>>;

    fn budget(&self) -> Option<&RetryBudget> {
        *self
    }

    fn pay<M: Mode, F>(&self, attempt: &mut Attempt<'_, M, F>) -> Option<Token<'p>> {
        attempt.budget(*self)
    }

    fn spend(token: Option<Token<'p>>) {
        crate::pacing::spend(token);
    }
}

/// What bounds a call, and which ends without an outcome are thus possible: none without a pacer and a bound on attempts.
pub trait Bounds: Copy {
    /// With a limit of time or a stop, too.
    type Limited;
    /// With a pacer, too.
    type Paced<'p>;
    /// With a bound on attempts, too.
    type Bounded;
    /// Where the call stands in the queue of a pacer.
    type Place: Default;

    /// With a limit of time or a stop, too.
    fn limited(self) -> Self::Limited;

    /// With a pacer, too.
    fn paced(self, pacer: Option<&Pacer>) -> Self::Paced<'_>;

    /// With a bound on attempts, too.
    fn bounded(self, change: impl FnOnce(&mut Times)) -> Self::Bounded;

    /// The pacer.
    fn pacer(&self) -> Option<&Pacer>;

    /// The bounds on attempts.
    fn times(&self) -> Times;

    /// The place in the queue.
    fn place(place: Self::Place) -> Place;

    /// Keeps the place in the queue.
    fn keep(place: Place) -> Self::Place;
}

/// What bounds attempts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The longest time for one.
    pub(super) attempt: Option<Duration>,
    /// The longest time for the whole call.
    pub(super) call: Option<Duration>,
}

/// A call has neither.
#[derive(Clone, Copy, Debug)]
pub struct Endless;

/// A call has a limit of time or a stop.
#[derive(Clone, Copy, Debug)]
pub struct Limited;

/// A call has a pacer.
#[derive(Clone, Copy, Debug)]
pub struct Paced<'p>(Option<&'p Pacer>);

/// A call may end without an outcome of its own.
#[derive(Clone, Copy, Debug)]
pub struct Bounded<'p> {
    pacer: Option<&'p Pacer>,
    times: Times,
}

impl<'p> Bounded<'p> {
    fn new(pacer: Option<&'p Pacer>, mut times: Times, change: impl FnOnce(&mut Times)) -> Self {
        change(&mut times);
        Self { pacer, times }
    }
}

macro_rules! without_a_pacer {
    ($($bounds:ident: $paced:ident(|$pacer:ident| $value:expr);)*) => {$(
        impl Bounds for $bounds {
            type Limited = Limited;
            type Paced<'p> = $paced<'p>;
            type Bounded = Bounded<'static>;
            type Place = ();

            fn limited(self) -> Limited {
                Limited
            }

            fn paced(self, $pacer: Option<&Pacer>) -> $paced<'_> {
                $value
            }

            fn bounded(self, change: impl FnOnce(&mut Times)) -> Bounded<'static> {
                Bounded::new(None, Times::default(), change)
            }

            #[inline]
            fn pacer(&self) -> Option<&Pacer> {
                None
            }

            #[inline]
            fn times(&self) -> Times {
                Times::default()
            }

            #[inline]
            fn place((): ()) -> Place {
                Place::back()
            }

            #[inline]
            fn keep(_: Place) {}
        }

        impl<O: Outcome, M> Ends<O, M> for $bounds {
            #[cfg(feature = "tokio")]
            #[inline]
            fn turn<'a>(
                _: Option<&'a Pacer>,
                _: Place,
                _: Option<Instant>,
                _: Option<&'a Stop>,
            ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send {
                std::future::poll_fn(|_| std::task::Poll::Ready(Ok(None)))
            }

            #[cfg(feature = "tokio")]
            #[inline]
            fn attempt<F: Future<Output = O::Output>>(
                _: Option<Duration>,
                _: &mut bool,
                _: &mut M,
                attempt: F,
            ) -> impl Future<Output = O::Output> {
                attempt
            }

            fn make(_: &mut M, _: AttemptTimeout) -> O::Output {
                unreachable!("without a pacer and a limit every call has an outcome of its own")
            }
        }
    )*};
}
without_a_pacer! {
    Endless: Paced(|pacer| Paced(pacer));
    Limited: Bounded(|pacer| Bounded { pacer, times: Times::default() });
}

macro_rules! with_a_pacer {
    ($($bounds:ident: |$self:ident| $pacer:expr, $times:expr, |$new:ident| $paced:expr;)*) => {$(
        impl<'q> Bounds for $bounds<'q> {
            type Limited = Bounded<'q>;
            type Paced<'p> = $bounds<'p>;
            type Bounded = Bounded<'q>;
            type Place = Place;

            fn limited($self) -> Bounded<'q> {
                Bounded { pacer: $pacer, times: $times }
            }

            fn paced($self, $new: Option<&Pacer>) -> $bounds<'_> {
                $paced
            }

            fn bounded($self, change: impl FnOnce(&mut Times)) -> Bounded<'q> {
                Bounded::new($pacer, $times, change)
            }

            #[inline]
            fn pacer(&$self) -> Option<&Pacer> {
                $pacer
            }

            #[inline]
            fn times(&$self) -> Times {
                $times
            }

            #[inline]
            fn place(place: Place) -> Place {
                place
            }

            #[inline]
            fn keep(place: Place) -> Place {
                place
            }
        }
    )*};
}
with_a_pacer! {
    Paced: |self| self.0, Times::default(), |pacer| Paced(pacer);
    Bounded: |self| self.pacer, self.times, |pacer| Bounded { pacer, times: self.times };
}

/// The ends that are possible, made of a timeout by `M`.
pub trait Ends<O: Outcome, M>: Bounds {
    /// Waits for a turn, if there is a pacer.
    #[cfg(feature = "tokio")]
    fn turn<'a>(
        pacer: Option<&'a Pacer>,
        place: Place,
        deadline: Option<Instant>,
        stop: Option<&'a Stop>,
    ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send;

    /// An attempt, ended when it takes too long.
    #[cfg(feature = "tokio")]
    fn attempt<F: Future<Output = O::Output>>(
        limit: Option<Duration>,
        is_cut: &mut bool,
        make: &mut M,
        attempt: F,
    ) -> impl Future<Output = O::Output>;

    /// What the call returns that had no outcome.
    fn make(make: &mut M, timeout: AttemptTimeout) -> O::Output;
}

impl<O: Outcome, M> Ends<O, M> for Paced<'_> {
    #[cfg(feature = "tokio")]
    fn turn<'a>(
        pacer: Option<&'a Pacer>,
        place: Place,
        _: Option<Instant>,
        _: Option<&'a Stop>,
    ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send {
        crate::pacing::turn(pacer, place, None, None)
    }

    #[cfg(feature = "tokio")]
    fn attempt<F: Future<Output = O::Output>>(
        _: Option<Duration>,
        _: &mut bool,
        _: &mut M,
        attempt: F,
    ) -> impl Future<Output = O::Output> {
        attempt
    }

    fn make(_: &mut M, _: AttemptTimeout) -> O::Output {
        unreachable!("a turn without a deadline comes")
    }
}

impl<O: Outcome, M: Makes<O>> Ends<O, M> for Bounded<'_> {
    #[cfg(feature = "tokio")]
    fn turn<'a>(
        pacer: Option<&'a Pacer>,
        place: Place,
        deadline: Option<Instant>,
        stop: Option<&'a Stop>,
    ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send {
        crate::pacing::turn(pacer, place, deadline, stop)
    }

    #[cfg(feature = "tokio")]
    async fn attempt<F: Future<Output = O::Output>>(
        limit: Option<Duration>,
        is_cut: &mut bool,
        make: &mut M,
        attempt: F,
    ) -> O::Output {
        crate::pacing::timeout(limit, is_cut, |timeout| make.make(timeout), attempt).await
    }

    fn make(make: &mut M, timeout: AttemptTimeout) -> O::Output {
        make.make(timeout)
    }
}

/// Makes what a call returns that had no outcome of its own.
pub trait Makes<O: Outcome> {
    /// What it returns.
    fn make(&mut self, timeout: AttemptTimeout) -> O::Output;
}

/// By conversion: `From<AttemptTimeout>`, or the falsy value; the default.
#[derive(Clone, Copy, Debug)]
pub struct Converted;

impl<O: Outcome<Output: TimedOut>> Makes<O> for Converted {
    fn make(&mut self, timeout: AttemptTimeout) -> O::Output {
        TimedOut::timed_out(timeout)
    }
}

/// By a function: `on_timeout`.
#[derive(Clone, Debug)]
pub struct Made<F>(F);

impl<R: Fallible, F: FnMut(AttemptTimeout) -> R::Error> Makes<Raised<R>> for Made<F> {
    fn make(&mut self, timeout: AttemptTimeout) -> R {
        R::from_error((self.0)(timeout))
    }
}

impl<T, F: FnMut(AttemptTimeout) -> T> Makes<Returned<T>> for Made<F> {
    fn make(&mut self, timeout: AttemptTimeout) -> T {
        (self.0)(timeout)
    }
}

/// What becomes of what failed while the call waits, and what may end the wait.
pub trait Keeps<O>: Copy {
    /// What is kept.
    type Kept: Default;

    /// What may end the wait.
    fn stop(&self) -> Option<&Stop>;

    /// Keeps or drops it.
    fn keep(outcome: O) -> Self::Kept;

    /// What was kept.
    fn kept(kept: Self::Kept) -> Option<O>;

    /// Waits, for a call that began then; then why there is no other attempt, if there is none.
    #[cfg(feature = "tokio")]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send;

    /// Waits by blocking the thread.
    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp>;
}

/// It is dropped before the wait; the default.
#[derive(Clone, Copy, Debug)]
pub struct Dropped;

impl<O> Keeps<O> for Dropped {
    type Kept = ();

    #[inline]
    fn stop(&self) -> Option<&Stop> {
        None
    }

    #[inline]
    fn keep(_: O) {}

    #[inline]
    fn kept((): ()) -> Option<O> {
        None
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send {
        let mut delay = Async::delay(wait, call);
        std::future::poll_fn(move |context| Pin::new(&mut delay).poll(context).map(|()| None))
    }

    #[inline]
    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp> {
        Blocking::delay(wait, call);
        None
    }
}

/// It is kept, as a call that is told to stop returns it.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'p>(Option<&'p Stop>);

impl<O> Keeps<O> for Kept<'_> {
    type Kept = Option<O>;

    fn stop(&self) -> Option<&Stop> {
        self.0
    }

    fn keep(outcome: O) -> Option<O> {
        Some(outcome)
    }

    fn kept(kept: Option<O>) -> Option<O> {
        kept
    }

    #[cfg(feature = "tokio")]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send {
        Async::delay_unless(wait, call, self.0)
    }

    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp> {
        Blocking::delay_unless(wait, call, self.0)
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
