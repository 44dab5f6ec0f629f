//! Which failures pass by themselves: [`Transient`].

#[cfg(any(feature = "reqwest", feature = "tonic"))]
mod connection;
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
///
/// For a type of your own derive it: [`#[derive(Transient)]`](derive@crate::Transient). It is implemented for:
///
/// | type | feature | by |
/// | --- | --- | --- |
/// | [`std::io::Error`](#foreign-impls) | | its kind |
/// | [`AttemptTimeout`](crate::AttemptTimeout) | | transient |
/// | `http::StatusCode`, `http::Response` | `http` | the status, and `Retry-After` |
/// | `reqwest::Error`, `reqwest::Response` | `reqwest` | what broke; the status, and `Retry-After` |
/// | `tonic::Status` | `tonic` | the code, and `RetryInfo` |
/// | `sqlx::Error` | `sqlx` | what broke; SQLSTATE, or SQLite's result code |
/// | `Result<T, E>`, `&T`, `Box<T>`, `Rc<T>`, `Arc<T>` | | what is inside |
///
/// Each says below, with its sources, what counts as what. Where yours differs, a predicate does (`|error| error.is_transient()
/// || error.is_mine()`), or a type of your own around it.
///
/// # Type-erased errors
///
/// Of an `anyhow::Error`, an `eyre::Report` or a `Box<dyn Error>` nothing is known. Ask what may be in it, and in what it was
/// made of:
///
/// ```
/// use backoff_runtime::{Transient, on_exception};
/// use std::error::Error;
/// use std::io;
///
/// /// Of `anyhow::Error` and `eyre::Report` it is `error.chain().any(...)`.
/// fn passes(error: &Box<dyn Error>) -> bool {
///     std::iter::successors(Some(&**error), |cause| (*cause).source())
///         .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(Transient::is_transient))
/// }
///
/// #[on_exception(expo, passes, max_tries = 5)]
/// fn settings() -> Result<String, Box<dyn Error>> {
///     Ok(std::fs::read_to_string("Cargo.toml")?)
/// }
/// # settings().unwrap();
/// # assert!(passes(&io::Error::from(io::ErrorKind::TimedOut).into()) && !passes(&"no".into()));
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
