//! What follows from an attempt of a [`Call`]: the rules of the engine, with the parts of the call.

use std::ops::ControlFlow;
use std::time::Duration;

use super::bounds::Bounds;
use super::hooks::{Backoff, Condition, Giveup, Success, Tells, Try};
use super::keeps::Keeps;
use super::pays::Pays;
use super::share::{Hint, Refusal, Share};
use super::shows::Shows;
use super::words::Hears;
use super::{Call, Settings};
use crate::attempt::Retry;
use crate::details::GiveUp;
use crate::jitter::Jitter;
use crate::mode::Mode;
use crate::outcome::{Outcome, when};
use crate::pacer::Turn;
use crate::wait::Wait;

/// An attempt, or what stands for it.
#[derive(Debug)]
pub struct Made<'p, O> {
    pub(super) outcome: O,
    /// The turn that it had.
    pub(super) turn: Option<Turn<'p>>,
    /// It ended without an outcome of its own.
    pub(super) is_cut: bool,
    /// Why it was not made, if it wasn't.
    pub(super) missed: Option<GiveUp>,
}

impl<'p, O> Made<'p, O> {
    pub(super) fn new(outcome: O, turn: Option<Turn<'p>>, is_cut: bool) -> Self {
        Self { outcome, turn, is_cut, missed: None }
    }

    pub(super) fn missed(outcome: O, reason: GiveUp) -> Self {
        Self { outcome, turn: None, is_cut: true, missed: Some(reason) }
    }
}

/// What is kept from one attempt to the next: the place in the queue, the outcome, and what pays for the retry.
#[derive(Debug)]
pub struct Between<P, K, T> {
    pub(super) place: P,
    pub(super) kept: K,
    pub(super) token: T,
}

impl<P: Default, K: Default, T: Default> Default for Between<P, K, T> {
    fn default() -> Self {
        Self { place: P::default(), kept: K::default(), token: T::default() }
    }
}

/// A policy whose parts fit together and fit an outcome.
pub trait Policy<O: Outcome> {
    /// What is kept from one attempt to the next.
    type Between: Default;

    /// Tells the handlers that an attempt is about to be made.
    fn trying<M: Mode>(&mut self, retry: &Retry<M>, target: fn() -> &'static str);

    /// What follows from an attempt: a wait and what is kept for the next one, or what the call ends with, and why if it
    /// gave up.
    fn judge<M: Mode>(
        &mut self,
        retry: &mut Retry<M>,
        target: fn() -> &'static str,
        made: Made<'_, O>,
    ) -> ControlFlow<(O::Output, Option<GiveUp>), (Duration, Self::Between)>;
}

impl<O, A, W, C, J, G, N, H, T, R, B, U, K, Q, L, X> Policy<O>
    for Call<A, W, C, J, G, N, H, Share<T, R, B, U, K, Q, L, X>>
where
    O: Outcome,
    W: Wait<O::Failure>,
    C: Condition<O::Failure>,
    J: Jitter,
    G: Condition<O::Failure>,
    H: Tells<Try, ()> + Tells<Success, O::Value> + Tells<Backoff, O::Failure> + Tells<Giveup, O::Failure>,
    T: Refusal<O::Failure>,
    R: Hint<O::Failure>,
    B: Bounds,
    K: Keeps<O>,
    Q: Pays,
    L: Shows<O::Failure>,
    X: Hears<O>,
{
    type Between = Between<B::Place, K::Kept, Q::Token>;

    #[inline]
    fn trying<M: Mode>(&mut self, retry: &Retry<M>, target: fn() -> &'static str) {
        if <H as Tells<Try, ()>>::HEARS {
            Tells::<Try, ()>::tell(&mut self.hooks, &retry.trying(target()));
        }
    }

    #[inline]
    fn judge<M: Mode>(
        &mut self,
        retry: &mut Retry<M>,
        target: fn() -> &'static str,
        mut made: Made<'_, O>,
    ) -> ControlFlow<(O::Output, Option<GiveUp>), (Duration, Self::Between)> {
        if let (false, Some(turn)) = (made.is_cut, &mut made.turn) {
            self.share.words.hear(turn, &made.outcome);
        }
        if made.is_cut || when(&made.outcome, |failure| self.condition.holds(failure)) {
            self.failed(retry, target, made)
        } else {
            self.succeeded(retry, target, made.turn, &made.outcome);
            ControlFlow::Break((made.outcome.into_output(), None))
        }
    }
}

impl<A, W, C, J, G, N, H, T, R, B, U, K, Q, L, X> Call<A, W, C, J, G, N, H, Share<T, R, B, U, K, Q, L, X>> {
    /// Tells of a success, if it is one: an error that is not retried is none.
    #[inline]
    fn succeeded<M: Mode, O: Outcome>(
        &mut self,
        retry: &Retry<M>,
        target: fn() -> &'static str,
        turn: Option<Turn<'_>>,
        outcome: &O,
    ) where
        H: Tells<Success, O::Value>,
        T: Refusal<O::Failure>,
        R: Hint<O::Failure>,
        Q: Pays,
    {
        let Share { throttled, retry_after, .. } = &mut self.share;
        crate::pacing::passed(turn, outcome, |failure| {
            let hint = retry_after.hint(failure);
            throttled.is_refused(failure, hint.is_some()).then_some(hint)
        });
        retry.deposit(self.share.budget.budget(), outcome);
        if <H as Tells<Success, O::Value>>::HEARS
            && let Some(details) = retry.succeeded(target(), outcome)
        {
            Tells::<Success, _>::tell(&mut self.hooks, &details);
        }
    }

