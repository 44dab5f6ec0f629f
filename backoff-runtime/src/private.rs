//! Exactly the names that the expansion of the attributes uses. Not public API: they change without notice.

use std::error::Error;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;

pub use crate::attempt::{Attempt, Retry, Rules};
use crate::budget::RetryBudget;
pub use crate::call::{Bounds, Converted};
use crate::details::GivenUp;
pub use crate::details::{Details, GiveUp};
pub use crate::jitter::{DefaultJitter, IntoJitter, decorrelated_jitter};
pub use crate::log::{Level, Logger, Shown};
pub use crate::mode::{Async, Blocking};
use crate::outcome::Fallible;
pub use crate::outcome::{Outcome, or_default, or_else, or_else_with, when, when_any, when_falsy, when_is};
pub use crate::outcome::{Raised, Returned};
use crate::pacer::Turn;
pub use crate::pacer::{Pacer, Place};
use crate::pacing::Shared;
#[cfg(feature = "tokio")]
pub use crate::pacing::{bounded, cut, timeout, turn};
pub use crate::pacing::{
    converted, give, granted, hint, keep, kept, no_turn, passed, raise, refused, settled, spend, told,
    turn_blocking,
};
pub use crate::policy::attribute as by;
pub use crate::retry::Limits;
pub use crate::span::AttemptSpan;
use crate::stop::Stop;
use crate::transient::Transient;
pub use crate::transient::{Class, derived};
pub use crate::value::Checked;
pub use crate::value::{IntoCost, IntoMaxTime, IntoMaxTries, IntoNumber, IntoSeconds};
use crate::wait::IntoInterval;
pub use crate::wait::Numbered;
pub use crate::{constant, decay, equal_jitter, expo, fibo, full_jitter, none, random_jitter};
pub use core::matches;
pub use core::mem::{drop, take};
pub use core::ops::ControlFlow;
pub use core::option::Option;
pub use core::pin::pin;
pub use core::result::Result;
pub use core::time::Duration;

/// What an attempt under `on_exception` ended with.
#[inline]
pub fn on_exception<R: Fallible>(result: R) -> Raised<R> {
    Raised(result)
}

/// What an attempt under `on_predicate` ended with.
#[inline]
pub fn on_predicate<T>(value: T) -> Returned<T> {
    Returned(value)
}

/// What kind of failure an attempt ended with; a success is none that is retried.
#[inline]
pub fn class<O: Outcome<Failure: Transient>>(outcome: &O) -> Class {
    outcome.failure().map_or(Class::Final, Transient::class)
}

/// Whether a failure of this kind is retried.
#[inline]
#[must_use]
pub fn is_retried(class: Class) -> bool {
    class != Class::Final
}

/// What the arm that is never taken evaluates to.
///
/// # Panics
/// Always.
#[inline]
#[must_use]
pub fn never<T>() -> T {
    unreachable!("nothing is something")
}

/// Runs what follows from a failure, away from the path of a success.
#[cold]
#[inline(never)]
pub fn cold<T>(failed: impl FnOnce() -> T) -> T {
    failed()
}

/// The pacer of a call.
#[inline]
pub fn pacer<P: Shared<Pacer> + ?Sized>(pacer: &P) -> Option<&Pacer> {
    pacer.shared()
}

/// The budget of a call.
#[inline]
pub fn budget<B: Shared<RetryBudget> + ?Sized>(budget: &B) -> Option<&RetryBudget> {
    budget.shared()
}

/// What tells a call to stop.
#[inline]
pub fn stop<S: Shared<Stop> + ?Sized>(stop: &S) -> Option<&Stop> {
    stop.shared()
}

/// `max_tries` of a call without it.
pub const NO_LIMIT: u32 = u32::MAX;

/// The value of `max_tries`.
#[inline]
pub fn max_tries(value: impl IntoMaxTries) -> u32 {
    value.into_max_tries()
}

/// The value of `max_time`.
#[inline]
pub fn max_time(value: impl IntoMaxTime) -> Option<Duration> {
    value.into_max_time()
}

/// The value of an option that is a duration.
#[inline]
pub fn seconds(value: impl IntoSeconds) -> Duration {
    value.into_seconds()
}

