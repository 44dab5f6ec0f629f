//! The rules of an attempt that shares a rate limit, that was told when to come back, or that may take only so long.

use std::fmt;
#[cfg(feature = "tokio")]
use std::future::Future;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use crate::attempt::{Attempt, Retry, Stage};
use crate::budget::{RetryBudget, Token};
use crate::deadline;
#[cfg(feature = "tokio")]
use crate::deadline::Within;
use crate::details::GiveUp;
use crate::mode::Mode;
#[cfg(feature = "tokio")]
use crate::mode::{Async, Unless};
use crate::outcome::{Fallible, Outcome};
use crate::pacer::{Pacer, Place, Turn};
use crate::rate_limit::RateLimit;
use crate::retry::{Limits, shorter};
use crate::stop::Stop;
use crate::testing;
use crate::value::IntoTrueCost;
use crate::wait::IntoWaitValue;

impl<M: Mode> Retry<M> {
    /// When the time within which attempts begin is over, for the pacer that is asked for a turn; `None` if it is not
    /// limited.
    #[must_use]
    pub fn deadline(&self, limits: Limits) -> Option<Instant> {
        let own = self.start().and_then(|start| testing::deadline::<M>(start, limits.time()));
        let around = deadline::left::<M>().and_then(|left| M::now().checked_add(left));
        own.into_iter().chain(around).min()
    }

    /// What is left of a limit of the call.
    #[must_use]
    pub fn left(&self, limit: Option<Duration>) -> Option<Duration> {
        limit.map(|limit| limit.saturating_sub(self.elapsed()))
    }

    /// The time for an attempt: its own limit, cut to what is left of those of the call.
    #[must_use]
    pub fn attempt_time(&self, attempt_timeout: Option<Duration>, limits: Limits) -> Option<Duration> {
        // `max_time` alone cuts no attempt.
        let limit = if attempt_timeout.is_some() { limits.time() } else { limits.timeout };
        shorter(attempt_timeout, self.left(limit))
    }

    /// Gives to the budget what a first success is worth.
    #[inline]
    pub fn deposit<O: Outcome>(&self, budget: Option<&RetryBudget>, outcome: &O) {
        if let Some(budget) = budget
            && self.tries() == 1
            && outcome.value().is_some()
        {
            budget.deposit_at(M::now());
        }
    }
}

impl<M: Mode, F> Attempt<'_, M, F> {
    /// Takes the server's hint: no wait is shorter. One that is longer than what is left of `max_time`, or than an hour,
    /// gives up.
    #[inline]
    pub fn retry_after<S: IntoWaitValue>(&mut self, hint: impl FnOnce(&F) -> S) {
        self.hint = self.failure().and_then(|failure| hint(failure).into_wait_value());
        if self.excludes(self.hint) {
            self.give_up(GiveUp::RetryAfter);
        }
    }

    /// Whether the server gave a hint.
    #[inline]
    #[must_use]
    pub fn is_hinted(&self) -> bool {
        self.hint.is_some()
    }

    /// Whether what failed is such.
    #[inline]
    pub fn is(&self, such: impl FnOnce(&F) -> bool) -> bool {
        self.failure().is_some_and(such)
    }

    /// Tells the pacer how the attempt ended. One that the limit refused asks no generator for a wait: it comes back to
    /// its place in the queue, where the pacer makes it wait.
    #[inline]
    pub fn pace(&mut self, turn: Option<Turn<'_>>, is_refused: bool) -> Place {
        match turn {
            Some(turn) if is_refused => {
                let pacer = turn.pacer();
                let place = turn.throttled(self.hint);
                if self.stage == Stage::Undecided {
                    let at_least = self.hint.unwrap_or_else(|| pacer.next_turn_in(M::now()));
                    self.stage = Stage::Throttled(at_least);
                }
                place
            }
            Some(turn) => {
                turn.failed();
                Place::back()
            }
            None => Place::back(),
        }
    }

    /// Gives up now if the pacer can't give another turn in time.
    #[inline]
    pub fn in_time(&mut self, pacer: Option<&Pacer>, deadline: Option<Instant>) {
        if let (Some(pacer), Some(deadline), true) = (pacer, deadline, self.will_go_on())
            && pacer.is_closed_until(deadline, M::now())
        {
            self.stage = Stage::GiveUp(self.limits().reached());
        }
    }

    /// Takes what a retry costs from the budget, or gives up. It is given back if the retry is not made.
    #[inline]
    pub fn budget<'b>(&mut self, budget: Option<&'b RetryBudget>) -> Option<Token<'b>> {
        let budget = budget.filter(|_| self.will_go_on())?;
        let token = budget.token_at(M::now());
        if token.is_none() {
            self.stage = Stage::GiveUp(GiveUp::Budget);
        }
        token
    }

    /// Gives up because the attempt was not made.
    #[inline]
    pub fn missed(&mut self, reason: GiveUp, limits: Limits) {
        self.retry.progress.missed();
        self.give_up(if reason == GiveUp::MaxTime { limits.reached() } else { reason });
    }
}

