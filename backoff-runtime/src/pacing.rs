//! The rules of an attempt that shares a rate limit, that was told when to come back, or that may take only so long.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::attempt::{Attempt, Retry, Stage};
use crate::budget::RetryBudget;
use crate::details::GiveUp;
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::pacer::{Pacer, Place, Turn};
use crate::retry::Limits;
use crate::testing;
use crate::wait::IntoWaitValue;

/// The longest hint that is obeyed without `max_time`: an hour.
const LONGEST_HINT: Duration = Duration::from_secs(3600);

impl<M: Mode> Retry<M> {
    /// When `max_time` is over, for the pacer that is asked for a turn next; `None` if it is not limited.
    #[must_use]
    pub fn deadline(&self, max_time: Option<Duration>) -> Option<Instant> {
        testing::deadline::<M>(self.start()?, max_time)
    }

    /// Gives to the budget what a first success is worth.
    #[inline]
    pub fn deposit<O: Outcome>(&self, budget: &RetryBudget, outcome: &O) {
        if self.tries() == 1 && outcome.value().is_some() {
            budget.deposit_at(M::now());
        }
    }
}

impl<M: Mode, F> Attempt<'_, M, F> {
    /// Takes the server's hint: a wait may be longer, but not shorter. One that is longer than what is left of
    /// `max_time`, or than an hour, gives up.
    #[inline]
    pub fn retry_after<S: IntoWaitValue>(&mut self, limits: Limits, hint: impl FnOnce(&F) -> S) {
        self.hint = self.failure().and_then(|failure| hint(failure).into_wait_value());
        let cap = limits.max_time.map_or(LONGEST_HINT, |max_time| max_time.saturating_sub(self.elapsed()));
        if self.hint.is_some_and(|hint| hint > cap) {
            self.give_up(GiveUp::RetryAfter);
        }
    }

    /// Takes what a retry costs from the budget, or gives up.
    #[inline]
    pub fn budget(&mut self, budget: &RetryBudget) {
        if self.undecided().is_some() && !budget.withdraw_at(M::now()) {
            self.give_up(GiveUp::Budget);
        }
    }

    /// Tells the pacer how the attempt ended. One that was throttled asks no generator for a wait: it comes back to its
    /// place in the queue, where the pacer makes it wait.
    #[inline]
    pub fn pace(&mut self, turn: Option<Turn<'_>>, throttled: impl FnOnce(&F) -> bool) -> Place {
        let is_throttled = turn.is_some() && self.failure().is_some_and(throttled);
        if is_throttled && self.undecided().is_some() {
            self.stage = Stage::Throttled;
        }
        match turn {
            Some(turn) if is_throttled => turn.throttled(self.hint),
            Some(turn) => {
                turn.failed();
                Place::back()
            }
            None => Place::back(),
        }
    }

    /// Gives up because there was no turn before `max_time`.
    #[inline]
    pub fn missed(&mut self) {
        self.retry.progress.missed();
        self.give_up(GiveUp::MaxTime);
    }
}

/// Tells the pacer that the limit let a call pass: a success, or an error that is not retried, which is an answer too.
#[inline]
pub fn passed(turn: Option<Turn<'_>>) {
    if let Some(turn) = turn {
        turn.accepted();
    }
}

/// The turn of a call without a deadline, which always comes.
///
/// # Panics
/// In a debug build, should the pacer ever break that.
#[inline]
#[must_use]
pub fn granted(turn: Option<Turn<'_>>) -> Option<Turn<'_>> {
    debug_assert!(turn.is_some(), "a turn without a deadline comes");
    turn
}

/// What a call returns that had no turn before `max_time`: its last outcome, if it had one.
#[inline]
pub fn no_turn<O: Outcome<Output: TimedOut>>(last: Option<O>, max_time: Option<Duration>) -> O {
    last.unwrap_or_else(|| {
        let timeout = AttemptTimeout { limit: max_time.unwrap_or(Duration::MAX), made: false };
        O::from_output(TimedOut::timed_out(timeout))
    })
}

/// Bounds an attempt.
#[cfg(feature = "tokio")]
pub async fn timeout<R: TimedOut>(limit: Duration, attempt: impl Future<Output = R>) -> R {
    match tokio::time::timeout(limit, attempt).await {
        Ok(returned) => returned,
        Err(_) => R::timed_out(AttemptTimeout { limit, made: true }),
    }
}

/// An attempt took longer than `attempt_timeout`, or there was no turn for one before `max_time`.
///
/// Of an annotated function with `attempt_timeout`, or with a `pacer` and a `max_time`, the error implements
/// `From<AttemptTimeout>`.
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
    /// The time that was not enough: `attempt_timeout`, or `max_time`.
    pub limit: Duration,
    /// Whether an attempt was made; false if there was no turn for one.
    pub made: bool,
}

impl fmt::Display for AttemptTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.made { "no answer" } else { "no turn for a call" };
        write!(f, "{what} within {:?}", self.limit)
    }
}

impl std::error::Error for AttemptTimeout {}

impl From<AttemptTimeout> for std::io::Error {
    fn from(timeout: AttemptTimeout) -> Self {
        Self::new(std::io::ErrorKind::TimedOut, timeout)
    }
}

/// What an attempt returns that took too long: an error that is made from [`AttemptTimeout`], or the falsy value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that an attempt took too long",
    label = "`attempt_timeout`, and `pacer` with `max_time`, need it to",
    note = "implement `From<backoff_runtime::AttemptTimeout>` for the error of the `Result`, or return a type with a falsy value"
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

/// What `pacer` and `budget` take: the thing itself, or what points to it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{T}`",
    label = "name a `static` of type `{T}`, or an expression that gives one by reference or `Arc`"
)]
pub trait Shared<T> {
    /// The thing.
    fn shared(&self) -> &T;
}

macro_rules! shared {
    ($($ty:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Shared<$ty> for $ty {
            #[inline]
            fn shared(&self) -> &$ty {
                self
            }
        }
    )*};
}
shared!(Pacer RetryBudget);

#[diagnostic::do_not_recommend]
impl<T, S: Shared<T> + ?Sized> Shared<T> for &S {
    #[inline]
    fn shared(&self) -> &T {
        (**self).shared()
    }
}

#[diagnostic::do_not_recommend]
impl<T, S: Shared<T> + ?Sized> Shared<T> for Arc<S> {
    #[inline]
    fn shared(&self) -> &T {
        (**self).shared()
    }
}
