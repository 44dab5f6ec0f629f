//! What an attempt costs and what the server tells of its limits, for the pacer of a [`Call`](super::Call).

use std::marker::PhantomData;

use super::hooks::Nothing;
use crate::outcome::Outcome;
use crate::pacer::Turn;
use crate::pacing::RateLimits;
use crate::value::IntoTrueCost;

/// What an attempt costs.
pub trait Costs {
    /// As it is estimated before.
    fn cost(&self) -> u64;
}

/// Tells the pacer what an attempt returned.
pub trait Hears<O: Outcome>: Costs {
    /// Whether it tells anything.
    const HEARS: bool;

    /// Tells it.
    fn hear(&mut self, turn: &mut Turn<'_>, output: &O::Output);
}

impl Costs for Nothing {
    #[inline]
    fn cost(&self) -> u64 {
        1
    }
}

impl<O: Outcome> Hears<O> for Nothing {
    const HEARS: bool = false;

    #[inline]
    fn hear(&mut self, _: &mut Turn<'_>, _: &O::Output) {}
}

/// What was said before, and a cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost<X> {
    pub(super) before: X,
    pub(super) cost: u64,
}

impl<X> Costs for Cost<X> {
    fn cost(&self) -> u64 {
        self.cost
    }
}

impl<O: Outcome, X: Hears<O>> Hears<O> for Cost<X> {
    const HEARS: bool = X::HEARS;

    fn hear(&mut self, turn: &mut Turn<'_>, output: &O::Output) {
        self.before.hear(turn, output);
    }
}

/// What was said before, and a function of what an attempt returned, for `limit` or `settle`.
#[derive(Clone, Debug)]
pub struct Listen<What, X, F> {
    pub(super) before: X,
    pub(super) function: F,
    pub(super) what: PhantomData<What>,
}

/// The server's limits.
#[derive(Clone, Copy, Debug)]
pub struct Told;

/// The true cost.
#[derive(Clone, Copy, Debug)]
pub struct Settlement;

impl<What, X: Costs, F> Costs for Listen<What, X, F> {
    fn cost(&self) -> u64 {
        self.before.cost()
    }
}

impl<O, X, F, L> Hears<O> for Listen<Told, X, F>
where
    O: Outcome,
    X: Hears<O>,
    F: FnMut(&O::Output) -> L,
    L: RateLimits,
{
    const HEARS: bool = true;

    fn hear(&mut self, turn: &mut Turn<'_>, output: &O::Output) {
        self.before.hear(turn, output);
        turn.told((self.function)(output));
    }
}

impl<O, X, F, V> Hears<O> for Listen<Settlement, X, F>
where
    O: Outcome,
    X: Hears<O>,
    F: FnMut(&O::Output) -> V,
    V: IntoTrueCost,
{
    const HEARS: bool = true;

    fn hear(&mut self, turn: &mut Turn<'_>, output: &O::Output) {
        self.before.hear(turn, output);
        if let Some(cost) = (self.function)(output).into_true_cost() {
            turn.settle(cost);
        }
    }
}