/// Pays for the retry that is now made.
#[inline]
pub fn spend(token: Option<Token<'_>>) {
    if let Some(token) = token {
        token.spend();
    }
}

/// What `limit` returns: a `RateLimit`, or an `Option`, an array or a `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a server tells of its limits",
    label = "return a `RateLimit`, or an `Option`, an array or a `Vec` of them"
)]
pub trait RateLimits: IntoIterator<Item = RateLimit> {}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = RateLimit>> RateLimits for I {}

/// Tells the pacer what the server says of its limits, in what an attempt returned. One lifetime, not any: what `limit`
/// returns may borrow from that.
#[inline]
pub fn told<'o, O: Outcome, I: RateLimits>(
    turn: &mut Option<Turn<'_>>,
    outcome: &'o O,
    limit: impl FnOnce(&'o O::Output) -> I,
) {
    if let Some(turn) = turn {
        turn.told(limit(outcome.output()));
    }
}

/// Tells the pacer what an attempt truly cost, by what it returned.
#[inline]
pub fn settled<O: Outcome, C: IntoTrueCost>(
    turn: &mut Option<Turn<'_>>,
    outcome: &O,
    settle: impl FnOnce(&O::Output) -> C,
) {
    if let Some(turn) = turn
        && let Some(cost) = settle(outcome.output()).into_true_cost()
    {
        turn.settle(cost);
    }
}

/// Tells the pacer how a call ended that is not retried: the limit let it pass, though it be an error, unless that is a
/// refusal.
#[inline]
pub fn passed<O: Outcome>(
    turn: Option<Turn<'_>>,
    outcome: &O,
    refusal: impl FnOnce(&O::Failure) -> Option<Option<Duration>>,
) {
    if let Some(turn) = turn {
        match outcome.failure().filter(|_| outcome.value().is_none()).and_then(refusal) {
            None => turn.accepted(),
            Some(hint) => _ = turn.throttled(hint),
        }
    }
}

/// That an error is a refusal, with its hint, if it is one.
#[inline]
#[must_use]
pub fn refused(is_refused: bool, hint: Option<Duration>) -> Option<Option<Duration>> {
    is_refused.then_some(hint)
}

/// The server's hint in what failed.
#[inline]
pub fn hint<F, S: IntoWaitValue>(failure: &F, hint: impl FnOnce(&F) -> S) -> Option<Duration> {
    hint(failure).into_wait_value()
}

/// Waits for a turn, if there is a pacer; or why there is none.
///
/// # Errors
/// If none came in time, or the call was told to stop.
#[cfg(feature = "tokio")]
pub async fn turn<'p>(
    pacer: Option<&'p Pacer>,
    place: Place,
    deadline: Option<Instant>,
    stop: Option<&Stop>,
) -> Result<Option<Turn<'p>>, GiveUp> {
    let Some(pacer) = pacer else { return Ok(None) };
    let turn = pacer.turn(place, deadline);
    let turn = match stop {
        None => turn.await,
        Some(_) => Unless::new(turn, stop).await.ok_or(GiveUp::Stopped)?,
    };
    turn.map(Some).ok_or(GiveUp::MaxTime)
}

/// Waits for a turn, if there is a pacer, by blocking the thread; or why there is none.
///
/// # Errors
/// If none came in time, or the call was told to stop.
pub fn turn_blocking<'p>(
    pacer: Option<&'p Pacer>,
    place: Place,
    deadline: Option<Instant>,
    stop: Option<&Stop>,
) -> Result<Option<Turn<'p>>, GiveUp> {
    pacer.map(|pacer| pacer.turn_blocking_unless(place, deadline, stop)).transpose()
}

