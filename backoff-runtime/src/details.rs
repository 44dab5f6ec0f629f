//! What handlers are told.

use std::fmt;
use std::time::Duration;

use crate::attempt::Retry;
use crate::mode::Mode;

/// What a handler is told about the attempt.
///
/// `O` is the outcome: the value or error that failed (`on_backoff`, `on_giveup`), the value (`on_success`; of an
/// `Ok(T)`, the `T`), or `()` (`on_try`).
///
/// ```
/// use backoff_runtime::{Details, on_exception};
///
/// fn warn(details: &Details<'_, std::io::Error>) {
///     eprintln!("{} failed {} times: {}", details.target, details.tries, details.outcome);
/// }
///
/// #[on_exception(expo, max_tries = 3, on_giveup = warn)]
/// fn read() -> std::io::Result<String> {
///     std::fs::read_to_string("Cargo.toml")
/// }
/// # assert!(read().is_ok());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Details<'a, O> {
    /// The function's name.
    pub target: &'static str,
    /// Attempts so far, this one included.
    pub tries: u32,
    /// Time since the call began, read after the attempt (`on_try`: before it), on a monotonic clock.
    pub elapsed: Duration,
    /// The wait before the next attempt, jitter included; only for `on_backoff`.
    pub wait: Option<Duration>,
    /// Why there is no next attempt; only for `on_giveup`.
    pub reason: Option<GiveUp>,
    /// The outcome.
    pub outcome: &'a O,
}

/// What a fallback is told of the call that gives up.
///
/// ```
/// use backoff_runtime::{GivenUp, on_exception};
///
/// fn explain(error: String, given_up: GivenUp) -> Result<(), String> {
///     Err(format!("{error}, after {} tries: {}", given_up.tries, given_up.reason))
/// }
///
/// #[on_exception(constant, interval = 0, max_tries = 3, fallback = |e, given_up| explain(e, given_up))]
/// fn fetch() -> Result<(), String> {
///     Err("unreachable".to_owned())
/// }
/// assert_eq!(fetch().unwrap_err(), "unreachable, after 3 tries: max_tries");
/// ```
// Without a lifetime, so that the future of a call that is given one can be `Send`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GivenUp {
    /// The function's name.
    pub target: &'static str,
    /// Attempts that were made.
    pub tries: u32,
    /// Time since the call began, on a monotonic clock.
    pub elapsed: Duration,
    /// Why the call gives up.
    pub reason: GiveUp,
}

/// What a call returns, and what it knows besides.
///
/// An annotated function that is declared to return a `Retried<R>` has a body that returns an `R`; of a closure,
/// [`Call::run_reported`](crate::Call::run_reported) gives one.
///
/// ```
/// use backoff_runtime::{GiveUp, Retried, on_exception};
///
/// #[on_exception(constant, interval = 0, max_tries = 3)]
/// fn fetch() -> Retried<Result<String, String>> {
///     Err("unreachable".to_owned())
/// }
///
/// let Retried { result, tries, reason, .. } = fetch();
/// assert_eq!((result.is_err(), tries, reason), (true, 3, Some(GiveUp::MaxTries)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retried<R> {
    /// What the last attempt returned, or what was made of it.
    pub result: R,
    /// Attempts that were made.
    pub tries: u32,
    /// Time since the call began, on a monotonic clock.
    pub elapsed: Duration,
    /// Why the call gave up, if it did.
    pub reason: Option<GiveUp>,
}

impl<R> Retried<R> {
    /// The end of a call.
    pub(crate) fn new<M: Mode>(result: R, retry: &Retry<M>, reason: Option<GiveUp>) -> Self {
        Self { result, tries: retry.tries(), elapsed: retry.elapsed(), reason }
    }
}

/// Why a call gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// As many attempts were made as `max_tries` allows.
    MaxTries,
    /// As much time has passed as `max_time` allows.
    MaxTime,
    /// The `giveup` predicate said so.
    Predicate,
    /// The wait generator has no more waits.
    Exhausted,
    /// The server asked for a longer wait than is left of `max_time`, or than an hour.
    RetryAfter,
    /// The budget that callers share has no retry left.
    Budget,
    /// The time of the whole call is over: its `timeout`, or that of a call around it.
    Timeout,
    /// The call was told to stop.
    Stopped,
    /// All retries of the program are [turned off](crate::program::disable_retries).
    SwitchedOff,
}

impl GiveUp {
    /// As it is shown.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxTries => "max_tries",
            Self::MaxTime => "max_time",
            Self::Predicate => "giveup",
            Self::Exhausted => "exhausted",
            Self::RetryAfter => "retry_after",
            Self::Budget => "budget",
            Self::Timeout => "timeout",
            Self::Stopped => "stopped",
            Self::SwitchedOff => "switched_off",
        }
    }
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
