//! Calls that go by a policy.

use std::time::Duration;

use super::{Ends, Policy, Snapshot};
use crate::attempt::Attempt;
use crate::budget::RetryBudget;
#[cfg(feature = "tokio")]
use crate::call::MakesSpan;
use crate::call::{Call, Dropped, OnException, OnPredicate, Rules};
use crate::jitter::{AnyJitter, Jitter};
use crate::log::Logger;
use crate::mode::Mode;
use crate::outcome::Outcome;

impl<E: Ends> Policy<E> {
    /// A call of a closure that is retried on errors.
    pub const fn on_exception(&self) -> Call<OnException, &Self> {
        Call::of(OnException::ANY, self)
    }

    /// A call of a closure that is retried on values.
    pub const fn on_predicate(&self) -> Call<OnPredicate, &Self> {
        Call::of(OnPredicate::FALSY, self)
    }
}

macro_rules! rules {
    ($($policy:ty),*) => {$(
        impl<O: Outcome, E: Ends> Rules<O> for $policy {
            /// What was waited before, as `decorrelated_jitter` needs it.
            type State = Duration;
            type Bounds = E::Bounds;
            type Keeps = Dropped;
            type Pays = Option<&'static RetryBudget>;
            #[cfg(feature = "tokio")]
            type Attempt<F: Future> = F;

            #[cfg(feature = "tokio")]
            #[inline]
            fn around<F: Future>(_: impl MakesSpan, attempt: F) -> F {
                attempt
            }

            #[inline]
            fn bounds(&self) -> E::Bounds {
                E::bounds(self)
            }

            #[inline]
            fn keeps(&self) -> Dropped {
                Dropped
            }

            #[inline]
            fn pays(&self) -> Option<&'static RetryBudget> {
                self.budget
            }

            #[inline]
            fn max_tries(&self) -> u32 {
                self.max_tries
            }

            #[inline]
            fn max_time(&self) -> Option<Duration> {
                self.max_time
            }

            #[inline]
            fn logger(&self) -> Logger {
                self.logger
            }

            fn wait<M: Mode>(&mut self, state: &mut Duration, attempt: &mut Attempt<'_, M, O::Failure>) {
                self.ask(attempt, &mut self.jittered(state));
            }

            fn wait_with<M: Mode, J: Jitter>(
                &mut self,
                _: &mut Duration,
                attempt: &mut Attempt<'_, M, O::Failure>,
                jitter: &mut J,
            ) {
                self.ask(attempt, jitter);
            }
        }
    )*};
}
rules!(&Policy<E>, Snapshot<E>);
#[cfg(feature = "tower")]
rules!(super::Held<E>);

impl<E> Policy<E> {
    /// Asks the generator for the next wait.
    pub(super) fn ask<M: Mode, F>(&self, attempt: &mut Attempt<'_, M, F>, jitter: &mut impl Jitter) {
        attempt.wait_from(|number, _| self.waits.at(number), false, self.waits.longest(), jitter);
    }

    /// The jitter of a call that waited so long before.
    pub(super) fn jittered<'s>(&self, previous: &'s mut Duration) -> Jittered<'s> {
        Jittered { choice: self.jitter, first: self.waits.at(0).unwrap_or_default(), previous }
    }
}

/// A jitter that was chosen at run time, with what a call keeps of it.
#[derive(Debug)]
pub(super) struct Jittered<'s> {
    choice: AnyJitter,
    first: Duration,
    previous: &'s mut Duration,
}

impl Jitter for Jittered<'_> {
    fn jitter(&mut self, wait: Duration, longest: Option<Duration>) -> Duration {
        *self.previous = self.choice.jittered(wait, longest, self.first, *self.previous);
        *self.previous
    }

    fn is_random(&self) -> bool {
        self.choice != AnyJitter::None
    }
}
