//! The words that may be said on top of a call's rules, one for each option.
#![allow(clippy::option_option, reason = "nothing is said of it, or that there is none, or which")]

use std::time::Duration;

use super::bounds::{Bounds, Times};
use super::keeps::{Keeps, Kept};
use super::pays::Pays;
#[cfg(any(feature = "tokio", feature = "tracing"))]
use super::rules::MakesSpan;
use super::rules::{Hears, Rules, Word};
use crate::attempt::Attempt;
use crate::budget::RetryBudget;
use crate::details::Details;
use crate::jitter::Jitter;
use crate::log::{Level, Logger};
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::pacer::{Pacer, Turn};
use crate::pacing::RateLimits;
use crate::stop::Stop;
use crate::transient::Transient;
use crate::value::IntoTrueCost;
use crate::wait::IntoWaitValue;

/// What a word leaves as the rules have it.
macro_rules! as_it_was {
    (bounds) => {
        type Bounds<B: Bounds> = B;

        #[inline]
        fn bounds<B: Bounds>(&self, rules: B) -> B {
            rules
        }
    };
    (keeps) => {
        type Keeps<K: Keeps<O>> = K;

        #[inline]
        fn keeps<K: Keeps<O>>(&self, rules: K) -> K {
            rules
        }
    };
    (pays) => {
        type Pays<Q: Pays> = Q;

        #[inline]
        fn pays<Q: Pays>(&self, rules: Q) -> Q {
            rules
        }
    };
    (attempts) => {
        #[cfg(feature = "tokio")]
        type Attempt<Fut: Future> = Fut;

        #[cfg(feature = "tokio")]
        #[inline]
        fn around<Fut: Future>(_: impl MakesSpan, attempt: Fut) -> Fut {
            attempt
        }
    };
    () => {
        as_it_was!(bounds);
        as_it_was!(keeps);
        as_it_was!(pays);
        as_it_was!(attempts);
    };
}

/// `max_tries`.
#[derive(Clone, Debug)]
pub struct MaxTries(pub(super) u32);

impl<O: Outcome> Word<O> for MaxTries {
    as_it_was!();

    #[inline]
    fn max_tries(&self) -> Option<u32> {
        Some(self.0)
    }
}

/// `max_time`.
#[derive(Clone, Debug)]
pub struct MaxTime(pub(super) Option<Duration>);

impl<O: Outcome> Word<O> for MaxTime {
    type Bounds<B: Bounds> = B::Limited;

    #[inline]
    fn bounds<B: Bounds>(&self, rules: B) -> B::Limited {
        rules.limited()
    }

    as_it_was!(keeps);
    as_it_was!(pays);
    as_it_was!(attempts);

    #[inline]
    fn max_time(&self) -> Option<Option<Duration>> {
        Some(self.0)
    }
}

/// `timeout`.
#[derive(Clone, Debug)]
pub struct Timeout(pub(super) Option<Duration>);

/// `attempt_timeout`.
#[derive(Clone, Debug)]
pub struct AttemptTimeout(pub(super) Option<Duration>);

macro_rules! times {
    ($($word:ident: $field:ident;)*) => {$(
        impl<O: Outcome> Word<O> for $word {
            type Bounds<B: Bounds> = B::Bounded;

            #[inline]
            fn bounds<B: Bounds>(&self, rules: B) -> B::Bounded {
                rules.bounded(|times: &mut Times| times.$field = self.0)
            }

            as_it_was!(keeps);
            as_it_was!(pays);
            as_it_was!(attempts);
        }
    )*};
}
times! {
    Timeout: call;
    AttemptTimeout: attempt;
}

/// `pacer`.
#[derive(Clone, Debug)]
pub struct PacedBy<'p>(pub(super) Option<&'p Pacer>);

impl<'p, O: Outcome> Word<O> for PacedBy<'p> {
    type Bounds<B: Bounds> = B::Paced<'p>;

