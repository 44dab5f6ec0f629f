//! What the pacer of a [`Call`](super::Call) is told beside how an attempt ended: its cost, and what the server says of its
//! limits.

use super::hooks::Nothing;
use crate::outcome::Outcome;
use crate::pacer::Turn;
use crate::pacing::RateLimits;
use crate::value::IntoTrueCost;

/// What the pacer is told: `limit`, `settle` and `cost`; nothing by default.
#[derive(Clone, Copy, Debug)]
pub struct Words<I = Nothing, V = Nothing, P = Nothing> {
    pub(super) limit: I,
    pub(super) settle: V,
    pub(super) cost: P,
}

impl Words {
    pub(super) const NONE: Self = Self { limit: Nothing, settle: Nothing, cost: Nothing };
}

/// What an attempt costs.
pub trait Costs {
    /// As it is estimated before.
    fn cost(&self) -> u64;
}

impl Costs for Nothing {
    #[inline]
    fn cost(&self) -> u64 {
        1
    }
}

impl Costs for u64 {
    #[inline]
    fn cost(&self) -> u64 {
        *self
    }
}

impl<I, V, P: Costs> Costs for Words<I, V, P> {
    #[inline]
    fn cost(&self) -> u64 {
        self.cost.cost()
    }
}

/// Tells the pacer what the server says of its limits.
pub trait TellsLimits<R> {
    /// Tells it.
    fn tell(&mut self, turn: &mut Turn<'_>, returned: &R);
}

impl<R> TellsLimits<R> for Nothing {
    #[inline]
    fn tell(&mut self, _: &mut Turn<'_>, _: &R) {}
}

impl<R, I: RateLimits, F: FnMut(&R) -> I> TellsLimits<R> for F {
    fn tell(&mut self, turn: &mut Turn<'_>, returned: &R) {
        turn.told(self(returned));
    }
}

/// Tells the pacer the true cost of an attempt.
pub trait Settles<R> {
    /// Tells it, if it is known.
    fn settle(&mut self, turn: &mut Turn<'_>, returned: &R);
}

impl<R> Settles<R> for Nothing {
    #[inline]
    fn settle(&mut self, _: &mut Turn<'_>, _: &R) {}
}

impl<R, V: IntoTrueCost, F: FnMut(&R) -> V> Settles<R> for F {
    fn settle(&mut self, turn: &mut Turn<'_>, returned: &R) {
        if let Some(cost) = self(returned).into_true_cost() {
            turn.settle(cost);
        }
    }
}

/// Tells the pacer what an attempt returned.
pub trait Hears<O: Outcome>: Costs {
    /// Tells it. What remains counts with the true cost, so that goes first.
    fn hear(&mut self, turn: &mut Turn<'_>, outcome: &O);
}

impl<O, I, V, P> Hears<O> for Words<I, V, P>
where
    O: Outcome,
    I: TellsLimits<O::Output>,
    V: Settles<O::Output>,
    P: Costs,
{
    #[inline]
    fn hear(&mut self, turn: &mut Turn<'_>, outcome: &O) {
        self.settle.settle(turn, outcome.output());
        self.limit.tell(turn, outcome.output());
    }
}