/// The turn of a call without a deadline and a stop, which always comes.
///
/// # Panics
/// In a debug build, should the pacer ever break that.
#[inline]
#[must_use]
pub fn granted(turn: Result<Option<Turn<'_>>, GiveUp>) -> Option<Turn<'_>> {
    debug_assert!(turn.is_ok(), "a turn without a deadline comes");
    turn.ok().flatten()
}

/// Keeps what failed in a wait that may be stopped, as the call would return it; else it is dropped.
#[inline]
pub fn keep<O>(stop: Option<&Stop>, outcome: O) -> Option<O> {
    stop.map(|_| outcome)
}

/// What a call ends with that was told to stop while it waited: what failed last.
///
/// # Panics
/// If nothing was kept; but before each wait that may be stopped it is.
#[inline]
#[must_use]
pub fn kept<O>(last: Option<O>) -> O {
    last.expect("what failed is kept while a call waits that may be stopped")
}

/// What a call ends with that had no turn: what failed last if that was kept, else what is made of the timeout.
#[inline]
pub fn no_turn<O: Outcome>(
    last: Option<O>,
    reason: GiveUp,
    limits: Limits,
    make: impl FnOnce(AttemptTimeout) -> O::Output,
) -> O {
    last.unwrap_or_else(|| {
        let limit = limits.time().unwrap_or(Duration::MAX);
        let stopped = reason == GiveUp::Stopped;
        O::from_output(make(AttemptTimeout { limit, made: false, stopped }))
    })
}

/// Bounds an attempt; `is_cut` becomes true if it took too long. The attempt is pinned where it is made, as to move it would
/// keep it twice.
#[cfg(feature = "tokio")]
pub async fn timeout<R>(
    limit: Option<Duration>,
    is_cut: &mut bool,
    make: impl FnOnce(AttemptTimeout) -> R,
    attempt: Pin<&mut impl Future<Output = R>>,
) -> R {
    match bounded(limit, attempt).await {
        Ok(returned) => returned,
        Err(limit) => cut(limit, is_cut, make),
    }
}

/// What stands for an attempt that took too long.
#[cfg(feature = "tokio")]
#[cold]
pub fn cut<R>(limit: Duration, is_cut: &mut bool, make: impl FnOnce(AttemptTimeout) -> R) -> R {
    *is_cut = true;
    make(AttemptTimeout { limit, made: true, stopped: false })
}

/// A future that is given so much time, and what it calls is told so.
///
/// # Errors
/// The limit, if it was not enough.
#[cfg(feature = "tokio")]
pub async fn bounded<R>(
    limit: Option<Duration>,
    future: Pin<&mut impl Future<Output = R>>,
) -> Result<R, Duration> {
    match limit.and_then(|limit| Some((limit, Async::now().checked_add(limit)?))) {
        Some((limit, deadline)) => {
            tokio::time::timeout(limit, Within::new(deadline, future)).await.map_err(|_| limit)
        }
        None => Ok(future.await),
    }
}

/// How an error or value is made of a timeout, unless `on_timeout` says how: by conversion.
#[inline]
pub fn converted<R: TimedOut>() -> impl FnOnce(AttemptTimeout) -> R {
    R::timed_out
}

/// How an error is made of a timeout: `on_timeout` of a function that returns a `Result`.
#[inline]
pub fn raise<R: Fallible>(make: impl FnOnce(AttemptTimeout) -> R::Error) -> impl FnOnce(AttemptTimeout) -> R {
    |timeout| R::from_error(make(timeout))
}

/// How a value is made of a timeout: `on_timeout` of a function whose values are looked at.
#[inline]
pub fn give<R>(make: impl FnOnce(AttemptTimeout) -> R) -> impl FnOnce(AttemptTimeout) -> R {
    make
}

/// Why a call ended without an outcome of its own: an attempt took longer than `attempt_timeout` or what was left of
/// `timeout`, or there was no turn for one before `max_time` or a stop.
///
/// Where that can happen, the function's error implements `From<AttemptTimeout>`, or its type has a falsy value; or the
/// option `on_timeout` makes the error (or value) of it:
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[on_exception(expo, attempt_timeout = 5, timeout = 60, on_timeout = |t| t.to_string().into_boxed_str())]
/// async fn get() -> Result<String, Box<str>> {
///     Ok("page".to_owned())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { assert!(get().await.is_ok()); }
/// ```
///
/// With a conversion, the attribute needs nothing more:
///
/// ```
/// use backoff_runtime::{AttemptTimeout, on_exception};
///
/// #[derive(Debug)]
/// enum ApiError {
///     Timeout,
///     Status(u16),
/// }
///
/// impl From<AttemptTimeout> for ApiError {
///     fn from(_: AttemptTimeout) -> Self {
///         Self::Timeout
///     }
/// }
///
/// #[on_exception(expo, attempt_timeout = 5, max_tries = 3)]
/// async fn get() -> Result<String, ApiError> {
///     # if false { return Err(ApiError::Status(500)); }
///     Ok("page".to_owned())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { assert!(get().await.is_ok()); }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptTimeout {
    /// The time that was not enough: `attempt_timeout`, `max_time` or `timeout`, or what was left of it.
    pub limit: Duration,
    /// Whether an attempt was made; false if there was no turn for one.
    pub made: bool,
    /// Whether the call was told to stop before its first attempt.
    pub stopped: bool,
}

