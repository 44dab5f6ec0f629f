//! What the expansion of an attribute that names a policy asks it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::{Ends, LivePolicy, Paced, Plain, Policy, Snapshot};
use crate::attempt::{Attempt, Retry};
use crate::budget::RetryBudget;
use crate::call::{self, Bounds};
use crate::jitter::Jitter;
use crate::log::Logger;
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::pacer::Pacer;
use crate::pacing::AttemptTimeout;
use crate::retry::Limits;

/// What an attribute may name in the place of the generator, in upper case or behind `&`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "in upper case, or behind `&`, stands a `Policy` or a `LivePolicy`",
    note = "name a `static` of type `backoff_runtime::Policy`; of a wait generator in a constant write an expression that makes it: `{{ WAITS }}`"
)]
pub trait Names {
    /// What a call holds of it to its end.
    type Held<'p>
    where
        Self: 'p;

    /// What a call keeps of it, where it may be changed by the attempts.
    type Kept;

    /// Holds it.
    fn hold(&self) -> Self::Held<'_>;

    /// Keeps it as it is now.
    fn keep(&self) -> Self::Kept;
}

impl<E: Ends> Names for Policy<E> {
    type Held<'p> = &'p Self;
    type Kept = Self;

    #[inline]
    fn hold(&self) -> &Self {
        self
    }

    #[inline]
    fn keep(&self) -> Self {
        *self
    }
}

impl<E: Ends> Names for LivePolicy<E> {
    type Held<'p> = Snapshot<E>;
    type Kept = Snapshot<E>;

    fn hold(&self) -> Snapshot<E> {
        self.snapshot()
    }

    fn keep(&self) -> Snapshot<E> {
        self.snapshot()
    }
}

macro_rules! names_as_its_target {
    ($([$($param:ident),*] $pointer:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($param: Names),*> Names for $pointer {
            type Held<'p> = T::Held<'p> where Self: 'p;
            type Kept = T::Kept;

            fn hold(&self) -> T::Held<'_> {
                (**self).hold()
            }

            fn keep(&self) -> T::Kept {
                (**self).keep()
            }
        }
    )*};
}
names_as_its_target!([T] &T, [T] Box<T>, [T] Arc<T>, [T] LazyLock<T>);

/// Holds what an attribute names.
#[inline]
pub fn hold<N: Names + ?Sized>(named: &N) -> N::Held<'_> {
    named.hold()
}

/// Keeps what an attribute names as it is now.
#[inline]
pub fn keep<N: Names + ?Sized>(named: &N) -> N::Kept {
    named.keep()
}

/// What bounds a call of the policy.
#[inline]
pub fn bounds<E: Ends>(policy: &Policy<E>) -> E::Bounds {
    E::bounds(policy)
}

/// With a bound on attempts, too.
#[inline]
pub fn with_attempt_timeout<B: Bounds>(bounds: B, limit: Option<Duration>) -> B::Bounded {
    bounds.bounded(|times| times.attempt = limit)
}

/// With a bound on the whole call, too.
#[inline]
pub fn with_timeout<B: Bounds>(bounds: B, limit: Option<Duration>) -> B::Bounded {
    bounds.bounded(|times| times.call = limit)
}

/// Where a call begins to stand in the queue.
#[inline]
pub fn place<B: Bounds>(_: &B) -> B::Place {
    B::Place::default()
}

/// The place in the queue, and what the attempt costs.
#[inline]
pub fn place_with_cost<B: Bounds>(_: &B, place: B::Place, cost: u64) -> crate::pacer::Place {
    B::place(place).with_cost(cost)
}

/// What the call keeps of the place in the queue.
#[inline]
pub fn keep_place<B: Bounds>(_: &B, place: crate::pacer::Place) -> B::Place {
    B::keep(place)
}

/// The longest time for one attempt.
#[inline]
pub fn attempt_timeout<B: Bounds>(bounds: &B) -> Option<Duration> {
    bounds.times().attempt
}

/// The number of attempts that the policy allows.
#[inline]
pub fn max_tries<E>(policy: &Policy<E>) -> u32 {
    policy.max_tries
}

