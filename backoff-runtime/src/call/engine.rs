//! The loop of a [`Call`], and what follows from an attempt: the rules of the engine, as the call's own words have them.

#[cfg(feature = "tokio")]
use std::mem::{replace, take};
use std::ops::ControlFlow;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::time::Duration;

use super::Call;
use super::bounds::{Bounds, Ends};
#[cfg(feature = "tokio")]
use super::ending::EndLater;
use super::ending::{End, Part};
use super::keeps::Keeps;
use super::kind::Kind;
use super::pays::Pays;
use super::rules::Rules;
use crate::attempt::Retry;
use crate::details::GiveUp;
#[cfg(feature = "tokio")]
use crate::details::GivenUp;
#[cfg(feature = "tokio")]
use crate::mode::Async;
use crate::mode::{Blocking, Mode};
use crate::outcome::Outcome;
use crate::pacer::Turn;
use crate::retry::Limits;

/// An attempt, or what stands for it.
struct Made<'p, O> {
    outcome: O,
    /// The turn that it had.
    turn: Option<Turn<'p>>,
    /// It ended without an outcome of its own.
    is_cut: bool,
    /// Why it was not made, if it wasn't.
    missed: Option<GiveUp>,
}

impl<'p, O> Made<'p, O> {
    fn new(outcome: O, turn: Option<Turn<'p>>, is_cut: bool) -> Self {
        Self { outcome, turn, is_cut, missed: None }
    }

    fn missed(outcome: O, reason: GiveUp) -> Self {
        Self { outcome, turn: None, is_cut: true, missed: Some(reason) }
    }
}

/// What is kept from one attempt to the next.
struct Between<O: Outcome, P: Rules<O>> {
    /// The place in the queue.
    place: <P::Bounds as Bounds>::Place,
    /// What failed.
    kept: <P::Keeps as Keeps<O>>::Kept,
    /// What pays for the retry.
    token: <P::Pays as Pays>::Token,
}

impl<O: Outcome, P: Rules<O>> Default for Between<O, P> {
    #[inline]
    fn default() -> Self {
        Self { place: Default::default(), kept: Default::default(), token: Default::default() }
    }
}

/// What a call is named by, asked for only when somebody is told it. Its type says it, so that it takes no place.
pub(super) trait Named: Fn() -> &'static str + Copy {}

impl<T: Fn() -> &'static str + Copy> Named for T {}

/// The outcome of an attempt of a kind of call.
pub(super) type Of<A, R> = <A as Kind<R>>::Outcome;

/// What follows from an attempt: a wait and what is kept for the next one, or what the call ends with, and why if it gave
/// up.
type Next<O, P> = ControlFlow<(<O as Outcome>::Output, Option<GiveUp>), (Duration, Between<O, P>)>;

fn limits<O: Outcome, P: Rules<O>>(rules: &P) -> Limits {
    Limits { max_tries: rules.max_tries(), max_time: rules.max_time(), timeout: rules.bounds().times().call }
}

/// Begins a call; the clock is read if somebody needs the time from the first attempt on.
#[inline]
fn begin<M: Mode, O: Outcome, P: Rules<O>>(rules: &P, is_timed: bool) -> Retry<M> {
    let mut retry = Retry::untimed();
    if is_timed || P::IS_TIMED || rules.max_time().is_some() || rules.bounds().times().call.is_some() {
        retry.read_clock();
    } else {
        retry.listen(&rules.logger());
    }
    retry
}

