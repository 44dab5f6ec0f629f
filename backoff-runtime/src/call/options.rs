//! The options of a [`Call`], each a method that says a word more, or changes how what the closure returns is looked at.
#![allow(
    clippy::type_complexity,
    reason = "each option is a type of its own, so that one that isn't used costs nothing"
)]

use std::marker::PhantomData;

use super::Call;
use super::bounds::Made;
#[cfg(feature = "tokio")]
use super::ending::Later;
use super::ending::{DefaultOk, Once, OnceWith};
use super::kind::{IsA, IsTransient, OnException, OnPredicate, Parts};
use super::rules::With;
use super::shows::IntoShows;
#[cfg(feature = "tracing")]
use super::words::Spanned;
use super::words::{
    AttemptTimeout as AttemptTime, BackoffLevel, Classified, Costs, GivenUpIf, GiveupLevel, HintedBy,
    Jittered, LogsTo, MaxTime, MaxTries, OnBackoff, OnGiveup, OnSuccess, OnTry, PacedBy, PaidBy, RefusedIf,
    SettledBy, StoppedBy, Timed, Timeout, ToldBy,
};
use crate::budget::RetryBudget;
use crate::details::{Details, GivenUp};
use crate::jitter::IntoJitter;
use crate::log::Level;
use crate::pacer::Pacer;
use crate::pacing::{AttemptTimeout, RateLimits, Shared};
use crate::stop::Stop;
use crate::value::{IntoCost, IntoMaxTime, IntoMaxTries, IntoTrueCost};
use crate::wait::IntoWaitValue;

impl<C, M, L, N, P> Call<OnException<C, M, L, N>, P> {
    /// Retries only when this holds of the error; by default on any.
    pub fn exception<E, F: FnMut(&E) -> bool>(self, is_retried: F) -> Call<OnException<F, M, L, N>, P> {
        self.looked_at(|kind| kind.condition(is_retried))
    }

    /// Retries only when the error is an `X`, or one of the types of a tuple `X`; a type-erased error is downcast.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    /// use std::io;
    ///
    /// let error = on_exception(constant().interval(0))
    ///     .exception_of::<io::Error, _>()
    ///     .run_blocking(|| Err::<(), Box<dyn std::error::Error>>("not io".into()));
    /// assert!(error.is_err());
    /// ```
    pub fn exception_of<X, How>(self) -> Call<OnException<IsA<X, How>, M, L, N>, P> {
        self.looked_at(|kind| kind.condition(IsA(PhantomData)))
    }

    /// Gives up when this holds of the error.
    pub fn giveup<E, F: FnMut(&E) -> bool>(
        self,
        giveup: F,
    ) -> Call<OnException<C, M, L, N>, With<P, GivenUpIf<F>>> {
        self.with(GivenUpIf(giveup))
    }

    /// Whether a call that gives up returns its last error (the default), or else `Ok(T::default())`.
    pub fn raise_on_giveup(self, raise: bool) -> Call<OnException<C, M, L, DefaultOk>, P> {
        self.ending(DefaultOk(!raise))
    }

    /// What a call that gives up returns, made from its last error.
    pub fn fallback<T, E, F>(self, fallback: F) -> Call<OnException<C, M, L, Once<F>>, P>
    where
        F: FnOnce(E) -> Result<T, E>,
    {
        self.ending(Once(fallback))
    }

    /// What a call that gives up returns, made from its last error and what the call knows: `tries`, `elapsed` and `reason`.
    pub fn fallback_with<T, E, F>(
        self,
        fallback: F,
    ) -> Call<OnException<C, M, L, OnceWith<F>>, With<P, Timed>>
    where
        F: FnOnce(E, GivenUp) -> Result<T, E>,
    {
        self.with(Timed).ending(OnceWith(fallback))
    }