/// The value of `cost`.
#[inline]
pub fn cost(value: impl IntoCost) -> u64 {
    value.into_cost()
}

/// The value of an option that is a plain number.
#[inline]
pub fn number(value: impl IntoNumber) -> f64 {
    value.into_number()
}

/// The value of `jitter`.
#[inline]
pub fn jitter<Marker, J: IntoJitter<Marker>>(value: J) -> J::Jitter {
    value.into_jitter()
}

/// The value of `interval`.
#[inline]
pub fn interval<I: IntoInterval>(value: I) -> I::Interval {
    value.into_interval()
}

/// Calls a handler that may be async. One lifetime, not any: what the handler returns may borrow from its argument.
#[inline]
pub fn call<'a, T, R, H: FnOnce(&'a T) -> R>(handler: H, argument: &'a T) -> R {
    handler(argument)
}

/// What a handler or `giveup` that may be async returns: the answer, or a future of it.
#[diagnostic::on_unimplemented(
    message = "this returns `{Self}`, which is neither `{T}` nor a future of it",
    label = "return `{T}`, or make it async"
)]
pub trait Answer<T, How> {
    /// The future of the answer.
    type Future: Future<Output = T>;

    /// The answer, to be awaited.
    fn answer(self) -> Self::Future;
}

/// Marks an answer that is here.
#[derive(Debug)]
pub enum Now {}

/// Marks an answer that is awaited.
#[derive(Debug)]
pub enum Later {}

#[diagnostic::do_not_recommend]
impl<T> Answer<T, Now> for T {
    type Future = Ready<T>;

    #[inline]
    fn answer(self) -> Ready<T> {
        ready(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, F: Future<Output = T>> Answer<T, Later> for F {
    type Future = F;

    #[inline]
    fn answer(self) -> F {
        self
    }
}

/// Awaits the answer of a handler or `giveup`. Not a method: whatever it is that doesn't answer, this gives a `T`, so
/// that there is no second error.
#[inline]
pub async fn answer<T, How, A: Answer<T, How>>(answer: A) -> T {
    answer.answer().await
}

/// What a call returns that gave up, or what an async `fallback` makes of its last error, to be awaited.
///
/// # Errors
/// That.
#[inline]
pub fn fall_back<R: Fallible, A>(last: R, fallback: impl FnOnce(R::Error) -> A) -> Result<R, A> {
    last.or_error().map_err(fallback)
}

/// As [`fall_back`], for one that is told the details.
///
/// # Errors
/// That.
#[inline]
pub fn fall_back_with<R: Fallible, A>(
    last: R,
    given_up: GivenUp,
    fallback: impl FnOnce(R::Error, GivenUp) -> A,
) -> Result<R, A> {
    last.or_error().map_err(|error| fallback(error, given_up))
}

/// Awaits what an async `fallback` made. Apart from it, so that what is wrong with that is told once.
#[inline]
pub async fn fallen_back<R, How, A: Answer<R, How>>(fallen: Result<R, A>) -> R {
    match fallen {
        Ok(last) => last,
        Err(answer) => answer.answer().await,
    }
}

/// The turn, or why there is none.
#[inline]
pub fn or_missed<'p>(
    turn: Result<Option<Turn<'p>>, GiveUp>,
    missed: &mut Option<GiveUp>,
) -> Option<Turn<'p>> {
    match turn {
        Ok(turn) => turn,
        Err(reason) => {
            *missed = Some(reason);
            None
        }
    }
}

/// A `mut` argument as each attempt sees it: the value that was passed.
#[inline]
pub fn rebind<T: Rebind>(argument: &T) -> T {
    argument.rebound()
}

/// A type whose `mut` arguments can start every attempt from the value that was passed.
#[diagnostic::on_unimplemented(
    message = "changes to this `mut` argument would carry over into the next attempt",
    label = "a `{Self}` cannot be copied for each attempt",
    note = "take the argument without `mut`, and clone it in the body: `let mut argument = argument.clone();`"
)]
pub trait Rebind: Sized {
    /// A copy.
    #[must_use]
    fn rebound(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> Rebind for T {
    #[inline]
    fn rebound(&self) -> T {
        *self
    }
}

/// How log lines show what failed, chosen by method lookup, so that no bound is put on its type: the first way that it
/// has. One that it doesn't have leads on to the next, as a pointer does to what it points to.
#[derive(Debug)]
pub struct Show<T, How = ByError>(PhantomData<fn(T, How)>);

/// Shows what failed with such an outcome.
#[inline]
#[must_use]
pub fn show<O: Outcome>(_: &O) -> Show<O::Failure> {
    Show(PhantomData)
}

/// A way that has a next one.
pub trait Way {
    /// The next one.
    type Next;
}

impl<T, How: Way> Deref for Show<T, How> {
    type Target = Show<T, How::Next>;

    fn deref(&self) -> &Self::Target {
        const { &Show(PhantomData) }
    }
}

/// An error, with all that caused it.
#[derive(Debug)]
pub enum ByError {}

impl Way for ByError {
    type Next = ByPointer;
}

impl<T: Error> Show<T, ByError> {
    /// By `Display`, and so is what caused it.
    #[inline]
    #[must_use]
    pub fn __backoff_shown(&self) -> fn(&T) -> Shown<'_> {
        |error| Shown::error(error)
    }
}

/// What points to an error: `Box<dyn Error>`, `anyhow::Error`.
#[derive(Debug)]
pub enum ByPointer {}

impl Way for ByPointer {
    type Next = ByDisplay;
}

impl<T: fmt::Display + Deref<Target: Error>> Show<T, ByPointer> {
    /// By `Display`, and by that of what caused the error.
    #[inline]
    #[must_use]
    pub fn __backoff_shown(&self) -> fn(&T) -> Shown<'_> {
        |pointer| Shown::Error(pointer, pointer.source())
    }
}