impl fmt::Display for AttemptTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { stopped: true, .. } => f.write_str("stopped before there was a turn for a call"),
            Self { made: true, limit, .. } => write!(f, "no answer within {limit:?}"),
            Self { limit, .. } => write!(f, "no turn for a call within {limit:?}"),
        }
    }
}

impl std::error::Error for AttemptTimeout {}

impl From<AttemptTimeout> for std::io::Error {
    fn from(timeout: AttemptTimeout) -> Self {
        Self::new(std::io::ErrorKind::TimedOut, timeout)
    }
}

impl From<AttemptTimeout> for String {
    fn from(timeout: AttemptTimeout) -> Self {
        timeout.to_string()
    }
}

/// What an attempt returns that took too long: an error that is made from [`AttemptTimeout`], or the falsy value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that an attempt took too long",
    label = "`attempt_timeout`, `timeout`, and `pacer` with `max_time` or `stop` need it to",
    note = "write `on_timeout = |timeout| ...`, which makes the error or value, or implement `From<backoff_runtime::AttemptTimeout>` for the error of the `Result`"
)]
pub trait TimedOut {
    /// What stands for the timeout.
    fn timed_out(timeout: AttemptTimeout) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<AttemptTimeout>> TimedOut for Result<T, E> {
    fn timed_out(timeout: AttemptTimeout) -> Self {
        Err(timeout.into())
    }
}

#[diagnostic::do_not_recommend]
impl<T> TimedOut for Option<T> {
    fn timed_out(_: AttemptTimeout) -> Self {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T> TimedOut for Vec<T> {
    fn timed_out(_: AttemptTimeout) -> Self {
        Self::new()
    }
}

macro_rules! timed_out_is_default {
    ($($ty:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl TimedOut for $ty {
            fn timed_out(_: AttemptTimeout) -> Self {
                Self::default()
            }
        }
    )*};
}
timed_out_is_default!(() bool String u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

/// What `pacer`, `budget` and `stop` take: the thing itself, what points to it, or an `Option` of that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{T}`",
    label = "name a `static` of type `{T}`, or an expression that gives one by reference or `Arc`, also in an `Option`"
)]
pub trait Shared<T> {
    /// The thing, unless it is absent.
    fn shared(&self) -> Option<&T>;
}

macro_rules! shared {
    ($($ty:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Shared<$ty> for $ty {
            #[inline]
            fn shared(&self) -> Option<&$ty> {
                Some(self)
            }
        }
    )*};
}
shared!(Pacer RetryBudget Stop);

macro_rules! shared_as_its_target {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T, S: Shared<T> + ?Sized> Shared<T> for $pointer {
            #[inline]
            fn shared(&self) -> Option<&T> {
                (**self).shared()
            }
        }
    )*};
}
shared_as_its_target!(&S, &mut S, Box<S>, Rc<S>, Arc<S>);

#[diagnostic::do_not_recommend]
impl<T, S: Shared<T>, F: FnOnce() -> S> Shared<T> for LazyLock<S, F> {
    #[inline]
    fn shared(&self) -> Option<&T> {
        (**self).shared()
    }
}

/// Absent until it is set.
#[diagnostic::do_not_recommend]
impl<T, S: Shared<T>> Shared<T> for OnceLock<S> {
    #[inline]
    fn shared(&self) -> Option<&T> {
        self.get()?.shared()
    }
}

#[diagnostic::do_not_recommend]
impl<T, S: Shared<T>> Shared<T> for Option<S> {
    #[inline]
    fn shared(&self) -> Option<&T> {
        self.as_ref()?.shared()
    }
}