    /// What follows from a failure. Out of line, so that a success pays for nothing of it.
    #[cold]
    #[inline(never)]
    #[allow(clippy::type_complexity, reason = "what `judge` returns")]
    fn failed<M: Mode, O: Outcome>(
        &mut self,
        retry: &mut Retry<M>,
        target: fn() -> &'static str,
        made: Made<'_, O>,
    ) -> ControlFlow<(O::Output, Option<GiveUp>), (Duration, Between<B::Place, K::Kept, Q::Token>)>
    where
        W: Wait<O::Failure>,
        J: Jitter,
        G: Condition<O::Failure>,
        H: Tells<Backoff, O::Failure> + Tells<Giveup, O::Failure>,
        T: Refusal<O::Failure>,
        R: Hint<O::Failure>,
        B: Bounds,
        K: Keeps<O>,
        Q: Pays,
        L: Shows<O::Failure>,
    {
        let Settings { logger, .. } = self.settings;
        let Share { throttled, retry_after, bounds, keeps, budget, shown, .. } = &mut self.share;
        let (pacer, limits) = (bounds.pacer(), self.settings.limits(bounds.times()));
        let Made { outcome, turn, missed, .. } = made;
        let is_told = logger.may_be_heard()
            || <H as Tells<Backoff, O::Failure>>::HEARS
            || <H as Tells<Giveup, O::Failure>>::HEARS;
        let deadline = pacer.and_then(|_| retry.deadline(limits));
        let mut attempt = retry.failed(if is_told { target() } else { "" }, &outcome);
        if let Some(reason) = missed {
            attempt.missed(reason, limits);
        }
        attempt.giveup(|failure| self.giveup.holds(failure));
        attempt.limit(limits);
        attempt.stop(keeps.stop());
        attempt.retry_after(|failure| retry_after.hint(failure));
        let is_hinted = attempt.is_hinted();
        let is_refused = turn.is_some() && attempt.is(|failure| throttled.is_refused(failure, is_hinted));
        let place = B::keep(attempt.pace(turn, is_refused));
        attempt.wait(&mut self.waits, &mut self.jitter);
        attempt.in_time(pacer, deadline);
        let token = budget.pay(&mut attempt);
        attempt.log_by(&logger, |failure, log| shown.show(failure, log));
        attempt.on_backoff(|details| Tells::<Backoff, _>::tell(&mut self.hooks, details));
        attempt.on_giveup(|details| Tells::<Giveup, _>::tell(&mut self.hooks, details));
        let reason = attempt.reason();
        match attempt.end() {
            Some(wait) => ControlFlow::Continue((wait, Between { place, kept: keeps.keep(outcome), token })),
            None => ControlFlow::Break((outcome.into_output(), reason)),
        }
    }
}
