//! What follows from an attempt of a [`Call`]: the rules of the engine, with the parts of the call.

use std::ops::ControlFlow;

use super::hooks::{Backoff, Condition, End, Giveup, Success, Tells, Try};
use super::share::{Hint, NoAnswer, Share};
use super::{Call, Settings};
use crate::attempt::Retry;
use crate::jitter::Jitter;
use crate::log::Shown;
use crate::mode::Mode;
use crate::outcome::{Outcome, when};
use crate::pacer::Turn;
use crate::wait::Wait;

/// What an attempt ended with and the turn that it had; or, if there was no turn in time, what was kept before.
pub(super) type Made<'p, O, K> = Result<(O, Option<Turn<'p>>), K>;

/// A policy whose parts fit together and fit an outcome.
pub trait Policy<O: Outcome> {
    /// What is kept while waiting for a turn.
    type Kept: Default;

    /// Tells the handlers that an attempt is about to be made.
    fn trying<M: Mode>(&mut self, retry: &Retry<M>, target: fn() -> &'static str);

    /// What follows from an attempt: a wait and what is kept for the next one, or what the call returns.
    fn judge<M: Mode>(
        &mut self,
        retry: &mut Retry<M>,
        target: fn() -> &'static str,
        made: Made<'_, O, Self::Kept>,
    ) -> ControlFlow<O::Output, (M::Delay, Self::Kept)>;
}

impl<O, A, W, C, J, G, N, H, T, R, B> Policy<O> for Call<A, W, C, J, G, N, H, Share<'_, T, R, B>>
where
    O: Outcome,
    W: Wait<O::Failure>,
    C: Condition<O::Failure>,
    J: Jitter,
    G: Condition<O::Failure>,
    N: End<O::Output>,
    H: Tells<Try, ()> + Tells<Success, O::Value> + Tells<Backoff, O::Failure> + Tells<Giveup, O::Failure>,
    T: Condition<O::Failure>,
    R: Hint<O::Failure>,
    B: NoAnswer<O>,
{
    type Kept = B::Kept;

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
        made: Made<'_, O, B::Kept>,
    ) -> ControlFlow<O::Output, (M::Delay, B::Kept)> {
        match made {
            Ok((outcome, turn)) if !when(&outcome, |failure| self.condition.holds(failure)) => {
                self.succeeded(retry, target, turn, &outcome);
                ControlFlow::Break(outcome.into_output())
            }
            failed => self.failed(retry, target, failed),
        }
    }
}

impl<A, W, C, J, G, N, H, T, R, B> Call<A, W, C, J, G, N, H, Share<'_, T, R, B>> {
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
    {
        crate::pacing::passed(turn);
        if let Some(budget) = self.share.budget {
            retry.deposit(budget, outcome);
        }
        if <H as Tells<Success, O::Value>>::HEARS
            && let Some(details) = retry.succeeded(target(), outcome)
        {
            Tells::<Success, _>::tell(&mut self.hooks, &details);
        }
    }

    /// What follows from a failure. Out of line, so that a success pays for nothing of it.
    #[cold]
    #[inline(never)]
    fn failed<M: Mode, O: Outcome>(
        &mut self,
        retry: &mut Retry<M>,
        target: fn() -> &'static str,
        made: Made<'_, O, B::Kept>,
    ) -> ControlFlow<O::Output, (M::Delay, B::Kept)>
    where
        W: Wait<O::Failure>,
        J: Jitter,
        G: Condition<O::Failure>,
        N: End<O::Output>,
        H: Tells<Backoff, O::Failure> + Tells<Giveup, O::Failure>,
        T: Condition<O::Failure>,
        R: Hint<O::Failure>,
        B: NoAnswer<O>,
    {
        let Settings { limits, logger, .. } = self.settings;
        let (outcome, turn, missed) = match made {
            Ok((outcome, turn)) => (outcome, turn, false),
            Err(kept) => (B::missed(kept, limits.max_time), None, true),
        };
        let is_told = logger.may_be_heard()
            || <H as Tells<Backoff, O::Failure>>::HEARS
            || <H as Tells<Giveup, O::Failure>>::HEARS;
        let mut attempt = retry.failed(if is_told { target() } else { "" }, &outcome);
        if missed {
            attempt.missed();
        }
        attempt.giveup(|failure| self.giveup.holds(failure));
        attempt.limit(limits);
        let place = self.share.failed(&mut attempt, turn, limits);
        attempt.wait(&mut self.waits, &mut self.jitter, limits);
        attempt.log(&logger, |_| Shown::Hidden);
        attempt.on_backoff(|details| Tells::<Backoff, _>::tell(&mut self.hooks, details));
        attempt.on_giveup(|details| Tells::<Giveup, _>::tell(&mut self.hooks, details));
        match attempt.end() {
            Some(wait) => {
                let kept = B::keep(place, outcome);
                ControlFlow::Continue((retry.delay(wait), kept))
            }
            None => ControlFlow::Break(self.end.end(outcome.into_output())),
        }
    }
}
