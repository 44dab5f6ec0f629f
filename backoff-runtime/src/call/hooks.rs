//! What a [`Call`](super::Call) asks and tells, each absent by default at no cost.

use std::marker::PhantomData;

use crate::details::Details;
use crate::jitter::{IntoJitter, NoJitter, none};
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
    fn end(&mut self, last: R) -> R;
}

impl<R> End<R> for Nothing {
    fn end(&mut self, last: R) -> R {
        last
    }
}

/// `fallback`: what it makes of the error. A call gives up once, so it may give away what it owns.
#[derive(Clone, Debug)]
pub struct Once<F>(pub(super) Option<F>);

impl<T, E, F: FnOnce(E) -> Result<T, E>> End<Result<T, E>> for Once<F> {
    fn end(&mut self, last: Result<T, E>) -> Result<T, E> {
        match self.0.take() {
            Some(fallback) => last.or_else(fallback),
            None => last,
        }
    }
}

/// `raise_on_giveup(false)`: the default value.
#[derive(Clone, Debug)]
pub struct DefaultOk(pub(super) bool);

impl<T: OkDefault, E> End<Result<T, E>> for DefaultOk {
    fn end(&mut self, last: Result<T, E>) -> Result<T, E> {
        if self.0 { Ok(T::ok_default()) } else { last }
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
