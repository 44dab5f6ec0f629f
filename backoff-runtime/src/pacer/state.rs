//! What is behind the lock: the controller, the queue, and who of the queue holds the timer.
//!
//! Only the front of the queue has a timer, for the instant at which it may go or at which somebody's time is over.
//! Whoever changes that instant, or leaves the front, finds out here whom to wake, and does it after unlocking.

use std::task::Waker;
use std::time::{Duration, Instant};

use super::adaptive::Adaptive;
use super::controller::{Controller, Seconds, Sent};
use super::per_second::PerSecond;
use super::queue::{Queue, Ticket};

/// What a pacer was told of the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    Unknown,
    /// Calls per second, and the share of them to use.
    Known {
        rate: f64,
        margin: f64,
    },
}

impl Limit {
    fn controller(self) -> Controller {
        match self {
            Self::Unknown => Controller::Adaptive(Adaptive::new()),
            Self::Known { rate, margin } => Controller::PerSecond(PerSecond::new(rate, margin)),
        }
    }
}

/// Those to be woken once the lock is released.
#[derive(Debug, Default)]
#[must_use = "somebody waits to be woken"]
pub(super) struct Wakes {
    front: Option<Waker>,
    expired: Vec<Waker>,
}

impl Wakes {
    pub(super) fn wake(self) {
        self.front.into_iter().chain(self.expired).for_each(Waker::wake);
    }
}

/// What a caller has to do.
#[derive(Debug)]
pub(super) enum Step {
    /// Make the call.
    Go(Sent, Ticket),
    /// Give up: its deadline comes first.
    TooLate,
    /// Wait to be woken, and no longer than until the instant.
    Wait(Option<Instant>),
}

/// A caller on its way to its turn.
#[derive(Debug)]
pub(super) struct Caller {
    /// The place it comes back to, if it was throttled.
    pub(super) ticket: Option<Ticket>,
    pub(super) deadline: Option<Instant>,
    /// It stands in the queue, or stood there until its deadline.
    pub(super) joined: bool,
}