/// The time within which attempts of the policy begin.
#[inline]
pub fn max_time<E>(policy: &Policy<E>) -> Option<Duration> {
    policy.max_time
}

/// The longest time for the whole call.
#[inline]
pub fn timeout<B: Bounds>(bounds: &B) -> Option<Duration> {
    bounds.times().call
}

/// Until when another turn may come, if there is a pacer.
#[inline]
pub fn deadline<M: Mode>(retry: &Retry<M>, bounds: &impl Bounds, limits: Limits) -> Option<Instant> {
    bounds.pacer().and_then(|_| retry.deadline(limits))
}

/// Where the log lines of the policy go.
#[inline]
pub fn logger<E>(policy: &Policy<E>) -> Logger {
    policy.logger
}

/// `pacer = none`.
pub const NO_PACER: Option<&Pacer> = None;

/// The budget of the policy.
#[inline]
pub fn budget_of<E>(policy: &Policy<E>) -> Option<&'static RetryBudget> {
    policy.budget
}

/// Reads the clock if somebody needs the time since the call began.
#[inline]
pub fn begin<M: Mode>(retry: &mut Retry<M>, limits: Limits, logger: Logger) {
    if limits.time().is_some() {
        retry.read_clock();
    } else {
        retry.listen(&logger);
    }
}

/// An attempt, cut if the policy bounds it.
#[cfg(feature = "tokio")]
#[inline]
pub fn attempt<O: Outcome, B: call::Ends<O, M>, M, F: Future<Output = O::Output>>(
    _: &B,
    limit: Option<Duration>,
    is_cut: &mut bool,
    make: &mut M,
    attempt: impl FnOnce() -> F,
) -> impl Future<Output = O::Output> {
    B::attempt(limit, is_cut, make, attempt)
}

/// What makes the error or value, by a function of the timeout.
#[inline]
pub fn made<R, F: FnMut(AttemptTimeout) -> R>(make: F) -> call::Made<F> {
    call::Made(make)
}

/// What makes what a call returns that had no outcome of its own.
#[inline]
pub fn make<O: Outcome, B: call::Ends<O, M>, M>(
    _: &B,
    mut make: M,
) -> impl FnOnce(AttemptTimeout) -> O::Output {
    move |timeout| B::make(&mut make, timeout)
}

/// Asks for the wait, with the policy's jitter, in a call that waited so long before.
#[inline]
pub fn wait<M: Mode, F, E>(policy: &Policy<E>, waited: &mut Duration, attempt: &mut Attempt<'_, M, F>) {
    policy.next_wait(attempt, &mut policy.jittered(waited));
}

/// Asks for the wait, with another jitter.
#[inline]
pub fn wait_with<M: Mode, F, E>(
    policy: &Policy<E>,
    jitter: &mut impl Jitter,
    attempt: &mut Attempt<'_, M, F>,
) {
    policy.next_wait(attempt, jitter);
}

/// A policy under which a thread can wait.
#[diagnostic::on_unimplemented(
    message = "a `Policy<{Self}>` ends attempts that take too long, and one of a sync function cannot be ended from outside",
    label = "name a policy without `attempt_timeout` and `timeout`, or make the function `async`"
)]
pub trait Blocks {}

impl Blocks for Plain {}
impl Blocks for Paced {}

/// Refuses a policy for async functions.
#[inline]
pub fn blocks<E: Blocks>(_: &Policy<E>) {}

macro_rules! checked {
    ($($ends:ty),*) => {$(
        impl crate::value::Checked<&'static Policy<$ends>> {
            /// A policy whose pacer is told what a refusal is.
            ///
            /// # Panics
            /// If that has to hear of refusals to find the limit, while the program is compiled.
            #[track_caller]
            pub const fn hears_refusals(self) {
                if let Some(pacer) = self.0.pacer {
                    crate::value::Checked(pacer).hears_refusals();
                }
            }
        }
    )*};
}
checked!(Plain, Paced, super::Timed);

impl<E> crate::value::Checked<&'static LivePolicy<E>> {
    /// What it becomes is not known while the program is compiled.
    pub const fn hears_refusals(self) {}
}