    /// As [`fallback_with`](Self::fallback_with), by an async closure. With [`timeout`](Self::timeout) it has what is left
    /// of that.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    ///
    /// # async fn ask(host: &str) -> Result<String, String> {
    /// #     if host == "mirror" { Ok(host.to_owned()) } else { Err(host.to_owned()) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let call = on_exception(constant().interval(0)).max_tries(2).fallback_async(async |_, _| ask("mirror").await);
    /// assert_eq!(call.run(|| ask("service")).await.as_deref(), Ok("mirror"));
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn fallback_async<T, E, F, Fut>(
        self,
        fallback: F,
    ) -> Call<OnException<C, M, L, Later<F>>, With<P, Timed>>
    where
        F: FnOnce(E, GivenUp) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        self.with(Timed).ending(Later(fallback))
    }

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
    ) -> Call<OnException<C, Made<F>, L, N>, P> {
        self.looked_at(|kind| kind.on_timeout(Made(make)))
    }

    fn ending<N2>(self, end: N2) -> Call<OnException<C, M, L, N2>, P> {
        self.looked_at(|OnException { condition, on_timeout, shown, .. }| OnException {
            condition,
            on_timeout,
            shown,
            end,
        })
    }
}

impl<C, M, L, P> Call<OnPredicate<C, M, L>, P> {
    /// Retries while this holds of the value; by default while it is [falsy](crate::Falsy).
    pub fn predicate<T, F: FnMut(&T) -> bool>(self, is_retried: F) -> Call<OnPredicate<F, M, L>, P> {
        self.looked_at(|kind| kind.condition(is_retried))
    }

    /// Makes the value of a call that ends without an outcome of its own; by default the falsy value of its type.
    pub fn on_timeout<V, F: FnMut(AttemptTimeout) -> V>(
        self,
        make: F,
    ) -> Call<OnPredicate<C, Made<F>, L>, P> {
        self.looked_at(|kind| kind.on_timeout(Made(make)))
    }
}

impl<A: Parts, P> Call<A, P> {
    /// Retries what its type says passes by itself ([`Transient`](crate::Transient)), waits as long as that says, and tells a
    /// pacer that what the rate limit refused is a refusal.
    ///
    /// ```
    /// use backoff_runtime::{expo, on_exception};
    ///
    /// let read = on_exception(expo()).max_tries(5).transient().run_blocking(|| std::fs::read("no such file"));
    /// assert!(read.is_err(), "a file that isn't there won't come by itself");
    /// ```
    pub fn transient(self) -> Call<A::Condition<IsTransient>, With<P, Classified>> {
        self.with(Classified).looked_at(|kind| kind.condition(IsTransient))
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
    pub fn log_outcome<Outcome, S: IntoShows<Outcome>>(self, shown: S) -> Call<A::Shown<S::Shows>, P> {
        self.looked_at(|kind| kind.shown(shown.into_shows()))
    }
}

impl<A, P> Call<A, P> {
    /// Attempts, the first included; no limit by default. What is below 1 counts as 1.
    pub fn max_tries(self, max_tries: impl IntoMaxTries) -> Call<A, With<P, MaxTries>> {
        self.with(MaxTries(max_tries.into_max_tries()))
    }

    /// Time since the call began within which attempts begin, in seconds or as a `Duration`; no limit by default.
    pub fn max_time(self, max_time: impl IntoMaxTime) -> Call<A, With<P, MaxTime>> {
        self.with(MaxTime(max_time.into_max_time()))
    }

    /// The longest time for the whole call, in seconds or as a `Duration`; no limit by default. A running attempt is cut.
    /// Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn timeout(self, timeout: impl IntoMaxTime) -> Call<A, With<P, Timeout>> {
        self.with(Timeout(timeout.into_max_time()))
    }

    /// The longest time for an attempt, in seconds or as a `Duration`; no limit by default. It is cut to what is left of
    /// `max_time`. Only for [`run`](Self::run): a blocking attempt cannot be ended from outside.
    pub fn attempt_timeout(self, limit: impl IntoMaxTime) -> Call<A, With<P, AttemptTime>> {
        self.with(AttemptTime(limit.into_max_time()))
    }

    /// The jitter: `full_jitter` (the default; `none` for `runtime`), `equal_jitter`, `random_jitter`,
    /// `decorrelated_jitter`, `none` (or `None`), or a function from the wait to the actual wait.
    pub fn jitter<Marker, K: IntoJitter<Marker>>(self, jitter: K) -> Call<A, With<P, Jittered<K::Jitter>>> {
        self.with(Jittered(jitter.into_jitter()))
    }

    /// Adds a handler that is called before each attempt.
    pub fn on_try<F: FnMut(&Details<'_, ()>)>(self, handler: F) -> Call<A, With<P, OnTry<F>>> {
        self.with(OnTry(handler))
    }

