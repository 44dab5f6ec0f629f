//! A turn, from the moment a call may go to what is known of its end.

use std::fmt;
use std::time::{Duration, Instant};

use super::Pacer;
use super::controller::{End, Sent};
use super::queue::Ticket;
use crate::rate_limit::RateLimit;

/// Where a caller stands in the queue of a [`Pacer`].
///
/// A new caller comes to the [`back`](Place::back); one that was throttled gets its old place from
/// [`Turn::throttled`], ahead of all who came after it.
#[derive(Debug)]
pub struct Place {
    pub(super) ticket: Option<Ticket>,
    pub(super) cost: u64,
}

impl Place {
    /// Behind all others, for a call that costs 1.
    #[must_use]
    pub const fn back() -> Self {
        Self { ticket: None, cost: 1 }
    }

    /// What the call takes from the limits of the pacer, in their unit: requests, tokens, points. Default: 1.
    ///
    /// A call that costs more than a limit allows at all goes once the whole limit is free.
    #[must_use]
    pub const fn with_cost(mut self, cost: u64) -> Self {
        self.cost = cost;
        self
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::back()
    }
}

/// The permission to make one call now, given by [`Pacer::turn`].
///
/// Say how the call ended by one of its methods; that is what an adaptive pacer learns from. Dropping it says that the
/// call was cancelled. It can be sent to another thread and held across an `await`.
#[must_use = "a turn that is dropped says that the call was cancelled"]
pub struct Turn<'p> {
    pacer: &'p Pacer,
    sent: Sent,
    ticket: Ticket,
    cost: u64,
    /// What it took, before the true cost was known.
    estimate: u64,
    /// The server told of its limits in the answer.
    is_heard: bool,
    /// The clock that the turn was given on.
    clock: fn() -> Instant,
    /// How often the pacer had been made as new.
    resets: u32,
    ended: bool,
}

impl<'p> Turn<'p> {
    pub(super) fn new(
        pacer: &'p Pacer,
        sent: Sent,
        ticket: Ticket,
        cost: u64,
        clock: fn() -> Instant,
        resets: u32,
    ) -> Self {
        Self { pacer, sent, ticket, cost, estimate: cost, is_heard: false, clock, resets, ended: false }
    }

    pub(crate) fn pacer(&self) -> &'p Pacer {
        self.pacer
    }

    /// What the server says of its limits in the answer to this call, whatever became of it: one [`RateLimit`], an
    /// `Option`, an array or a `Vec` of them.
    ///
    /// Say it before how the call ended. No more calls go than the server says remain, and the calls in flight count as
    /// if it had not counted them yet.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backoff_runtime::{Pacer, Place, RateLimit};
    ///
    /// static API: Pacer = Pacer::adaptive();
    ///
    /// let mut turn = API.turn_blocking(Place::back(), None).expect("there is no deadline");
    /// turn.told(RateLimit::new().with_limit(100).with_remaining(99).with_reset(Duration::from_secs(60)));
    /// turn.accepted();
    /// assert_eq!(API.state().told[0].remaining, Some(99));
    /// ```
    pub fn told(&mut self, limits: impl IntoIterator<Item = RateLimit>) {
        let mut limits = limits.into_iter().peekable();
        if limits.peek().is_none() {
            return;
        }
        self.is_heard = true;
        let sent = self.sent.at;
        self.pacer.news((self.clock)(), self.resets, |controller, now| controller.told(now, sent, limits));
    }

    /// The true cost of the call, now that it is known; see [`Place::with_cost`].
    ///
    /// What was taken too much is given back, and what was taken too little is taken from what comes.
    ///
    /// ```
    /// use backoff_runtime::{Pacer, Place};
    ///
    /// /// Tokens of a language model.
    /// static TOKENS: Pacer = Pacer::per(30_000, "1m");
    ///
    /// let place = Place::back().with_cost(2000);
    /// let mut turn = TOKENS.turn_blocking(place, None).expect("there is no deadline");
    /// turn.settle(350);
    /// turn.accepted();
    /// ```
    pub fn settle(&mut self, cost: u64) {
        let before = std::mem::replace(&mut self.cost, cost);
        self.pacer.news((self.clock)(), self.resets, |controller, _| controller.settle(before, cost));
    }

    /// The limit let the call pass, whatever else came of it: a success, or an answer that is not about the limit.
    pub fn accepted(mut self) {
        self.end(End::Accepted);
    }

    /// The limit refused the call; `retry_after` is the server's hint, if it gave one. Returns the place to wait at for
    /// the next attempt.
    ///
    /// No other call goes before the hint is over, and at most one hour is waited for; then one call asks again.
    // Not `must_use`: a caller may give up instead.
    #[allow(clippy::must_use_candidate, reason = "a caller may give up instead of coming back")]
    pub fn throttled(mut self, retry_after: Option<Duration>) -> Place {
        self.end(End::Refused(retry_after.map(|after| after.as_secs_f64())));
        Place { ticket: Some(self.ticket), cost: self.estimate }
    }

    /// The call failed in a way that says nothing of the limit: no connection, a timeout, an error of the server.
    pub fn failed(mut self) {
        self.end(End::Unknown);
    }

    fn end(&mut self, end: End) {
        self.ended = true;
        let (sent, cost, is_heard) = (self.sent, self.cost, self.is_heard);
        self.pacer.news((self.clock)(), self.resets, |controller, now| {
            controller.ended(now, sent, cost, end, is_heard);
        });
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(End::Unknown);
        }
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("pacer", self.pacer).finish_non_exhaustive()
    }
}
