//! A process of a fleet.

use std::fmt;
use std::ops::Deref;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::messages::{Grants, Report, Status};
use crate::pacer::{Pacer, now};

/// A process' part of a limit that many share: its pacer gets the turns of its callers from a
/// [`Coordinator`](super::Coordinator) as long as this lives.
///
/// `P` is a `&'static Pacer`, an `Arc<Pacer>`, or whatever else points to one. A pacer can be in one fleet only.
pub struct Member<P: Deref<Target = Pacer>> {
    pacer: P,
}

impl<P: Deref<Target = Pacer>> Member<P> {
    /// From now on, turns come from the coordinator. Callers who wait go on waiting. `None` if the pacer is in a fleet
    /// already.
    pub fn join(pacer: P) -> Option<Self> {
        let wakes = pacer.lock().join(pacer.plan)?;
        wakes.wake();
        Some(Self { pacer })
    }

    /// Its pacer.
    pub fn pacer(&self) -> &P {
        &self.pacer
    }

    /// What the coordinator has to know now; if that is nothing, the waker is called when there is something. With
    /// `always`, there is a report anyway.
    ///
    /// Reports have to be heard in their order, each at least once.
    pub fn report(&self, always: bool, waker: &Waker) -> Option<Report> {
        let mut state = self.pacer.lock();
        state.report(now(), always, waker)
    }

    /// Whether callers wait or calls are in flight, so that the coordinator should hear of this process.
    pub fn is_active(&self) -> bool {
        let state = self.pacer.lock();
        state.waiting() > 0 || state.in_flight() > 0
    }

    /// Turns came; `clock` tells when that is, on the clock of this process, which they say on that which all share.
    pub fn granted(&self, grants: Grants, clock: impl Fn(Duration) -> Instant) {
        let wakes = self.pacer.lock().granted(self.pacer.plan, now(), grants, clock);
        wakes.wake();
    }

    /// The coordinator says what matters to all.
    pub fn told(&self, status: Status, clock: impl Fn(Duration) -> Instant) {
        let wakes = self.pacer.lock().status(self.pacer.plan, now(), status, clock);
        wakes.wake();
    }

    /// The coordinator can't be reached: from now on the pacer goes on by itself, with this process' share of the limit as it
    /// was last known.
    ///
    /// A limit that was told is divided by the members, and spread over its window, as nobody knows how much of it is used. A
    /// pacer that finds its limit goes no faster than its part of the rate, and finds out by itself what passes. If the
    /// coordinator was never reached, the pacer has all of the limit.
    pub fn part(&self) {
        let wakes = self.pacer.lock().part(self.pacer.plan, now());
        wakes.wake();
    }

    /// The coordinator can be reached again.
    pub fn rejoin(&self) {
        let wakes = self.pacer.lock().rejoin();
        wakes.wake();
    }
}

impl<P: Deref<Target = Pacer>> Drop for Member<P> {
    fn drop(&mut self) {
        let wakes = self.pacer.lock().leave_fleet(self.pacer.plan, now());
        wakes.wake();
    }
}

impl<P: Deref<Target = Pacer>> fmt::Debug for Member<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("pacer", &*self.pacer).finish()
    }
}
