//! Which failures pass by themselves: [`Transient`].

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "sqlx")]
mod sqlx;
mod standard;
#[cfg(feature = "tonic")]
mod tonic;

use std::time::Duration;

/// Says whether a failure passes by itself, so that the same call may succeed later.
///
/// `#[retry(expo, transient)]` retries what is not [`Class::Final`], waits as long as the [hint](Class::retry_after) says, and tells
/// a pacer that a [`Class::RateLimit`] is a refusal.
///
/// ```
/// use backoff_runtime::{Class, Transient};
///
/// enum ApiError {
///     Busy,
///     NotFound,
/// }
///
/// impl Transient for ApiError {
///     fn class(&self) -> Class {
///         match self {
///             Self::Busy => Class::TRANSIENT,
///             Self::NotFound => Class::Final,
///         }
///     }
/// }
/// assert!(ApiError::Busy.is_transient() && !ApiError::NotFound.is_transient());
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing says which `{Self}` is transient",
    label = "`transient` asks the type of what fails",
    note = "derive it: `#[derive(Transient)]` with `#[transient]` on what passes by itself; or write a predicate such as `|error| ...` instead of `transient`",
    note = "of a type-erased error nothing is known; ask what may be in it: `|error| error.downcast_ref::<io::Error>().is_some_and(Transient::is_transient)`"
)]
pub trait Transient {
    /// What kind of failure this is.
    fn class(&self) -> Class;

    /// Whether the same call may succeed later.
    fn is_transient(&self) -> bool {
        self.class() != Class::Final
    }
}

/// What kind of failure something is; found by [`Transient::class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// The same call fails again, however often it is made; or nothing failed.
    Final,
    /// It passes by itself.
    Transient {
        /// When to come back, if the other side said so.
        retry_after: Option<Duration>,
    },
    /// A rate limit refused the call.
    RateLimit {
        /// When to come back, if the other side said so.
        retry_after: Option<Duration>,
    },
}

impl Class {
    /// It passes by itself, and nothing says when.
    pub const TRANSIENT: Self = Self::Transient { retry_after: None };

    /// A rate limit refused the call, and nothing says for how long.
    pub const RATE_LIMIT: Self = Self::RateLimit { retry_after: None };

    /// When to come back, if the other side said so.
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Final => None,
            Self::Transient { retry_after } | Self::RateLimit { retry_after } => retry_after,
        }
    }

    /// Whether it is the limit speaking.
    #[must_use]
    pub const fn is_rate_limit(self) -> bool {
        matches!(self, Self::RateLimit { .. })
    }

    /// The same, with what the other side said of when to come back. Of [`Final`](Self::Final) nothing can be said.
    #[must_use]
    pub const fn after(self, hint: Option<Duration>) -> Self {
        match self {
            Self::Final => Self::Final,
            Self::Transient { .. } => Self::Transient { retry_after: hint },
            Self::RateLimit { .. } => Self::RateLimit { retry_after: hint },
        }
    }
}

/// What the derive's expansion uses; no part of the public interface.
pub mod derived {
    use std::time::Duration;

    pub use super::{Class, Transient};
    use crate::IntoWaitValue;

    /// What a field says.
    pub fn class<T: Transient + ?Sized>(source: &T) -> Class {
        source.class()
    }

    /// What a field says of when to come back.
    pub fn hint<T: Hint>(hint: &T) -> Option<Duration> {
        hint.clone().into_wait_value()
    }

    /// A wait that is only borrowed.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a wait",
        label = "a hint is a number of seconds, a `Duration`, a `RetryAfter`, or an `Option` of these"
    )]
    pub trait Hint: IntoWaitValue + Clone {}

    #[diagnostic::do_not_recommend]
    impl<T: IntoWaitValue + Clone> Hint for T {}
}