#[derive(Debug)]
pub(super) struct State {
    /// Where the seconds begin.
    origin: Option<Instant>,
    /// The latest time that was told.
    latest: Seconds,
    controller: Option<Controller>,
    queue: Queue,
    in_flight: usize,
    /// How often it was made as new: the end of a call from before is no news.
    resets: u32,
    /// When the front comes by itself.
    armed: Option<Instant>,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            origin: None,
            latest: 0.0,
            controller: None,
            queue: Queue::new(),
            in_flight: 0,
            resets: 0,
            armed: None,
        }
    }

    /// Makes it as new, but for those who wait: they go on in their order.
    pub(super) fn reset(&mut self) -> Wakes {
        let mut queue = std::mem::replace(&mut self.queue, Queue::new());
        let wakes = Wakes { front: None, expired: queue.wake_all() };
        *self = Self { queue, resets: self.resets.wrapping_add(1), ..Self::new() };
        wakes
    }

    pub(super) fn resets(&self) -> u32 {
        self.resets
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn rate(&self) -> Option<f64> {
        self.controller.as_ref().and_then(Controller::rate)
    }

    /// What a caller has to do now.
    pub(super) fn step(
        &mut self,
        limit: Limit,
        caller: &mut Caller,
        now: Instant,
        waker: &Waker,
    ) -> (Step, Wakes) {
        self.seconds(now);
        let expired = self.expire(limit, now);
        let step = self.step_on(limit, caller, now, waker);
        let mut others = self.wakes(limit, now);
        others.expired.extend(expired);
        (step, others)
    }

    fn step_on(&mut self, limit: Limit, caller: &mut Caller, now: Instant, waker: &Waker) -> Step {
        let due = self.due(limit);
        let hopeless = self.hopeless_before(limit, now);
        let expired = caller.joined && caller.ticket.is_none_or(|ticket| !self.queue.contains(ticket));
        if expired || caller.deadline.is_some_and(|deadline| deadline < hopeless) {
            return Step::TooLate;
        }
        let ticket = caller.ticket.unwrap_or_else(|| self.queue.issue());
        let first = self.queue.front().is_none_or(|front| ticket <= front);
        if first && due <= now {
            return Step::Go(self.go(limit, ticket, now, caller), ticket);
        }
        if caller.joined {
            self.queue.register(ticket, waker);
        } else {
            let ticket = self.queue.join(ticket, caller.deadline, waker);
            *caller = Caller { ticket: Some(ticket), joined: true, ..*caller };
        }
        Step::Wait(first.then(|| self.arm(due)))
    }

    fn go(&mut self, limit: Limit, ticket: Ticket, now: Instant, caller: &mut Caller) -> Sent {
        let seconds = self.seconds(now);
        let sent = self.controller(limit).sent(seconds, caller.joined);
        self.in_flight += 1;
        self.queue.leave(ticket);
        caller.joined = false;
        self.armed = None;
        sent
    }

    /// The front takes the timer.
    fn arm(&mut self, due: Instant) -> Instant {
        let until = self.queue.first_deadline().map_or(due, |deadline| due.min(deadline));
        self.armed = Some(until);
        until
    }

    /// A caller stops waiting.
    pub(super) fn leave(&mut self, limit: Limit, ticket: Ticket, now: Instant) -> Wakes {
        if self.queue.front() == Some(ticket) {
            self.armed = None;
        }
        self.queue.leave(ticket);
        self.wakes(limit, now)
    }

    /// A call ended; `tell` tells the controller how.
    pub(super) fn end(
        &mut self,
        limit: Limit,
        now: Instant,
        tell: impl FnOnce(&mut Controller, Seconds),
    ) -> Wakes {
        self.in_flight = self.in_flight.saturating_sub(1);
        let seconds = self.seconds(now);
        tell(self.controller(limit), seconds);
        self.wakes(limit, now)
    }

    /// Takes out those whose deadline comes before any turn, and finds whether the front must come to hold the timer.
    fn wakes(&mut self, limit: Limit, now: Instant) -> Wakes {
        let mut wakes = Wakes { front: None, expired: self.expire(limit, now) };
        if self.queue.len() == 0 {
            self.armed = None;
            return wakes;
        }
        let due = self.due(limit);
        let wanted = self.queue.first_deadline().map_or(due, |deadline| due.min(deadline));
        if self.armed.is_none_or(|armed| wanted < armed) {
            wakes.front = self.queue.wake_front();
            self.armed = Some(wanted);
        }
        wakes
    }

    fn expire(&mut self, limit: Limit, now: Instant) -> Vec<Waker> {
        let front = self.queue.front();
        let hopeless = self.hopeless_before(limit, now);
        let expired = self.queue.expire(hopeless);
        if self.queue.front() != front {
            self.armed = None;
        }
        expired
    }

    fn controller(&mut self, limit: Limit) -> &mut Controller {
        self.controller.get_or_insert_with(|| limit.controller())
    }

    fn due(&mut self, limit: Limit) -> Instant {
        let due = self.controller(limit).due();
        self.instant(due)
    }

    /// When the next turn is due.
    pub(super) fn due_at(&mut self, limit: Limit, now: Instant) -> Instant {
        self.seconds(now);
        self.due(limit)
    }

    /// Whether it is known that no turn comes until the deadline.
    pub(super) fn is_closed_until(&mut self, limit: Limit, deadline: Instant, now: Instant) -> bool {
        self.seconds(now);
        deadline < self.hopeless_before(limit, now)
    }

    /// No turn comes before this instant, so nobody with an earlier deadline needs to wait on.
    fn hopeless_before(&mut self, limit: Limit, now: Instant) -> Instant {
        let earliest = self.controller(limit).earliest();
        // Who must go now or never can't, if it's not yet time.
        let now = if self.due(limit) > now { now + Duration::from_nanos(1) } else { now };
        self.instant(earliest).max(now)
    }

    /// The seconds of an instant. Threads may tell theirs a little out of order; a clock that was set back (a test
    /// that pauses its own, after another did) goes on from where the time was.
    fn seconds(&mut self, now: Instant) -> Seconds {
        let origin = *self.origin.get_or_insert(now);
        let seconds = now.saturating_duration_since(origin).as_secs_f64();
        if seconds + 1.0 < self.latest {
            let back = Duration::try_from_secs_f64(self.latest).unwrap_or_default();
            self.origin = now.checked_sub(back).or(Some(now));
        }
        self.latest = seconds.max(self.latest);
        self.latest
    }

    fn instant(&self, seconds: Seconds) -> Instant {
        let origin = self.origin.unwrap_or_else(Instant::now);
        let after = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        origin.checked_add(after).unwrap_or(origin)
    }
}

#[cfg(test)]
mod tests;
