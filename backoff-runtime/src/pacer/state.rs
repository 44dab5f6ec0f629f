//! What is behind the lock: the controller, the queue, and who may go.
//!
//! A turn is the front's as soon as it is due. If the front does not take it, whoever comes next may, a little later for
//! each who stands ahead of it; those are taken out, and stand by their age again when they come. So a caller that is
//! not polled costs the others [`GRACE`] once. Whoever changes when others may go finds out here whom to wake, and does
//! it after unlocking.

use std::task::Waker;
use std::time::{Duration, Instant};

use super::Learned;
use super::controller::{Seconds, Sent};
#[cfg(feature = "fleet")]
use super::fleet::Share;
use super::gate::Gate;
use super::plan::Plan;
use super::queue::{Queue, Ticket, Waiter};
use crate::rate_limit::RateLimit;

/// How long a turn waits for each who stands ahead: what a timer counts, and longer than most polls take.
const GRACE: Duration = Duration::from_millis(1);
/// A front that missed turns is waited for longer, twice as long for each, up to so many (31 times [`GRACE`]): what is
/// always polled a little late would else never have a turn, beside others that are polled at once.
const MOST_MISSED: u8 = 5;
/// More than so many who stand ahead are not waited for one by one, so that a crowd that nobody polls costs the others no
/// more; fewer would have far lookouts come at many turns.
const FAR: u32 = 256;
/// Who is no lookout comes by itself so many times later than it may go.
const LAZY: u32 = 256;
/// If the next turn is that far, those who would come before it in vain are told now, all at once: it takes less than a
/// timer for each.
const REST: Duration = Duration::from_millis(4);
/// How long a turn waits, in seconds, that comes sooner than anybody's timer knows: the front is only just woken.
const WAKING: Seconds = 0.05;

/// For so long waits who is to be woken by the end of a call, which comes nobody knows when.
const UNTIL_WOKEN: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Those to be woken once the lock is released.
#[derive(Debug, Default)]
#[must_use = "somebody waits to be woken"]
pub(super) struct Wakes(Vec<Waker>);

