//! How a call looks at the answers of a service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::classify::Classify;
use crate::call::{Bounds, Keeps, Kind, Last, Made, Makes, MakesSpan, Pays, Shows, Word};
use crate::log::Shown;
use crate::outcome::Outcome;
use crate::pacing::AttemptTimeout;
use crate::transient::Class;

/// What a service answered: the error may have failed, and the response as well.
#[derive(Debug)]
pub struct Answer<T, E>(Result<T, E>);

impl<T, E> Outcome for Answer<T, E> {
    type Value = T;
    type Failure = Result<T, E>;
    type Output = Result<T, E>;

    fn value(&self) -> Option<&T> {
        self.0.as_ref().ok()
    }

    fn failure(&self) -> Option<&Result<T, E>> {
        Some(&self.0)
    }

    fn output(&self) -> &Result<T, E> {
        &self.0
    }

    fn into_output(self) -> Result<T, E> {
        self.0
    }

    fn from_output(output: Result<T, E>) -> Self {
        Self(output)
    }
}

impl<T, E, F: FnMut(AttemptTimeout) -> E> Makes<Answer<T, E>> for Made<F> {
    fn make(&mut self, timeout: AttemptTimeout) -> Result<T, E> {
        Err((self.0)(timeout))
    }
}

/// A call is retried on answers: on which, what it makes of a timeout, and what its log lines show.
#[derive(Debug)]
pub(super) struct OnAnswer<C, M, L> {
    pub(super) classify: C,
    pub(super) on_timeout: M,
    pub(super) shown: L,
}

impl<T, E, C, M, L> Kind<Result<T, E>> for OnAnswer<C, M, L>
where
    C: Classify<Result<T, E>>,
    L: Shows<Result<T, E>>,
{
    type Outcome = Answer<T, E>;
    type Make = M;
    type End = Last;

    fn outcome(returned: Result<T, E>) -> Answer<T, E> {
        Answer(returned)
    }

    fn has_failed(&mut self, outcome: &Answer<T, E>) -> bool {
        self.classify.class(&outcome.0) != Class::Final
    }

    fn make(&mut self) -> &mut M {
        &mut self.on_timeout
    }

    fn end(self) -> (M, Last) {
        (self.on_timeout, Last)
    }

    fn show(&self, answer: &Result<T, E>, log: impl FnOnce(Shown<'_>)) {
        self.shown.show(answer, log);
    }
}

/// Answers as log lines show them: an error by its `Debug`, and of a response only that there is one, as it may hold what is
/// secret. The default.
#[derive(Clone, Copy, Debug)]
pub struct Discreet;

#[diagnostic::do_not_recommend]
impl<T, E: std::fmt::Debug> Shows<Result<T, E>> for Discreet {
    fn show(&self, answer: &Result<T, E>, log: impl FnOnce(Shown<'_>)) {
        match answer {
            Ok(_) => log(Shown::Display(&"a response")),
            Err(error) => log(Shown::Debug(error)),
        }
    }
}

/// What a call of a service goes by, on top of its policy: the hint and the refusals as its answers are classified, and that
/// it gives up when there is no copy of the request.
#[derive(Debug)]
pub(super) struct Judged<'c, C> {
    pub(super) classify: C,
    pub(super) are_spent: &'c AtomicBool,
}

impl<T, E, C: Classify<Result<T, E>>> Word<Answer<T, E>> for Judged<'_, C> {
    type Bounds<B: Bounds> = B;
    type Keeps<K: Keeps<Answer<T, E>>> = K;
    type Pays<Q: Pays> = Q;
    type Attempt<F: Future> = F;

    fn bounds<B: Bounds>(&self, rules: B) -> B {
        rules
    }

    fn keeps<K: Keeps<Answer<T, E>>>(&self, rules: K) -> K {
        rules
    }

    fn pays<Q: Pays>(&self, rules: Q) -> Q {
        rules
    }

    fn around<F: Future>(_: impl MakesSpan, attempt: F) -> F {
        attempt
    }

    fn is_given_up(&mut self, _: &Result<T, E>) -> Option<bool> {
        Some(self.are_spent.load(Ordering::Relaxed))
    }

    fn hint(&mut self, answer: &Result<T, E>) -> Option<Option<Duration>> {
        Some(self.classify.class(answer).retry_after())
    }

    fn is_refused(&mut self, answer: &Result<T, E>) -> Option<bool> {
        Some(self.classify.class(answer).is_rate_limit())
    }
}
