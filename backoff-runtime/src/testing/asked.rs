//! What a call waits for its turn: as long as the clock of all callers says, whoever of them moves it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::clock::Times;
use super::current::{Entry, skipping};
use crate::mode::Mode;

thread_local! {
    /// The call that is about to ask for a turn.
    static ASKING: Cell<Option<Instant>> = const { Cell::new(None) };
}

pub(super) fn asks(call: Option<Instant>) {
    ASKING.set(call);
}

/// A turn that was asked for in a scope without waits.
#[derive(Debug)]
pub(crate) struct Asked {
    entry: Entry,
    /// The call that asked, whose attempt begins with the turn. Without one, it is a call of its own: its time is that of
    /// the attempt in which somebody asks.
    call: Instant,
    clock: fn(&Entry, &Times) -> Instant,
    /// On the clock that goes on for all calls.
    begun: Instant,
    /// On the clock that all callers share.
    furthest: Duration,
}

/// Asks for a turn.
#[inline]
pub(crate) fn ask<M: Mode>() -> Option<Box<Asked>> {
    skipping(|entry| {
        let mut times = entry.scope.clock.lock();
        let (begun, furthest) = (entry.clock::<M>(&times), times.furthest());
        let call = ASKING.take().unwrap_or_else(|| times.back_off(None, begun, entry.lane.number));
        drop(times);
        Box::new(Asked { entry: entry.clone(), call, clock: Entry::clock::<M>, begun, furthest })
    })
}

impl Asked {
    /// The turn came, or there is none.
    pub(crate) fn answered(self) {
        let Self { entry, call, clock, begun, furthest } = self;
        let mut times = entry.scope.clock.lock();
        let now = clock(&entry, &times);
        let waited = times.furthest().saturating_sub(furthest);
        // What the clock of all calls went on by was not skipped.
        let skipped = waited.saturating_sub(now.saturating_duration_since(begun));
        times.wake(call, now, skipped, entry.lane.number);
    }
}
