//! How the calls of a policy may end.

use super::Policy;
use crate::call::{Bounded, Bounds, Limited};

/// How the calls of a [`Policy`] may end: [`Plain`], [`Paced`] or [`Timed`].
pub trait Ends: sealed::Sealed + 'static {
    /// The same with a pacer, too.
    type Paced: Ends;
    #[doc(hidden)]
    type Bounds: Bounds;

    /// Whether attempts may be cut.
    #[doc(hidden)]
    const IS_TIMED: bool = false;

    #[doc(hidden)]
    fn bounds(policy: &Policy<Self>) -> Self::Bounds
    where
        Self: Sized;
}

/// Each call ends with what an attempt returned.
#[derive(Clone, Copy, Debug)]
pub enum Plain {}

/// There may be a pacer, so that a call may get no turn in time.
#[derive(Clone, Copy, Debug)]
pub enum Paced {}

/// Attempts may be cut, and there may be a pacer. For async functions.
#[derive(Clone, Copy, Debug)]
pub enum Timed {}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Plain {}
    impl Sealed for super::Paced {}
    impl Sealed for super::Timed {}
}

impl Ends for Plain {
    type Paced = Paced;
    type Bounds = Limited;

    #[inline]
    fn bounds(_: &Policy) -> Limited {
        Limited
    }
}

impl Ends for Paced {
    type Paced = Self;
    type Bounds = Bounded<'static>;

    #[inline]
    fn bounds(policy: &Policy<Self>) -> Bounded<'static> {
        Limited.paced(policy.pacer)
    }
}

impl Ends for Timed {
    type Paced = Self;
    type Bounds = Bounded<'static>;

    const IS_TIMED: bool = true;

    #[inline]
    fn bounds(policy: &Policy<Self>) -> Bounded<'static> {
        let Policy { pacer, attempt_timeout, timeout, .. } = *policy;
        Limited.paced(pacer).bounded(|times| (times.attempt, times.call) = (attempt_timeout, timeout))
    }
}