    #[inline]
    fn bounds<B: Bounds>(&self, rules: B) -> B::Paced<'p> {
        rules.paced(self.0)
    }

    as_it_was!(keeps);
    as_it_was!(pays);
    as_it_was!(attempts);
}

/// `stop`.
#[derive(Clone, Debug)]
pub struct StoppedBy<'p>(pub(super) Option<&'p Stop>);

impl<'p, O: Outcome> Word<O> for StoppedBy<'p> {
    type Bounds<B: Bounds> = B::Limited;
    type Keeps<K: Keeps<O>> = Kept<'p>;

    #[inline]
    fn bounds<B: Bounds>(&self, rules: B) -> B::Limited {
        rules.limited()
    }

    #[inline]
    fn keeps<K: Keeps<O>>(&self, _: K) -> Kept<'p> {
        Kept(self.0)
    }

    as_it_was!(pays);
    as_it_was!(attempts);
}

/// `budget`.
#[derive(Clone, Debug)]
pub struct PaidBy<'p>(pub(super) Option<&'p RetryBudget>);

impl<'p, O: Outcome> Word<O> for PaidBy<'p> {
    type Pays<Q: Pays> = Option<&'p RetryBudget>;

    #[inline]
    fn pays<Q: Pays>(&self, _: Q) -> Option<&'p RetryBudget> {
        self.0
    }

    as_it_was!(bounds);
    as_it_was!(keeps);
    as_it_was!(attempts);
}

/// `jitter`.
#[derive(Clone, Debug)]
pub struct Jittered<J>(pub(super) J);

impl<O: Outcome, J: Jitter> Word<O> for Jittered<J> {
    as_it_was!();

    #[inline]
    fn wait<M: Mode, P: Rules<O>>(
        &mut self,
        rules: &mut P,
        state: &mut P::State,
        attempt: &mut Attempt<'_, M, O::Failure>,
    ) {
        rules.wait_with(state, attempt, &mut self.0);
    }
}