    /// Adds a handler that is called when an attempt succeeded.
    pub fn on_success<T, F>(self, handler: F) -> Call<A, With<P, OnSuccess<F>>>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with(OnSuccess(handler))
    }

    /// Adds a handler that is called when an attempt failed and there will be another.
    pub fn on_backoff<T, F>(self, handler: F) -> Call<A, With<P, OnBackoff<F>>>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with(OnBackoff(handler))
    }

    /// Adds a handler that is called when an attempt failed and there will be no other.
    pub fn on_giveup<T, F>(self, handler: F) -> Call<A, With<P, OnGiveup<F>>>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with(OnGiveup(handler))
    }

    /// The target of the log lines, or `None` for none; `"backoff"` by default. What the lines show of the outcome says
    /// [`log_outcome`](Self::log_outcome).
    pub fn logger(self, target: impl Into<Option<&'static str>>) -> Call<A, With<P, LogsTo>> {
        self.with(LogsTo(target.into()))
    }

    /// The level of the log lines of back-offs; `info` by default.
    pub fn backoff_log_level(self, level: impl Into<Level>) -> Call<A, With<P, BackoffLevel>> {
        self.with(BackoffLevel(level.into()))
    }

    /// The level of the log lines of give-ups; `error` by default.
    pub fn giveup_log_level(self, level: impl Into<Level>) -> Call<A, With<P, GiveupLevel>> {
        self.with(GiveupLevel(level.into()))
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
    pub fn pacer<S: Shared<Pacer> + ?Sized>(self, pacer: &S) -> Call<A, With<P, PacedBy<'_>>> {
        self.with(PacedBy(pacer.shared()))
    }

    /// What tells the call to stop; nothing by default. It may be in an `Arc` or `Option`.
    ///
    /// A wait ends at once, and the call gives up with its last error or value, which is kept during waits.
    pub fn stop<S: Shared<Stop> + ?Sized>(self, stop: &S) -> Call<A, With<P, StoppedBy<'_>>> {
        self.with(StoppedBy(stop.shared()))
    }

    /// The budget that retries are taken from; none by default. It may be in an `Arc` or `Option`.
    pub fn budget<S: Shared<RetryBudget> + ?Sized>(self, budget: &S) -> Call<A, With<P, PaidBy<'_>>> {
        self.with(PaidBy(budget.shared()))
    }

    /// Which failures are the limit speaking; by default those with a hint.
    pub fn throttled<E, F: FnMut(&E) -> bool>(self, throttled: F) -> Call<A, With<P, RefusedIf<F>>> {
        self.with(RefusedIf(throttled))
    }

    /// The server's hint in a failure, as an `Option` of a wait: the wait is the hint and a jittered share of the
    /// generator's.
    pub fn retry_after<E, V: IntoWaitValue, F: FnMut(&E) -> V>(
        self,
        retry_after: F,
    ) -> Call<A, With<P, HintedBy<F>>> {
        self.with(HintedBy(retry_after))
    }

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
    pub fn limit<O, I: RateLimits, F: FnMut(&O) -> I>(self, limit: F) -> Call<A, With<P, ToldBy<F>>> {
        self.with(ToldBy(limit))
    }

    /// What each attempt takes from the limits of the [`pacer`](Self::pacer), in their unit; 1 by default.
    pub fn cost(self, cost: impl IntoCost) -> Call<A, With<P, Costs>> {
        self.with(Costs(cost.into_cost()))
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
    pub fn settle<O, V: IntoTrueCost, F: FnMut(&O) -> V>(self, settle: F) -> Call<A, With<P, SettledBy<F>>> {
        self.with(SettledBy(settle))
    }

    /// A span around each attempt, as the option `attempt_span = true` of the attributes has it; none by default. The
    /// attempt is boxed for that.
    #[cfg(feature = "tracing")]
    pub fn attempt_span(self) -> Call<A, With<P, Spanned>> {
        self.with(Spanned)
    }

    pub(crate) fn with<X>(self, word: X) -> Call<A, With<P, X>> {
        Call { kind: self.kind, rules: With { rules: self.rules, word } }
    }

    fn looked_at<A2>(self, change: impl FnOnce(A) -> A2) -> Call<A2, P> {
        Call { kind: change(self.kind), rules: self.rules }
    }
}
