//! What a [`Call`](super::Call) that gave up returns, and what it returns beside the result.

#[cfg(feature = "tokio")]
use std::future::{Pending, pending};

use crate::attempt::Retry;
use crate::details::{GiveUp, GivenUp, Retried};
use crate::mode::Mode;
use crate::outcome::OkDefault;

/// Makes what a call that gave up returns, from what it ended with.
pub trait End<R> {
    /// What the call returns.
    fn end(self, last: R, given_up: GivenUp) -> R;
}

/// What it ended with; the default.
#[derive(Clone, Debug)]
pub struct Last;

impl<R> End<R> for Last {
    #[inline]
    fn end(self, last: R, _: GivenUp) -> R {
        last
    }
}

/// `fallback`: what it makes of the error. A call gives up once, so it may give away what it owns.
#[derive(Clone, Debug)]
pub struct Once<F>(pub(super) F);

impl<T, E, F: FnOnce(E) -> Result<T, E>> End<Result<T, E>> for Once<F> {
    fn end(self, last: Result<T, E>, _: GivenUp) -> Result<T, E> {
        last.or_else(self.0)
    }
}

/// `fallback_with`: what it makes of the error and the details.
#[derive(Clone, Debug)]
pub struct OnceWith<F>(pub(super) F);

impl<T, E, F: FnOnce(E, GivenUp) -> Result<T, E>> End<Result<T, E>> for OnceWith<F> {
    fn end(self, last: Result<T, E>, given_up: GivenUp) -> Result<T, E> {
        last.or_else(|error| (self.0)(error, given_up))
    }
}

/// `raise_on_giveup(false)`: the default value.
#[derive(Clone, Debug)]
pub struct DefaultOk(pub(super) bool);

impl<T: OkDefault, E> End<Result<T, E>> for DefaultOk {
    fn end(self, last: Result<T, E>, _: GivenUp) -> Result<T, E> {
        if self.0 { Ok(T::ok_default()) } else { last }
    }
}

/// `fallback_async`: what it makes of the error and the details when it is awaited.
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub struct Later<F>(pub(super) F);

/// Makes what an async call that gave up returns, from what it ended with: at once, or what takes time to be made.
#[cfg(feature = "tokio")]
pub trait EndLater<R>: Sized {
    /// Whether it takes time.
    const IS_AWAITED: bool = false;

    /// What the call returns, if that takes no time.
    fn end_now(self, last: R, given_up: GivenUp) -> R;

    /// What the call returns, if that takes time.
    fn end_later(self, _last: R, _given_up: GivenUp) -> impl Future<Output = R> {
        const { assert!(!Self::IS_AWAITED) };
        pending() as Pending<R>
    }
}

#[cfg(feature = "tokio")]
impl<R, N: End<R>> EndLater<R> for N {
    #[inline]
    fn end_now(self, last: R, given_up: GivenUp) -> R {
        self.end(last, given_up)
    }
}

#[cfg(feature = "tokio")]
impl<T, E, F, Fut> EndLater<Result<T, E>> for Later<F>
where
    F: FnOnce(E, GivenUp) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    const IS_AWAITED: bool = true;

    fn end_now(self, last: Result<T, E>, _: GivenUp) -> Result<T, E> {
        last
    }

    async fn end_later(self, last: Result<T, E>, given_up: GivenUp) -> Result<T, E> {
        match last {
            Ok(value) => Ok(value),
            Err(error) => (self.0)(error, given_up).await,
        }
    }
}

/// What a call that is run returns of what it knows.
pub(super) trait Part<R> {
    /// Whether the time since the call began is a part of it.
    const IS_TIMED: bool;

    /// What is returned.
    type Whole;

    /// What is returned.
    fn whole<M: Mode>(result: R, retry: &Retry<M>, reason: Option<GiveUp>) -> Self::Whole;
}

/// The result alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResultOnly {}

impl<R> Part<R> for ResultOnly {
    const IS_TIMED: bool = false;

    type Whole = R;

    #[inline]
    fn whole<M: Mode>(result: R, _: &Retry<M>, _: Option<GiveUp>) -> R {
        result
    }
}

/// All of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Everything {}

impl<R> Part<R> for Everything {
    const IS_TIMED: bool = true;

    type Whole = Retried<R>;

    fn whole<M: Mode>(result: R, retry: &Retry<M>, reason: Option<GiveUp>) -> Retried<R> {
        Retried::new(result, retry, reason)
    }
}
