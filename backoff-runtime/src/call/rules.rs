//! What a [`Call`](super::Call) goes by: its generator or policy, and what is said on top of that.
#![allow(clippy::option_option, reason = "nothing is said of it, or that there is none, or which")]

use std::time::Duration;

use super::bounds::Bounds;
use super::keeps::{Dropped, Keeps};
use super::pays::{Nothing, Pays};
use crate::attempt::Attempt;
use crate::details::Details;
use crate::jitter::{DefaultJitter, Jitter};
use crate::log::Logger;
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::pacer::Turn;
use crate::span::AttemptSpan;
use crate::wait::Wait;

use super::bounds::Endless;

/// What a call goes by: a generator alone, or a policy, and what is said on top of that.
pub trait Rules<O: Outcome> {
    /// What waits are made of that has to be kept between attempts.
    type State: Default;
    /// What bounds the call.
    type Bounds: Bounds;
    /// What becomes of what failed.
    type Keeps: Keeps<O>;
    /// What pays for retries.
    type Pays: Pays;
    /// An attempt, with what is around it.
    #[cfg(feature = "tokio")]
    type Attempt<F: Future>: Future<Output = F::Output>;

    /// Whether anybody hears of these events, so that what they are told has to be known.
    const HEARS: Hears = Hears::NOTHING;
    /// Whether somebody is told the time since the call began.
    const IS_TIMED: bool = false;

    /// What bounds the call.
    fn bounds(&self) -> Self::Bounds;

    /// What becomes of what failed.
    fn keeps(&self) -> Self::Keeps;

    /// What pays for retries.
    fn pays(&self) -> Self::Pays;

    /// An attempt, with what is around it.
    #[cfg(feature = "tokio")]
    fn around<F: Future>(span: impl MakesSpan, attempt: F) -> Self::Attempt<F>;

    /// Makes a sync attempt, with what is around it.
    fn make<R>(&self, _span: impl MakesSpan, attempt: impl FnOnce() -> R) -> R {
        attempt()
    }

    /// Attempts, the first included.
    fn max_tries(&self) -> u32 {
        u32::MAX
    }

    /// Time since the call began within which attempts begin.
    fn max_time(&self) -> Option<Duration> {
        None
    }

    /// Where log lines go.
    fn logger(&self) -> Logger {
        Logger::DEFAULT
    }

    /// What an attempt costs.
    fn cost(&self) -> u64 {
        1
    }