impl Wakes {
    pub(super) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

/// What a caller has to do.
#[derive(Debug)]
pub(super) enum Step {
    /// Make the call.
    Go(Sent, Ticket),
    /// Give up: its deadline comes first.
    TooLate,
    /// Wait to be woken, and no longer than until the instant; so many stand ahead.
    Wait { until: Instant, ahead: u32 },
}

/// A caller on its way to its turn.
#[derive(Debug)]
pub(super) struct Caller {
    /// The place it comes back to, if it was throttled.
    pub(super) ticket: Option<Ticket>,
    /// What its call takes from the limits.
    pub(super) cost: u64,
    pub(super) deadline: Option<Instant>,
    /// It stands in the queue, or stood there until it was taken out.
    pub(super) joined: bool,
    /// How many turns it missed.
    pub(super) missed: u8,
}

#[derive(Debug)]
pub(super) struct State {
    /// Where the seconds begin.
    origin: Option<Instant>,
    /// The latest time that was told.
    latest: Seconds,
    gate: Option<Gate>,
    /// What it goes on with as a member of a fleet, while it is on its own.
    #[cfg(feature = "fleet")]
    parted: Option<Share>,
    queue: Queue,
    /// Since when the turn is the front's, or later, for those behind it.
    opened: Seconds,
    /// The front to whom the next turn was offered.
    offered: Option<Ticket>,
    /// How often it was made as new: the end of a call from before is no news.
    resets: u32,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            origin: None,
            latest: 0.0,
            gate: None,
            #[cfg(feature = "fleet")]
            parted: None,
            queue: Queue::new(),
            opened: 0.0,
            offered: None,
            resets: 0,
        }
    }

    /// Makes it as new, but for those who wait: they go on in their order.
    pub(super) fn reset(&mut self) -> Wakes {
        let mut queue = std::mem::replace(&mut self.queue, Queue::new());
        let wakes = Wakes(queue.wake_all());
        let resets = self.resets.wrapping_add(1);
        let gate = self.gate.take();
        #[cfg(feature = "fleet")]
        let parted = self.parted.take();
        *self = Self {
            queue,
            resets,
            gate: gate.and_then(Gate::reset),
            #[cfg(feature = "fleet")]
            parted,
            ..Self::new()
        };
        wakes
    }

    pub(super) fn resets(&self) -> u32 {
        self.resets
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.gate.as_ref().map_or(0, |gate| gate.in_flight() as usize)
    }

    pub(super) fn rate(&mut self, plan: Plan) -> Option<f64> {
        self.gate(plan).rate()
    }

    /// What is known of the limit that is found by trying.
    pub(super) fn learned(&mut self, plan: Plan) -> Option<Learned> {
        self.gate(plan).learned()
    }

    /// What the server told of its limits, as it is now.
    pub(super) fn limits(&mut self, plan: Plan, now: Instant) -> Vec<RateLimit> {
        let seconds = self.seconds(now);
        self.gate(plan).limits(seconds)
    }

    /// What a caller has to do now.
    pub(super) fn step(
        &mut self,
        plan: Plan,
        caller: &mut Caller,
        now: Instant,
        waker: &Waker,
    ) -> (Step, Wakes) {
        self.tick(now);
        let hopeless = self.hopeless_before(plan, caller.cost, now);
        let mut others = self.queue.expire(hopeless);
        let news = !others.is_empty();
        let step = if caller.deadline.is_some_and(|deadline| deadline < hopeless) {
            Step::TooLate
        } else {
            self.step_in_time(plan, caller, now, waker, &mut others)
        };
        // Most who come only stay, and change nothing for others.
        if news || self.queue.front() != self.offered {
            others.extend(self.wakes(plan, now, false));
        }
        self.call_reporter(&mut others);
        (step, Wakes(others))
    }

    fn step_in_time(
        &mut self,
        plan: Plan,
        caller: &mut Caller,
        now: Instant,
        waker: &Waker,
        others: &mut Vec<Waker>,
    ) -> Step {
        let ticket = caller.ticket.unwrap_or_else(|| self.queue.issue());
        let ahead = self.queue.ahead_of(ticket);
        let offer = self.offer(plan, caller.cost);
        let mut until = offer(ahead);
        if until <= now {
            let passed = self.queue.call_ahead_of(ticket);
            if passed.is_empty() {
                self.queue.pass(ticket);
                return Step::Go(self.go(plan, ticket, now, caller), ticket);
            }
            // Those who are polled come now, and go first.
            others.extend(passed);
            until = now + GRACE;
        } else if !self.queue.looks_out(ticket, ahead) {
            until += GRACE * ahead.saturating_mul(LAZY);
        }
        // The turn that is due is the last in time, and not its own.
        if caller.deadline.is_some_and(|deadline| deadline <= now) {
            self.queue.leave(ticket);
            return Step::TooLate;
        }
        let until = caller.deadline.map_or(until, |deadline| until.min(deadline));
        self.stand(ticket, caller, until, waker);
        Step::Wait { until, ahead }
    }

    /// Stands in the queue: for the first time, still, or again after others passed.
    fn stand(&mut self, ticket: Ticket, caller: &mut Caller, until: Instant, waker: &Waker) {
        if caller.joined && self.queue.stay(ticket, waker, until) {
            return;
        }
        if caller.joined {
            caller.missed = MOST_MISSED.min(caller.missed + 1);
        }
        let Caller { deadline, missed, cost, .. } = *caller;
        let waiter = Waiter { waker: Some(waker.clone()), deadline, comes: until, missed, cost };
        caller.ticket = Some(self.queue.join(ticket, waiter));
        caller.joined = true;
    }

    fn go(&mut self, plan: Plan, ticket: Ticket, now: Instant, caller: &mut Caller) -> Sent {
        let seconds = self.seconds(now);
        self.queue.leave(ticket);
        let waiting = self.queue.len();
        let sent = self.gate(plan).sent(seconds, caller.cost, caller.joined, waiting);
        caller.joined = false;
        // The next turn is another.
        self.offered = None;
        sent
    }

    /// When a caller may go that has at most so many ahead of it.
    fn offer(&mut self, plan: Plan, cost: u64) -> impl Fn(u32) -> Instant + use<> {
        let due = self.due(plan, cost);
        let (front, others) = (self.instant(due), self.instant(due.max(self.opened)));
        let of_front = (1_u32 << self.queue.missed_by_front()) - 1;
        move |ahead| if ahead == 0 { front } else { others + GRACE * ahead.min(FAR).saturating_add(of_front) }
    }

    /// A caller stops waiting.
    pub(super) fn leave(&mut self, plan: Plan, ticket: Ticket, now: Instant) -> Wakes {
        self.seconds(now);
        self.queue.leave(ticket);
        let mut wakes = self.wakes(plan, now, false);
        self.call_reporter(&mut wakes);
        Wakes(wakes)
    }

    /// There is news of a call, which `tell` tells whoever decides.
    pub(super) fn news(&mut self, plan: Plan, now: Instant, tell: impl FnOnce(&mut Gate, Seconds)) -> Wakes {
        let seconds = self.seconds(now);
        let cost = self.queue.cost_of_front();
        let before = self.due(plan, cost);
        tell(self.gate(plan), seconds);
        let sooner = self.due(plan, cost) < before && before > seconds;
        if sooner {
            self.opened = seconds + WAKING;
        }
        let mut wakes = self.wakes(plan, now, sooner);
        self.call_reporter(&mut wakes);
        Wakes(wakes)
    }

    /// It is that late now.
    fn tick(&mut self, now: Instant) {
        let seconds = self.seconds(now);
        #[cfg(feature = "fleet")]
        if let Some(Gate::Shared(share)) = &mut self.gate {
            share.give_back_stale(seconds);
        }
        #[cfg(not(feature = "fleet"))]
        let _ = seconds;
    }

    /// Whoever reports to a coordinator is called, if there is something to report.
    #[cfg_attr(not(feature = "fleet"), allow(clippy::unused_self, reason = "there is no coordinator"))]
    fn call_reporter(&mut self, wakes: &mut Vec<Waker>) {
        #[cfg(feature = "fleet")]
        if let Some(Gate::Shared(share)) = &mut self.gate {
            wakes.extend(share.call_reporter(self.queue.len()));
        }
        #[cfg(not(feature = "fleet"))]
        let _ = wakes;
    }

    /// Takes out those whose deadline comes before any turn, and finds who must come earlier than it would by itself;
    /// `all`, if the turn itself comes sooner.
    fn wakes(&mut self, plan: Plan, now: Instant, all: bool) -> Vec<Waker> {
        let cost = self.queue.cost_of_front();
        let hopeless = self.hopeless_before(plan, cost, now);
        let mut wakes = self.queue.expire(hopeless);
        let front = self.queue.front();
        if front != self.offered {
            self.offered = front;
            self.opened = self.opened.max(self.latest);
        }
        let offer = self.offer(plan, self.queue.cost_of_front());
        let due = offer(0);
        if due > now + REST {
            wakes.extend(self.queue.call_early(due));
        }
        wakes.extend(self.queue.call(all, offer));
        wakes
    }

    fn gate(&mut self, plan: Plan) -> &mut Gate {
        self.gate.get_or_insert_with(|| Gate::new(plan))
    }

    /// When a call of this cost is due, if nothing happens before.
    fn due(&mut self, plan: Plan, cost: u64) -> Seconds {
        let waiting = self.queue.len().max(1);
        self.gate(plan).due(cost, waiting)
    }

    /// When the next turn is due.
    pub(super) fn due_at(&mut self, plan: Plan, now: Instant) -> Instant {
        self.seconds(now);
        let due = self.due(plan, self.queue.cost_of_front());
        self.instant(due)
    }

    /// Until when no call goes, whatever happens, if that is in the future.
    pub(super) fn closed_until(&mut self, plan: Plan, now: Instant) -> Option<Instant> {
        let seconds = self.seconds(now);
        let (cost, waiting) = (self.queue.cost_of_front(), self.queue.len().max(1));
        let earliest = self.gate(plan).earliest(cost, waiting);
        (earliest > seconds).then(|| self.instant(earliest))
    }

    /// Whether it is known that no turn comes until the deadline.
    pub(super) fn is_closed_until(&mut self, plan: Plan, deadline: Instant, now: Instant) -> bool {
        self.seconds(now);
        let cost = self.queue.cost_of_front();
        deadline < self.hopeless_before(plan, cost, now)
    }

    /// No turn for a call of this cost comes before this instant, so nobody with an earlier deadline needs to wait on.
    fn hopeless_before(&mut self, plan: Plan, cost: u64, now: Instant) -> Instant {
        let waiting = self.queue.len().max(1);
        let controller = self.gate(plan);
        let (earliest, due) = (controller.earliest(cost, waiting), controller.due(cost, waiting));
        // Who must go now or never can't, if it's not yet time.
        let now = if self.instant(due) > now { now + Duration::from_nanos(1) } else { now };
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

    /// The seconds of another instant.
    #[cfg(feature = "fleet")]
    fn seconds_at(&self, instant: Instant) -> Seconds {
        let origin = self.origin.unwrap_or(instant);
        instant.saturating_duration_since(origin).as_secs_f64()
    }

    fn instant(&self, seconds: Seconds) -> Instant {
        let origin = self.origin.unwrap_or_else(Instant::now);
        let after = Duration::try_from_secs_f64(seconds).unwrap_or(UNTIL_WOKEN).min(UNTIL_WOKEN);
        origin.checked_add(after).unwrap_or(origin)
    }
}

#[cfg(feature = "fleet")]
mod fleet;
#[cfg(test)]
mod tests;
