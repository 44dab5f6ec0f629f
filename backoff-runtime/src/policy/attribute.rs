//! What the expansion of an attribute that names a policy asks it.
#![allow(clippy::must_use_candidate, reason = "only expansions call these")]

use std::marker::PhantomData;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::{Ends, LivePolicy, Paced, Plain, Policy, Snapshot, Timed};
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
use crate::value::Checked;

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
    /// What is known of it while the program is compiled.
    type Policy;

    /// Holds it.
    fn hold(&self) -> Self::Held<'_>;

    /// Keeps it as it is now.
    fn keep(&self) -> Self::Kept;
}

impl<E: Ends> Names for Policy<E> {
    type Held<'p> = &'p Self;
    type Kept = Self;
    type Policy = Self;

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
    type Policy = Unknown;

    fn hold(&self) -> Snapshot<E> {
        self.snapshot()
    }

    fn keep(&self) -> Snapshot<E> {
        self.snapshot()
    }
}

macro_rules! names_as_its_target {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Names> Names for $pointer {
            type Held<'p> = T::Held<'p> where Self: 'p;
            type Kept = T::Kept;
            type Policy = Unknown;

            fn hold(&self) -> T::Held<'_> {
                (**self).hold()
            }

            fn keep(&self) -> T::Kept {
                (**self).keep()
            }
        }
    )*};
}
names_as_its_target!(&T, Box<T>, Arc<T>, LazyLock<T>);

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

/// A future that is given so much time, if the policy bounds attempts.
///
/// # Errors
/// The limit, if it was not enough.
#[cfg(feature = "tokio")]
#[inline]
pub fn within<'f, B: Bounds, F: Future>(
    _bounds: &B,
    limit: Option<Duration>,
    future: Pin<&'f mut F>,
) -> impl Future<Output = Result<F::Output, Duration>> + use<'f, B, F> {
    B::within(limit, future)
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
    policy.ask(attempt, &mut policy.jittered(waited));
}

/// Asks for the wait, with another jitter.
#[inline]
pub fn wait_with<M: Mode, F, E>(
    policy: &Policy<E>,
    jitter: &mut impl Jitter,
    attempt: &mut Attempt<'_, M, F>,
) {
    policy.ask(attempt, jitter);
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

/// What an attribute names: the thing, what is known of it while the program is compiled, and what a call holds of it.
/// By its type, so that of something else there is one error and no second.
#[derive(Debug)]
pub struct Named<N: 'static, P, H> {
    named: &'static N,
    hold: fn(&'static N) -> H,
    known: PhantomData<fn() -> P>,
}

/// What an attribute names.
#[inline]
pub const fn named<N: Names>(named: &'static N) -> Named<N, N::Policy, N::Held<'static>> {
    Named { named, hold: N::hold, known: PhantomData }
}

impl<N, P, H> Named<N, P, H> {
    /// What a call holds of it.
    #[inline]
    pub fn hold(&self) -> H {
        (self.hold)(self.named)
    }
}

macro_rules! hears_refusals {
    ($($ends:ty),*) => {$(
        impl<H> Named<Policy<$ends>, Policy<$ends>, H> {
            /// A policy whose pacer is told what a refusal is.
            ///
            /// # Panics
            /// If that has to hear of refusals to find the limit, while the program is compiled.
            #[track_caller]
            pub const fn hears_refusals(&self) {
                if let Some(pacer) = self.named.pacer {
                    Checked(pacer).hears_refusals();
                }
            }
        }
    )*};
}
hears_refusals!(Plain, Paced, Timed);

/// What is behind a pointer, or may be replaced, is not known while the program is compiled.
#[derive(Debug)]
pub enum Unknown {}

impl<N, H> Named<N, Unknown, H> {
    /// It is not known.
    pub const fn hears_refusals(&self) {}
}