impl<A, P> Call<A, P> {
    #[cfg(feature = "tokio")]
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` keeps its arguments twice, a block moves them once"
    )]
    pub(super) fn drive<W, F, Fut>(
        mut self,
        target: impl Named,
        mut function: F,
    ) -> impl Future<Output = W::Whole>
    where
        W: Part<Fut::Output>,
        F: FnMut(u32) -> Fut,
        Fut: Future,
        A: Kind<Fut::Output, End: EndLater<Fut::Output>>,
        P: Rules<Of<A, Fut::Output>, Bounds: Ends<Of<A, Fut::Output>, A::Make>>,
    {
        async move {
            let mut retry: Retry<Async> = begin(&self.rules, W::IS_TIMED);
            // Copies, as a turn borrows from them while the outcome is judged.
            let (bounds, keeps) = (self.rules.bounds(), self.rules.keeps());
            let mut state = P::State::default();
            let mut between = Between::<_, P>::default();
            let mut missed: Option<GiveUp> = None;
            // Out here it shares a place with the flags that live as long.
            let mut is_cut;
            // What is moved out of these is replaced, as what may be there or not needs a place to say which.
            let (output, reason) = loop {
                let mut turn = <P::Bounds as Bounds>::Turn::from(None);
                if let (None, Some(_)) = (missed, bounds.pacer()) {
                    let deadline = retry.deadline(limits(&self.rules));
                    let place = P::Bounds::place(take(&mut between.place)).with_cost(self.rules.cost());
                    match bounds.turn(place, deadline, keeps.stop()).await {
                        Ok(given) => turn = given.into(),
                        Err(reason) => missed = Some(reason),
                    }
                }
                let made = if let Some(reason) = missed {
                    Made::missed(self.unmade(P::Keeps::kept(take(&mut between.kept)), reason), reason)
                } else {
                    drop(take(&mut between.kept));
                    P::Pays::spend(take(&mut between.token));
                    self.trying(&retry, target);
                    let time = retry.attempt_time(bounds.times().attempt, limits(&self.rules));
                    is_cut = false;
                    let (function, retry) = (&mut function, &retry);
                    let attempt = P::Bounds::attempt(time, &mut is_cut, self.kind.make(), move || {
                        P::around(|| retry.attempt_span(target()), function(retry.tries()))
                    });
                    let returned = attempt.await;
                    Made::new(A::outcome(returned), replace(&mut turn, None.into()).into(), is_cut)
                };
                let wait = match self.judge(&mut retry, &mut state, target, made) {
                    ControlFlow::Break(end) => break end,
                    ControlFlow::Continue((wait, next)) => {
                        between = next;
                        wait
                    }
                };
                missed = keeps.delay(wait, retry.start()).await;
            };
            let Some(why) = reason else { return W::whole(output, &retry, None) };
            let given_up = retry.given_up(target(), reason);
            // Without any time it is not begun.
            let output = if A::End::IS_AWAITED && retry.left(bounds.times().call) != Some(Duration::ZERO) {
                self.end_later(output, given_up, retry.left(bounds.times().call)).await
            } else {
                self.kind.end().1.end_now(output, given_up)
            };
            W::whole(output, &retry, Some(why))
        }
    }

    /// What an async fallback makes, in what is left of the time of the whole call. In a place of its own, so that a call
    /// keeps none for it that has no fallback.
    #[cfg(feature = "tokio")]
    fn end_later<R>(
        self,
        last: R,
        given_up: GivenUp,
        left: Option<Duration>,
    ) -> Pin<Box<impl Future<Output = R>>>
    where
        A: Kind<R, End: EndLater<R>>,
        P: Rules<Of<A, R>, Bounds: Ends<Of<A, R>, A::Make>>,
    {
        let (mut make, end) = self.kind.end();
        Box::pin(async move {
            P::Bounds::attempt(left, &mut false, &mut make, || end.end_later(last, given_up)).await
        })
    }

    #[inline]
    pub(super) fn drive_blocking<W, V>(
        mut self,
        target: impl Named,
        mut function: impl FnMut(u32) -> V,
    ) -> W::Whole
    where
        W: Part<V>,
        A: Kind<V, End: End<V>>,
        P: Rules<Of<A, V>, Bounds: Ends<Of<A, V>, A::Make>>,
    {
        let mut retry: Retry<Blocking> = begin(&self.rules, W::IS_TIMED);
        let (bounds, keeps) = (self.rules.bounds(), self.rules.keeps());
        let mut state = P::State::default();
        let mut between = Between::<_, P>::default();
        let mut missed: Option<GiveUp> = None;
        let (output, reason) = loop {
            let Between { place, kept, token } = between;
            let mut turn = <P::Bounds as Bounds>::Turn::from(None);
            if let (None, Some(_)) = (missed, bounds.pacer()) {
                let place = P::Bounds::place(place).with_cost(self.rules.cost());
                let deadline = retry.deadline(limits(&self.rules));
                match crate::pacing::turn_blocking(bounds.pacer(), place, deadline, keeps.stop()) {
                    Ok(given) => turn = given.into(),
                    Err(reason) => missed = Some(reason),
                }
            }
            let made = if let Some(reason) = missed {
                Made::missed(self.unmade(P::Keeps::kept(kept), reason), reason)
            } else {
                drop(kept);
                P::Pays::spend(token);
                self.trying(&retry, target);
                let returned = self.rules.make(|| retry.attempt_span(target()), || function(retry.tries()));
                Made::new(A::outcome(returned), turn.into(), false)
            };
            match self.judge(&mut retry, &mut state, target, made) {
                ControlFlow::Break(end) => break end,
                ControlFlow::Continue((wait, next)) => {
                    between = next;
                    missed = keeps.delay_blocking(wait, retry.start());
                }
            }
        };
        let output = match reason {
            None => output,
            Some(_) => self.kind.end().1.end(output, retry.given_up(target(), reason)),
        };
        W::whole(output, &retry, reason)
    }

    /// What stands for an attempt that was not made: what failed last, or what is made of the timeout.
    fn unmade<R>(&mut self, last: Option<Of<A, R>>, reason: GiveUp) -> Of<A, R>
    where
        A: Kind<R>,
        P: Rules<Of<A, R>, Bounds: Ends<Of<A, R>, A::Make>>,
    {
        let limits = limits(&self.rules);
        crate::pacing::no_turn(last, reason, limits, |timeout| P::Bounds::make(self.kind.make(), timeout))
    }

    /// Tells the handlers that an attempt is about to be made.
    #[inline]
    fn trying<M: Mode, O: Outcome>(&mut self, retry: &Retry<M>, target: impl Named)
    where
        P: Rules<O>,
    {
        retry.tries_now(target);
        if P::HEARS.tries {
            self.rules.on_try(&retry.trying(target()));
        }
    }

    #[inline]
    fn judge<M: Mode, R>(
        &mut self,
        retry: &mut Retry<M>,
        state: &mut P::State,
        target: impl Named,
        mut made: Made<'_, Of<A, R>>,
    ) -> Next<Of<A, R>, P>
    where
        A: Kind<R>,
        P: Rules<Of<A, R>>,
    {
        if let (false, Some(turn)) = (made.is_cut, &mut made.turn) {
            // What remains counts with the true cost, so that goes first.
            self.rules.settle(turn, made.outcome.output());
            self.rules.tell(turn, made.outcome.output());
        }
        if made.is_cut || self.kind.has_failed(&made.outcome) {
            self.failed(retry, state, target, made)
        } else {
            self.succeeded(retry, target, made.turn, &made.outcome);
            ControlFlow::Break((made.outcome.into_output(), None))
        }
    }

    /// Tells of a success, if it is one: an error that is not retried is none.
    #[inline]
    fn succeeded<M: Mode, O: Outcome>(
        &mut self,
        retry: &Retry<M>,
        target: impl Named,
        turn: Option<Turn<'_>>,
        outcome: &O,
    ) where
        P: Rules<O>,
    {
        crate::pacing::passed(turn, outcome, |failure| {
            let hint = self.rules.hint(failure);
            self.rules.is_refused(failure, hint.is_some()).then_some(hint)
        });
        retry.deposit(self.rules.pays().budget(), outcome);
        retry.succeeds(target, outcome);
        if P::HEARS.success
            && let Some(details) = retry.succeeded(target(), outcome)
        {
            self.rules.on_success(&details);
        }
    }

    /// What follows from a failure. Out of line, so that a success pays for nothing of it.
    #[cold]
    #[inline(never)]
    fn failed<M: Mode, R>(
        &mut self,
        retry: &mut Retry<M>,
        state: &mut P::State,
        target: impl Named,
        made: Made<'_, Of<A, R>>,
    ) -> Next<Of<A, R>, P>
    where
        A: Kind<R>,
        P: Rules<Of<A, R>>,
    {
        let Self { kind, rules } = self;
        let (logger, limits, bounds, keeps) = (rules.logger(), limits(rules), rules.bounds(), rules.keeps());
        let Made { outcome, turn, missed, .. } = made;
        let is_told = logger.may_be_heard() || P::HEARS.failure;
        let deadline = bounds.pacer().and_then(|_| retry.deadline(limits));
        let mut attempt = retry.failed(if is_told { target() } else { "" }, &outcome);
        if let Some(reason) = missed {
            attempt.missed(reason, limits);
        }
        attempt.giveup(|failure| rules.is_given_up(failure));
        attempt.limit(limits);
        attempt.stop(keeps.stop());
        attempt.retry_after(|failure| rules.hint(failure));
        let is_hinted = attempt.is_hinted();
        let is_refused = turn.is_some() && attempt.is(|failure| rules.is_refused(failure, is_hinted));
        let place = P::Bounds::keep(attempt.pace(turn, is_refused));
        rules.wait(state, &mut attempt);
        attempt.in_time(bounds.pacer(), deadline);
        let token = rules.pays().pay(&mut attempt);
        attempt.log_by(&logger, |failure, log| kind.show(failure, log));
        attempt.on_backoff(|details| rules.on_backoff(details));
        attempt.on_giveup(|details| rules.on_giveup(details));
        let reason = attempt.reason();
        match attempt.end() {
            Some(wait) => ControlFlow::Continue((wait, Between { place, kept: keeps.keep(outcome), token })),
            None => ControlFlow::Break((outcome.into_output(), reason)),
        }
    }
}
