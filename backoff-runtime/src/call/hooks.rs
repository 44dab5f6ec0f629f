//! What a [`Call`](super::Call) asks and tells, each absent by default at no cost.

use std::marker::PhantomData;

use crate::attempt::Retry;
use crate::details::{Details, GiveUp, GivenUp, Retried};
use crate::jitter::{IntoJitter, NoJitter, none};
use crate::mode::Mode;
use crate::outcome::OkDefault;
use crate::outcome::{Falsy, Is};

/// Decides about what can fail: the value, or the error.
pub trait Condition<T> {
    /// Whether it holds.
    fn holds(&mut self, failure: &T) -> bool;
}

impl<T, F: FnMut(&T) -> bool> Condition<T> for F {
    fn holds(&mut self, failure: &T) -> bool {
        self(failure)
    }
}

/// Any error fails; the default of [`on_exception`](crate::on_exception()).
#[derive(Clone, Debug)]
pub struct Any;

impl<T> Condition<T> for Any {
    fn holds(&mut self, _: &T) -> bool {
        true
    }
}

/// A falsy value fails; the default of [`on_predicate`](crate::on_predicate()).
#[derive(Clone, Debug)]
pub struct Falsity;

impl<T: Falsy> Condition<T> for Falsity {
    fn holds(&mut self, value: &T) -> bool {
        value.is_falsy()
    }
}

/// An error that is an `X` fails.
#[derive(Clone, Debug)]
pub struct IsA<X, How>(pub(super) PhantomData<fn() -> (X, How)>);

impl<X, How, T: Is<X, How>> Condition<T> for IsA<X, How> {
    fn holds(&mut self, error: &T) -> bool {
        error.is()
    }
}

/// No `giveup`, no handlers, no fallback: the default.
#[derive(Clone, Debug)]
pub struct Nothing;

impl<T> Condition<T> for Nothing {
    fn holds(&mut self, _: &T) -> bool {
        false
    }
}

/// Makes what a call that gave up returns, from what it ended with.
pub trait End<R> {
    /// What the call returns.
    fn end(self, last: R, given_up: GivenUp) -> R;
}

impl<R> End<R> for Nothing {
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

/// `fallback_async`: what it makes of the error and the details when it is awaited.
#[derive(Clone, Debug)]
pub struct Later<F>(pub(super) F);

/// `raise_on_giveup(false)`: the default value.
#[derive(Clone, Debug)]
pub struct DefaultOk(pub(super) bool);

impl<T: OkDefault, E> End<Result<T, E>> for DefaultOk {
    fn end(self, last: Result<T, E>, _: GivenUp) -> Result<T, E> {
        if self.0 { Ok(T::ok_default()) } else { last }
    }
}

/// Makes what an async call that gave up returns, from what it ended with.
#[cfg(feature = "tokio")]
pub trait EndLater<R> {
    /// Whether it takes time.
    const IS_AWAITED: bool = false;

    /// What the call returns.
    fn end_later(self, last: R, given_up: GivenUp) -> impl Future<Output = R>;
}

#[cfg(feature = "tokio")]
impl<R, N: End<R>> EndLater<R> for N {
    #[inline]
    fn end_later(self, last: R, given_up: GivenUp) -> impl Future<Output = R> {
        std::future::ready(self.end(last, given_up))
    }
}

#[cfg(feature = "tokio")]
impl<T, E, F, Fut> EndLater<Result<T, E>> for Later<F>
where
    F: FnOnce(E, GivenUp) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    const IS_AWAITED: bool = true;

    async fn end_later(self, last: Result<T, E>, given_up: GivenUp) -> Result<T, E> {
        match last {
            Ok(value) => Ok(value),
            Err(error) => (self.0)(error, given_up).await,
        }
    }
}

/// What a call that is run returns of what it knows.
pub trait Part<R> {
    /// Whether the time since the call began is a part of it.
    const IS_TIMED: bool;

    /// What is returned.
    type Whole;

    /// What is returned.
    fn whole<M: Mode>(result: R, retry: &Retry<M>, reason: Option<GiveUp>) -> Self::Whole;
}

/// The result alone.
#[derive(Clone, Copy, Debug)]
pub enum ResultOnly {}

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
pub enum Everything {}

impl<R> Part<R> for Everything {
    const IS_TIMED: bool = true;

    type Whole = Retried<R>;

    fn whole<M: Mode>(result: R, retry: &Retry<M>, reason: Option<GiveUp>) -> Retried<R> {
        Retried::new(result, retry, reason)
    }
}

/// Marks the handlers of `on_try`.
#[derive(Clone, Copy, Debug)]
pub enum Try {}

/// Marks the handlers of `on_success`.
#[derive(Clone, Copy, Debug)]
pub enum Success {}

/// Marks the handlers of `on_backoff`.
#[derive(Clone, Copy, Debug)]
pub enum Backoff {}

/// Marks the handlers of `on_giveup`.
#[derive(Clone, Copy, Debug)]
pub enum Giveup {}

/// A handler of an event, behind those that were added before it.
#[derive(Clone, Debug)]
pub struct On<Event, Before, F> {
    pub(super) before: Before,
    pub(super) handler: F,
    pub(super) event: PhantomData<fn() -> Event>,
}

/// Handlers, some of which may be of this event.
pub trait Tells<Event, O> {
    /// Whether there are any of the event, so that what they are told has to be known.
    const HEARS: bool;

    /// Calls those of the event, in order.
    fn tell(&mut self, details: &Details<'_, O>);
}

impl<Event, O> Tells<Event, O> for Nothing {
    const HEARS: bool = false;

    #[inline]
    fn tell(&mut self, _: &Details<'_, O>) {}
}

macro_rules! tells {
    ($event:ident: $($other:ident)*) => {
        impl<O, B: Tells<$event, O>, F: FnMut(&Details<'_, O>)> Tells<$event, O> for On<$event, B, F> {
            const HEARS: bool = true;

            #[inline]
            fn tell(&mut self, details: &Details<'_, O>) {
                self.before.tell(details);
                (self.handler)(details);
            }
        }

        $(impl<O, B: Tells<$event, O>, F> Tells<$event, O> for On<$other, B, F> {
            const HEARS: bool = B::HEARS;

            #[inline]
            fn tell(&mut self, details: &Details<'_, O>) {
                self.before.tell(details);
            }
        })*
    };
}
tells!(Try: Success Backoff Giveup);
tells!(Success: Try Backoff Giveup);
tells!(Backoff: Try Success Giveup);
tells!(Giveup: Try Success Backoff);

/// Marks `None` as a jitter: there is none.
#[derive(Debug)]
pub enum Absent {}

/// `.jitter(None)`, as `jitter = None` in the attributes and `.logger(None)`.
#[diagnostic::do_not_recommend]
impl IntoJitter<Absent> for Option<NoJitter> {
    type Jitter = NoJitter;

    fn into_jitter(self) -> NoJitter {
        none()
    }
}