/// `logger`.
#[derive(Clone, Debug)]
pub struct LogsTo(pub(super) Option<&'static str>);

impl<O: Outcome> Word<O> for LogsTo {
    as_it_was!();

    #[inline]
    fn logger(&self, rules: Logger) -> Logger {
        self.0.map_or(rules.none(), |target| rules.target(target))
    }
}

/// `backoff_log_level`.
#[derive(Clone, Debug)]
pub struct BackoffLevel(pub(super) Level);

impl<O: Outcome> Word<O> for BackoffLevel {
    as_it_was!();

    #[inline]
    fn logger(&self, rules: Logger) -> Logger {
        rules.backoff_log_level(self.0)
    }
}

/// `giveup_log_level`.
#[derive(Clone, Debug)]
pub struct GiveupLevel(pub(super) Level);

impl<O: Outcome> Word<O> for GiveupLevel {
    as_it_was!();

    #[inline]
    fn logger(&self, rules: Logger) -> Logger {
        rules.giveup_log_level(self.0)
    }
}

/// `giveup`.
#[derive(Clone, Debug)]
pub struct GivenUpIf<F>(pub(super) F);

impl<O: Outcome, F: FnMut(&O::Failure) -> bool> Word<O> for GivenUpIf<F> {
    as_it_was!();

    #[inline]
    fn is_given_up(&mut self, failure: &O::Failure) -> Option<bool> {
        Some((self.0)(failure))
    }
}

/// `throttled`.
#[derive(Clone, Debug)]
pub struct RefusedIf<F>(pub(super) F);

impl<O: Outcome, F: FnMut(&O::Failure) -> bool> Word<O> for RefusedIf<F> {
    as_it_was!();

    #[inline]
    fn is_refused(&mut self, failure: &O::Failure) -> Option<bool> {
        Some((self.0)(failure))
    }
}

/// `retry_after`.
#[derive(Clone, Debug)]
pub struct HintedBy<F>(pub(super) F);

impl<O: Outcome, V: IntoWaitValue, F: FnMut(&O::Failure) -> V> Word<O> for HintedBy<F> {
    as_it_was!();

    #[inline]
    fn hint(&mut self, failure: &O::Failure) -> Option<Option<Duration>> {
        Some((self.0)(failure).into_wait_value())
    }
}

/// `transient`: the hint and the refusals as the type of what fails says.
#[derive(Clone, Debug)]
pub struct Classified;

impl<O: Outcome<Failure: Transient>> Word<O> for Classified {
    as_it_was!();

    #[inline]
    fn hint(&mut self, failure: &O::Failure) -> Option<Option<Duration>> {
        Some(failure.class().retry_after())
    }

    #[inline]
    fn is_refused(&mut self, failure: &O::Failure) -> Option<bool> {
        Some(failure.class().is_rate_limit())
    }
}

/// `cost`.
#[derive(Clone, Debug)]
pub struct Costs(pub(super) u64);

impl<O: Outcome> Word<O> for Costs {
    as_it_was!();

    #[inline]
    fn cost(&self) -> Option<u64> {
        Some(self.0)
    }
}

/// `settle`.
#[derive(Clone, Debug)]
pub struct SettledBy<F>(pub(super) F);

impl<O: Outcome, V: IntoTrueCost, F: FnMut(&O::Output) -> V> Word<O> for SettledBy<F> {
    as_it_was!();

    fn settle(&mut self, turn: &mut Turn<'_>, returned: &O::Output) -> bool {
        if let Some(cost) = (self.0)(returned).into_true_cost() {
            turn.settle(cost);
        }
        true
    }
}

/// `limit`.
#[derive(Clone, Debug)]
pub struct ToldBy<F>(pub(super) F);

impl<O: Outcome, I: RateLimits, F: FnMut(&O::Output) -> I> Word<O> for ToldBy<F> {
    as_it_was!();

    fn tell(&mut self, turn: &mut Turn<'_>, returned: &O::Output) -> bool {
        turn.told((self.0)(returned));
        true
    }
}

/// `attempt_span`.
#[cfg(feature = "tracing")]
#[derive(Clone, Debug)]
pub struct Spanned;

#[cfg(feature = "tracing")]
impl<O: Outcome> Word<O> for Spanned {
    as_it_was!(bounds);
    as_it_was!(keeps);
    as_it_was!(pays);

    #[cfg(feature = "tokio")]
    type Attempt<F: Future> = crate::span::Spanned<F>;

    #[cfg(feature = "tokio")]
    fn around<F: Future>(span: impl MakesSpan, attempt: F) -> crate::span::Spanned<F> {
        span().with(attempt)
    }

    fn make<R>(&self, span: impl MakesSpan, attempt: impl FnOnce() -> R) -> R {
        span().run(attempt)
    }
}

/// Somebody wants to know the time since the call began.
#[derive(Clone, Debug)]
pub struct Timed;

impl<O: Outcome> Word<O> for Timed {
    as_it_was!();

    const IS_TIMED: bool = true;
}

macro_rules! handlers {
    ($($word:ident: $event:ident($outcome:ty) $hears:ident;)*) => {$(
        #[doc = concat!("`", stringify!($event), "`.")]
        #[derive(Clone, Debug)]
        pub struct $word<F>(pub(super) F);

        impl<O: Outcome, F: FnMut(&Details<'_, $outcome>)> Word<O> for $word<F> {
            as_it_was!();

            const HEARS: Hears = Hears { $hears: true, ..Hears::NOTHING };

            #[inline]
            fn $event(&mut self, details: &Details<'_, $outcome>) {
                (self.0)(details);
            }
        }
    )*};
}
handlers! {
    OnTry: on_try(()) tries;
    OnSuccess: on_success(O::Value) success;
    OnBackoff: on_backoff(O::Failure) failure;
    OnGiveup: on_giveup(O::Failure) failure;
}
