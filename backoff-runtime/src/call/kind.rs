//! How what a closure returns is looked at: which outcomes fail, what stands for a timeout, what the log shows, and what
//! the call returns that gave up.

use std::marker::PhantomData;

use super::bounds::Converted;
use super::ending::Last;
use super::shows::{AsDebug, Shows};
use crate::log::Shown;
use crate::outcome::{Fallible, Falsy, Is, Outcome, Raised, Returned};
use crate::transient::{Class, Transient};

/// A call is retried on errors: on which, and what it makes of a timeout, shows in its log lines, and returns that gave up.
#[derive(Clone, Debug)]
pub struct OnException<C = Any, M = Converted, L = AsDebug, N = Last> {
    pub(super) condition: C,
    pub(super) on_timeout: M,
    pub(super) shown: L,
    pub(super) end: N,
}

/// A call is retried on values: on which, and what it makes of a timeout, and shows in its log lines.
#[derive(Clone, Debug)]
pub struct OnPredicate<C = Falsity, M = Converted, L = AsDebug> {
    pub(super) condition: C,
    pub(super) on_timeout: M,
    pub(super) shown: L,
}

impl OnException {
    pub(crate) const ANY: Self = Self { condition: Any, on_timeout: Converted, shown: AsDebug, end: Last };
}

impl OnPredicate {
    pub(crate) const FALSY: Self = Self { condition: Falsity, on_timeout: Converted, shown: AsDebug };
}

/// How what a closure returns is looked at.
pub trait Kind<R> {
    /// The outcome of an attempt.
    type Outcome: Outcome<Output = R>;
    /// What makes of a timeout what the call returns.
    type Make;
    /// What makes what a call returns that gave up.
    type End;

    /// What was returned, as the outcome of an attempt.
    fn outcome(returned: R) -> Self::Outcome;

    /// Whether it failed.
    fn has_failed(&mut self, outcome: &Self::Outcome) -> bool;

    /// What makes of a timeout what the call returns.
    fn make(&mut self) -> &mut Self::Make;

    /// What is needed at the end of a call that gave up.
    fn end(self) -> (Self::Make, Self::End);

    /// Gives what log lines show of it.
    fn show(&self, failure: &<Self::Outcome as Outcome>::Failure, log: impl FnOnce(Shown<'_>));
}

impl<R, C, M, L, N> Kind<R> for OnException<C, M, L, N>
where
    R: Fallible,
    C: Condition<R::Error>,
    L: Shows<R::Error>,
{
    type Outcome = Raised<R>;
    type Make = M;
    type End = N;

    #[inline]
    fn outcome(returned: R) -> Raised<R> {
        Raised(returned)
    }

    #[inline]
    fn has_failed(&mut self, outcome: &Raised<R>) -> bool {
        crate::outcome::when(outcome, |error| self.condition.holds(error))
    }

    #[inline]
    fn make(&mut self) -> &mut M {
        &mut self.on_timeout
    }

    #[inline]
    fn end(self) -> (M, N) {
        (self.on_timeout, self.end)
    }

    #[inline]
    fn show(&self, error: &R::Error, log: impl FnOnce(Shown<'_>)) {
        self.shown.show(error, log);
    }
}

impl<T, C, M, L> Kind<T> for OnPredicate<C, M, L>
where
    C: Condition<T>,
    L: Shows<T>,
{
    type Outcome = Returned<T>;
    type Make = M;
    type End = Last;

    #[inline]
    fn outcome(returned: T) -> Returned<T> {
        Returned(returned)
    }

    #[inline]
    fn has_failed(&mut self, outcome: &Returned<T>) -> bool {
        self.condition.holds(&outcome.0)
    }

    #[inline]
    fn make(&mut self) -> &mut M {
        &mut self.on_timeout
    }

    #[inline]
    fn end(self) -> (M, Last) {
        (self.on_timeout, Last)
    }

    #[inline]
    fn show(&self, value: &T, log: impl FnOnce(Shown<'_>)) {
        self.shown.show(value, log);
    }
}

/// A kind with its parts.
pub trait Parts {
    /// With another condition.
    type Condition<C>;
    /// With another way to make something of a timeout.
    type OnTimeout<M>;
    /// With another way to show an outcome.
    type Shown<L>;

    /// With another condition.
    fn condition<C>(self, condition: C) -> Self::Condition<C>;

    /// With another way to make something of a timeout.
    fn on_timeout<M>(self, on_timeout: M) -> Self::OnTimeout<M>;

    /// With another way to show an outcome.
    fn shown<L>(self, shown: L) -> Self::Shown<L>;
}

macro_rules! parts {
    ($kind:ident<$($other:ident)?> { $($rest:ident)? }) => {
        impl<C, M, L $(, $other)?> Parts for $kind<C, M, L $(, $other)?> {
            type Condition<C2> = $kind<C2, M, L $(, $other)?>;
            type OnTimeout<M2> = $kind<C, M2, L $(, $other)?>;
            type Shown<L2> = $kind<C, M, L2 $(, $other)?>;

            fn condition<C2>(self, condition: C2) -> Self::Condition<C2> {
                let Self { on_timeout, shown, $($rest,)? .. } = self;
                $kind { condition, on_timeout, shown $(, $rest)? }
            }

            fn on_timeout<M2>(self, on_timeout: M2) -> Self::OnTimeout<M2> {
                let Self { condition, shown, $($rest,)? .. } = self;
                $kind { condition, on_timeout, shown $(, $rest)? }
            }

            fn shown<L2>(self, shown: L2) -> Self::Shown<L2> {
                let Self { condition, on_timeout, $($rest,)? .. } = self;
                $kind { condition, on_timeout, shown $(, $rest)? }
            }
        }
    };
}
parts!(OnException<N> { end });
parts!(OnPredicate<> {});

/// Decides which outcomes fail, by the error or value.
pub trait Condition<T> {
    /// Whether it fails.
    fn holds(&mut self, failure: &T) -> bool;
}

impl<T, F: FnMut(&T) -> bool> Condition<T> for F {
    #[inline]
    fn holds(&mut self, failure: &T) -> bool {
        self(failure)
    }
}

/// Any error fails; the default of [`on_exception`](crate::on_exception()).
#[derive(Clone, Debug)]
pub struct Any;

impl<T> Condition<T> for Any {
    #[inline]
    fn holds(&mut self, _: &T) -> bool {
        true
    }
}

/// A falsy value fails; the default of [`on_predicate`](crate::on_predicate()).
#[derive(Clone, Debug)]
pub struct Falsity;

impl<T: Falsy> Condition<T> for Falsity {
    #[inline]
    fn holds(&mut self, value: &T) -> bool {
        value.is_falsy()
    }
}

/// An error that is an `X` fails.
#[derive(Clone, Debug)]
pub struct IsA<X, How>(pub(super) PhantomData<fn() -> (X, How)>);

impl<X, How, T: Is<X, How>> Condition<T> for IsA<X, How> {
    #[inline]
    fn holds(&mut self, error: &T) -> bool {
        error.is()
    }
}

/// What its type says passes by itself fails.
#[derive(Clone, Debug)]
pub struct IsTransient;

impl<T: Transient> Condition<T> for IsTransient {
    #[inline]
    fn holds(&mut self, failure: &T) -> bool {
        failure.class() != Class::Final
    }
}
