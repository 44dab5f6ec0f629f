//! The budget of a [`Call`](super::Call).

use crate::attempt::Attempt;
use crate::budget::{RetryBudget, Token};
use crate::mode::Mode;

/// The budget that retries are taken from, if there is one.
pub trait Pays: Copy {
    /// What pays for a retry.
    type Token: Default;

    /// The budget.
    fn budget(&self) -> Option<&RetryBudget>;

    /// Takes what a retry costs.
    fn pay<M: Mode, F>(&self, attempt: &mut Attempt<'_, M, F>) -> Self::Token;

    /// The retry is made.
    fn spend(token: Self::Token);
}

/// There is none; the default.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Pays for Nothing {
    type Token = ();

    #[inline]
    fn budget(&self) -> Option<&RetryBudget> {
        None
    }

    #[inline]
    fn pay<M: Mode, F>(&self, _: &mut Attempt<'_, M, F>) {}

    #[inline]
    fn spend((): ()) {}
}

impl<'p> Pays for Option<&'p RetryBudget> {
    type Token = Option<Token<'p>>;

    fn budget(&self) -> Option<&RetryBudget> {
        *self
    }

    fn pay<M: Mode, F>(&self, attempt: &mut Attempt<'_, M, F>) -> Option<Token<'p>> {
        attempt.budget(*self)
    }

    fn spend(token: Option<Token<'p>>) {
        crate::pacing::spend(token);
    }
}