/// What has a text.
#[derive(Debug)]
pub enum ByDisplay {}

impl Way for ByDisplay {
    type Next = ByDebug;
}

impl<T: fmt::Display> Show<T, ByDisplay> {
    /// By `Display`.
    #[inline]
    #[must_use]
    pub fn __backoff_shown(&self) -> fn(&T) -> Shown<'_> {
        |outcome| Shown::Display(outcome)
    }
}

/// What can be debugged.
#[derive(Debug)]
pub enum ByDebug {}

impl Way for ByDebug {
    type Next = Hidden;
}

impl<T: fmt::Debug> Show<T, ByDebug> {
    /// By `Debug`.
    #[inline]
    #[must_use]
    pub fn __backoff_shown(&self) -> fn(&T) -> Shown<'_> {
        |outcome| Shown::Debug(outcome)
    }
}

/// What nothing shows.
#[derive(Debug)]
pub enum Hidden {}

impl<T> Show<T, Hidden> {
    /// Not at all.
    #[inline]
    #[must_use]
    pub fn __backoff_shown(&self) -> fn(&T) -> Shown<'_> {
        hidden
    }
}

/// Shows nothing.
#[must_use]
pub fn hidden<T>(_: &T) -> Shown<'_> {
    Shown::Hidden
}

/// An async function waits on tokio; without it the attribute says which feature to turn on.
#[cfg(feature = "tokio")]
#[macro_export]
#[doc(hidden)]
macro_rules! __backoff_needs_tokio {
    () => {};
}

/// An async function waits on tokio; without it the attribute says which feature to turn on.
#[cfg(not(feature = "tokio"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __backoff_needs_tokio {
    () => {
        ::core::compile_error!(
            "an async function waits on tokio's timer; turn on the feature `tokio` of `backoff-runtime`"
        );
    };
}
pub use __backoff_needs_tokio as needs_tokio;

/// A span around each attempt is one of `tracing`; without it the attribute says which feature to turn on.
#[cfg(feature = "tracing")]
#[macro_export]
#[doc(hidden)]
macro_rules! __backoff_needs_tracing {
    () => {};
}

/// A span around each attempt is one of `tracing`; without it the attribute says which feature to turn on.
#[cfg(not(feature = "tracing"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __backoff_needs_tracing {
    () => {
        ::core::compile_error!(
            "`attempt_span` makes spans of the crate `tracing`; turn on the feature `tracing` of `backoff-runtime`"
        );
    };
}
pub use __backoff_needs_tracing as needs_tracing;