    /// Asks for the wait, with the default jitter.
    fn wait<M: Mode>(&mut self, state: &mut Self::State, attempt: &mut Attempt<'_, M, O::Failure>);

    /// Asks for the wait, with another jitter.
    fn wait_with<M: Mode, J: Jitter>(
        &mut self,
        state: &mut Self::State,
        attempt: &mut Attempt<'_, M, O::Failure>,
        jitter: &mut J,
    );

    /// Whether the call gives up.
    fn is_given_up(&mut self, _failure: &O::Failure) -> bool {
        false
    }

    /// The server's hint.
    fn hint(&mut self, _failure: &O::Failure) -> Option<Duration> {
        None
    }

    /// Whether it is the limit speaking; a hint says so where nothing else does.
    fn is_refused(&mut self, _failure: &O::Failure, is_hinted: bool) -> bool {
        is_hinted
    }

    /// Tells the pacer the true cost of an attempt.
    fn settle(&mut self, _turn: &mut Turn<'_>, _returned: &O::Output) {}

    /// Tells the pacer what the server says of its limits.
    fn tell(&mut self, _turn: &mut Turn<'_>, _returned: &O::Output) {}

    /// Before an attempt.
    fn on_try(&mut self, _details: &Details<'_, ()>) {}

    /// After a success.
    fn on_success(&mut self, _details: &Details<'_, O::Value>) {}

    /// Before a wait.
    fn on_backoff(&mut self, _details: &Details<'_, O::Failure>) {}

    /// At the end of a call that gives up.
    fn on_giveup(&mut self, _details: &Details<'_, O::Failure>) {}
}

/// Makes the span of an attempt, for calls that ask for one.
pub trait MakesSpan: Fn() -> AttemptSpan + Copy {}

impl<S: Fn() -> AttemptSpan + Copy> MakesSpan for S {}

/// Which events somebody hears of.
#[derive(Clone, Copy, Debug)]
pub struct Hears {
    pub(super) tries: bool,
    pub(super) success: bool,
    pub(super) failure: bool,
}

impl Hears {
    pub(super) const NOTHING: Self = Self { tries: false, success: false, failure: false };

    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            tries: self.tries || other.tries,
            success: self.success || other.success,
            failure: self.failure || other.failure,
        }
    }

    pub(super) const fn is_any(self) -> bool {
        self.tries || self.success || self.failure
    }
}

/// A generator alone, with the default of every option.
#[derive(Clone, Debug)]
pub struct Only<W>(pub(super) W);

impl<O: Outcome, W: Wait<O::Failure>> Rules<O> for Only<W> {
    type State = ();
    type Bounds = Endless;
    type Keeps = Dropped;
    type Pays = Nothing;
    #[cfg(feature = "tokio")]
    type Attempt<F: Future> = F;

    #[inline]
    fn bounds(&self) -> Endless {
        Endless
    }

    #[inline]
    fn keeps(&self) -> Dropped {
        Dropped
    }

    #[inline]
    fn pays(&self) -> Nothing {
        Nothing
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn around<F: Future>(_: impl MakesSpan, attempt: F) -> F {
        attempt
    }

    #[inline]
    fn wait<M: Mode>(&mut self, (): &mut (), attempt: &mut Attempt<'_, M, O::Failure>) {
        attempt.wait(&mut self.0, &mut DefaultJitter::new());
    }

    #[inline]
    fn wait_with<M: Mode, J: Jitter>(
        &mut self,
        (): &mut (),
        attempt: &mut Attempt<'_, M, O::Failure>,
        jitter: &mut J,
    ) {
        attempt.wait(&mut self.0, jitter);
    }
}

/// A call's rules with a word more.
#[derive(Clone, Debug)]
pub struct With<P, X> {
    pub(super) rules: P,
    pub(super) word: X,
}

/// A word that is said on top of a call's rules: it changes what they say, of one thing.
pub trait Word<O: Outcome> {
    /// What bounds the call.
    type Bounds<B: Bounds>: Bounds;
    /// What becomes of what failed.
    type Keeps<K: Keeps<O>>: Keeps<O>;
    /// What pays for retries.
    type Pays<Q: Pays>: Pays;
    /// An attempt, with what is around it.
    #[cfg(feature = "tokio")]
    type Attempt<F: Future>: Future<Output = F::Output>;

    /// The events that it hears of.
    const HEARS: Hears = Hears::NOTHING;
    /// Whether somebody is told the time since the call began.
    const IS_TIMED: bool = false;

    /// What bounds the call.
    fn bounds<B: Bounds>(&self, rules: B) -> Self::Bounds<B>;

    /// What becomes of what failed.
    fn keeps<K: Keeps<O>>(&self, rules: K) -> Self::Keeps<K>;

    /// What pays for retries.
    fn pays<Q: Pays>(&self, rules: Q) -> Self::Pays<Q>;

    /// An attempt, with what is around it.
    #[cfg(feature = "tokio")]
    fn around<F: Future>(span: impl MakesSpan, attempt: F) -> Self::Attempt<F>;

    /// Makes a sync attempt, with what is around it.
    #[inline]
    fn make<R>(&self, _span: impl MakesSpan, attempt: impl FnOnce() -> R) -> R {
        attempt()
    }

    /// Attempts, the first included.
    #[inline]
    fn max_tries(&self) -> Option<u32> {
        None
    }

    /// Time since the call began within which attempts begin: no limit, or one.
    #[inline]
    fn max_time(&self) -> Option<Option<Duration>> {
        None
    }

    /// Where log lines go.
    #[inline]
    fn logger(&self, rules: Logger) -> Logger {
        rules
    }

    /// What an attempt costs.
    #[inline]
    fn cost(&self) -> Option<u64> {
        None
    }

    /// Asks for the wait.
    #[inline]
    fn wait<M: Mode, P: Rules<O>>(
        &mut self,
        rules: &mut P,
        state: &mut P::State,
        attempt: &mut Attempt<'_, M, O::Failure>,
    ) {
        rules.wait(state, attempt);
    }

    /// Whether the call gives up.
    #[inline]
    fn is_given_up(&mut self, _failure: &O::Failure) -> Option<bool> {
        None
    }

    /// The server's hint: none, or one.
    #[inline]
    fn hint(&mut self, _failure: &O::Failure) -> Option<Option<Duration>> {
        None
    }

    /// Whether it is the limit speaking.
    #[inline]
    fn is_refused(&mut self, _failure: &O::Failure) -> Option<bool> {
        None
    }

    /// Tells the pacer the true cost of an attempt, if that is what it is there for.
    #[inline]
    fn settle(&mut self, _turn: &mut Turn<'_>, _returned: &O::Output) -> bool {
        false
    }

    /// Tells the pacer what the server says of its limits, if that is what it is there for.
    #[inline]
    fn tell(&mut self, _turn: &mut Turn<'_>, _returned: &O::Output) -> bool {
        false
    }

    /// Before an attempt.
    #[inline]
    fn on_try(&mut self, _details: &Details<'_, ()>) {}

    /// After a success.
    #[inline]
    fn on_success(&mut self, _details: &Details<'_, O::Value>) {}

    /// Before a wait.
    #[inline]
    fn on_backoff(&mut self, _details: &Details<'_, O::Failure>) {}

    /// At the end of a call that gives up.
    #[inline]
    fn on_giveup(&mut self, _details: &Details<'_, O::Failure>) {}
}

// The last word counts; handlers are told in the order in which they were added.
impl<O: Outcome, P: Rules<O>, X: Word<O>> Rules<O> for With<P, X> {
    type State = P::State;
    type Bounds = X::Bounds<P::Bounds>;
    type Keeps = X::Keeps<P::Keeps>;
    type Pays = X::Pays<P::Pays>;
    #[cfg(feature = "tokio")]
    type Attempt<F: Future> = X::Attempt<P::Attempt<F>>;

    const HEARS: Hears = P::HEARS.or(X::HEARS);
    const IS_TIMED: bool = P::IS_TIMED || X::IS_TIMED || X::HEARS.is_any();

    #[inline]
    fn bounds(&self) -> Self::Bounds {
        self.word.bounds(self.rules.bounds())
    }

    #[inline]
    fn keeps(&self) -> Self::Keeps {
        self.word.keeps(self.rules.keeps())
    }

    #[inline]
    fn pays(&self) -> Self::Pays {
        self.word.pays(self.rules.pays())
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn around<F: Future>(span: impl MakesSpan, attempt: F) -> Self::Attempt<F> {
        X::around(span, P::around(span, attempt))
    }

    #[inline]
    fn make<R>(&self, span: impl MakesSpan, attempt: impl FnOnce() -> R) -> R {
        self.word.make(span, || self.rules.make(span, attempt))
    }

    #[inline]
    fn max_tries(&self) -> u32 {
        self.word.max_tries().unwrap_or_else(|| self.rules.max_tries())
    }

    #[inline]
    fn max_time(&self) -> Option<Duration> {
        self.word.max_time().unwrap_or_else(|| self.rules.max_time())
    }

    #[inline]
    fn logger(&self) -> Logger {
        self.word.logger(self.rules.logger())
    }

    #[inline]
    fn cost(&self) -> u64 {
        self.word.cost().unwrap_or_else(|| self.rules.cost())
    }

    #[inline]
    fn wait<M: Mode>(&mut self, state: &mut Self::State, attempt: &mut Attempt<'_, M, O::Failure>) {
        self.word.wait(&mut self.rules, state, attempt);
    }

    #[inline]
    fn wait_with<M: Mode, J: Jitter>(
        &mut self,
        state: &mut Self::State,
        attempt: &mut Attempt<'_, M, O::Failure>,
        jitter: &mut J,
    ) {
        self.rules.wait_with(state, attempt, jitter);
    }

    #[inline]
    fn is_given_up(&mut self, failure: &O::Failure) -> bool {
        self.word.is_given_up(failure).unwrap_or_else(|| self.rules.is_given_up(failure))
    }

    #[inline]
    fn hint(&mut self, failure: &O::Failure) -> Option<Duration> {
        self.word.hint(failure).unwrap_or_else(|| self.rules.hint(failure))
    }

    #[inline]
    fn is_refused(&mut self, failure: &O::Failure, is_hinted: bool) -> bool {
        self.word.is_refused(failure).unwrap_or_else(|| self.rules.is_refused(failure, is_hinted))
    }

    #[inline]
    fn settle(&mut self, turn: &mut Turn<'_>, returned: &O::Output) {
        if !self.word.settle(turn, returned) {
            self.rules.settle(turn, returned);
        }
    }

    #[inline]
    fn tell(&mut self, turn: &mut Turn<'_>, returned: &O::Output) {
        if !self.word.tell(turn, returned) {
            self.rules.tell(turn, returned);
        }
    }

    #[inline]
    fn on_try(&mut self, details: &Details<'_, ()>) {
        self.rules.on_try(details);
        self.word.on_try(details);
    }

    #[inline]
    fn on_success(&mut self, details: &Details<'_, O::Value>) {
        self.rules.on_success(details);
        self.word.on_success(details);
    }

    #[inline]
    fn on_backoff(&mut self, details: &Details<'_, O::Failure>) {
        self.rules.on_backoff(details);
        self.word.on_backoff(details);
    }

    #[inline]
    fn on_giveup(&mut self, details: &Details<'_, O::Failure>) {
        self.rules.on_giveup(details);
        self.word.on_giveup(details);
    }
}
