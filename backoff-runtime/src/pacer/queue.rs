//! Who waits, in which order, and until when: the oldest caller first.
//!
//! A ticket is a caller's age. An attempt that was throttled comes back with the ticket that it had, and so stands at
//! the head again, among others that were throttled by age. All is O(log n) in the number of waiters.
//!
//! Whether a caller is polled shows only when it comes. So each has a timer and comes by itself at last. That all come
//! whenever a turn is due would cost too much, so only lookouts do, one at each distance that doubles: should nobody of
//! a crowd at the head come, a lookout behind it does. Who becomes one, as others leave, is called.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;
use std::time::Instant;

/// A caller's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Ticket {
    /// Where lookouts stand behind this front: for each power of two one, farther than that and at most twice as far. It
    /// stays there until the front has moved by that power, so few are called for each who leaves.
    fn posts(self) -> impl Iterator<Item = Self> {
        (0..u64::BITS - 2).map(move |power| Self(((self.0 >> power) + 2) << power))
    }
}

/// So many who stand ahead are counted; more are estimated.
const COUNTED: usize = 8;
/// So many at the head are all lookouts.
const NEAR: u32 = 4;

/// A caller in the queue.
#[derive(Debug)]
pub(super) struct Waiter {
    /// Taken when it is woken; it leaves a new one if it has still to wait.
    pub(super) waker: Option<Waker>,
    pub(super) deadline: Option<Instant>,
    /// When it comes by itself.
    pub(super) comes: Instant,
    /// How many turns it missed, as it did not come for them.
    pub(super) missed: u8,
    /// What its call takes from the limits.
    pub(super) cost: u64,
}

impl Waiter {
    /// Its waker, if it would come after the instant and was not woken yet.
    fn call(&mut self, by: Instant) -> Option<Waker> {
        if self.comes > by { self.waker.take() } else { None }
    }

    /// Its waker, if it would come before the instant and was not woken yet.
    fn call_before(&mut self, due: Instant) -> Option<Waker> {
        if self.comes < due { self.waker.take() } else { None }
    }
}

/// Those who wait for their turn.
#[derive(Debug)]
pub(super) struct Queue {
    issued: u64,
    waiters: BTreeMap<Ticket, Waiter>,
    deadlines: BTreeSet<(Instant, Ticket)>,
    /// The front for which lookouts were called last.
    called_for: Ticket,
    /// A lookout left, or may have.
    gap: bool,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self {
            issued: 0,
            waiters: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            called_for: Ticket(0),
            gap: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(super) fn front(&self) -> Option<Ticket> {
        self.waiters.first_key_value().map(|(ticket, _)| *ticket)
    }

    /// How many turns the front missed.
    pub(super) fn missed_by_front(&self) -> u8 {
        self.waiters.first_key_value().map_or(0, |(_, front)| front.missed)
    }

    /// What the call of the front takes from the limits; 1 if nobody waits.
    pub(super) fn cost_of_front(&self) -> u64 {
        self.waiters.first_key_value().map_or(1, |(_, front)| front.cost)
    }

    /// What their calls take from the limits, in their order.
    #[cfg(feature = "fleet")]
    pub(super) fn costs(&self) -> impl Iterator<Item = u64> {
        self.waiters.values().map(|waiter| waiter.cost)
    }

    /// How many stand ahead of the ticket; if they are many, at most so many.
    pub(super) fn ahead_of(&self, ticket: Ticket) -> u32 {
        let counted = self.waiters.keys().take(COUNTED).take_while(|other| **other < ticket).count();
        match self.front() {
            Some(front) if counted == COUNTED => {
                let most = (ticket.0 - front.0).min(self.waiters.len() as u64);
                u32::try_from(most).unwrap_or(u32::MAX)
            }
            _ => counted as u32,
        }
    }

    /// Whether the ticket is a lookout's, which has so many ahead of it.
    pub(super) fn looks_out(&self, ticket: Ticket, ahead: u32) -> bool {
        let (Some(front), Some((&before, _))) = (self.front(), self.waiters.range(..ticket).next_back())
        else {
            return true;
        };
        let last = self.waiters.last_key_value().is_none_or(|(last, _)| *last <= ticket);
        ahead < NEAR || last || front.posts().take_while(|post| *post <= ticket).any(|post| before < post)
    }

    /// A ticket behind all others.
    pub(super) fn issue(&mut self) -> Ticket {
        self.issued += 1;
        Ticket(self.issued)
    }

    /// Joins at the ticket's place. A ticket that is there already (of another pacer, then) is replaced by a new one.
    pub(super) fn join(&mut self, ticket: Ticket, waiter: Waiter) -> Ticket {
        let ticket = if self.waiters.contains_key(&ticket) { self.issue() } else { ticket };
        self.deadlines.extend(waiter.deadline.map(|deadline| (deadline, ticket)));
        self.waiters.insert(ticket, waiter);
        ticket
    }

    /// Says whom to wake for the ticket, and when it comes by itself; false if it is not in the queue.
    pub(super) fn stay(&mut self, ticket: Ticket, waker: &Waker, comes: Instant) -> bool {
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return false };
        match &mut waiter.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        waiter.comes = comes;
        true
    }

    /// Takes a ticket out, if it is there.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Waker> {
        let waiter = self.waiters.remove(&ticket)?;
        let was_front = self.front().is_none_or(|front| ticket < front);
        self.gap |= !was_front && self.looks_out(ticket, self.ahead_of(ticket));
        if let Some(deadline) = waiter.deadline {
            self.deadlines.remove(&(deadline, ticket));
        }
        waiter.waker
    }

    /// Takes out all who stand ahead of the ticket.
    pub(super) fn pass(&mut self, ticket: Ticket) {
        while let Some(front) = self.front().filter(|front| *front < ticket) {
            self.leave(front);
        }
    }

    /// The wakers of all who were not woken already.
    pub(super) fn wake_all(&mut self) -> Vec<Waker> {
        self.waiters.values_mut().filter_map(|waiter| waiter.waker.take()).collect()
    }

    /// Takes out all whose deadline is before the instant; returns whom to wake of them.
    pub(super) fn expire(&mut self, before: Instant) -> Vec<Waker> {
        let mut expired = Vec::new();
        while let Some(&(deadline, ticket)) = self.deadlines.first()
            && deadline < before
        {
            expired.extend(self.leave(ticket));
        }
        expired
    }

    /// Calls all who stand ahead of the ticket; returns whom to wake of them.
    pub(super) fn call_ahead_of(&mut self, ticket: Ticket) -> Vec<Waker> {
        self.waiters.range_mut(..ticket).filter_map(|(_, waiter)| waiter.waker.take()).collect()
    }

    /// Calls the lookouts that would come before the instant, which is when the front may go.
    pub(super) fn call_early(&mut self, due: Instant) -> Vec<Waker> {
        let Some(front) = self.front() else { return Vec::new() };
        let mut called = Vec::new();
        for waiter in self.waiters.values_mut().take(NEAR as usize).skip(1) {
            called.extend(waiter.call_before(due));
        }
        for post in front.posts() {
            let Some((_, waiter)) = self.waiters.range_mut(post..).next() else { break };
            called.extend(waiter.call_before(due));
        }
        called
    }

    /// Calls the front and the new lookouts, or for `all` each, if they would come too late. `by` says when one may go
    /// that has so many ahead of it.
    pub(super) fn call(&mut self, all: bool, by: impl Fn(u32) -> Instant) -> Vec<Waker> {
        let mut called = Vec::new();
        let Some(mut first) = self.waiters.first_entry() else { return called };
        let front = *first.key();
        called.extend(first.get_mut().call(by(0)));
        let others = if all || self.gap { u64::MAX } else { front.0 ^ self.called_for.0 };
        (self.called_for, self.gap) = (front, false);
        for post in front.posts().take((u64::BITS - others.leading_zeros()) as usize) {
            let found = self.waiters.range(post..).next();
            let Some((&lookout, _)) = found.or(self.waiters.last_key_value()) else { break };
            // One that was a lookout farther back, so as not to be called again at each distance, comes soon enough.
            let by = by(2 * self.ahead_of(lookout));
            called.extend(self.waiters.get_mut(&lookout).and_then(|waiter| waiter.call(by)));
            if lookout < post {
                break;
            }
        }
        called
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn waiter(deadline: Option<Instant>, comes: Instant) -> Waiter {
        Waiter { waker: Some(Waker::noop().clone()), deadline, comes, missed: 0, cost: 1 }
    }

    fn join(queue: &mut Queue, deadline: Option<Instant>) -> Ticket {
        let ticket = queue.issue();
        queue.join(ticket, waiter(deadline, Instant::now()))
    }

    fn stands(queue: &Queue, ticket: Ticket) -> bool {
        queue.waiters.contains_key(&ticket)
    }

    #[test]
    fn the_oldest_goes_first_and_who_comes_back_stands_by_age() {
        let mut queue = Queue::new();
        let [first, second, third] = [(); 3].map(|()| join(&mut queue, None));
        assert!(queue.leave(first).is_some() && queue.leave(second).is_some());
        assert_eq!(queue.front(), Some(third));
        queue.join(second, waiter(None, Instant::now()));
        queue.join(first, waiter(None, Instant::now()));
        assert_eq!(queue.front(), Some(first));
        assert!(queue.leave(first).is_some() && queue.leave(first).is_none());
        assert_eq!((queue.front(), queue.len()), (Some(second), 2));
    }

    #[test]
    fn a_ticket_of_another_queue_takes_nobodys_place() {
        let mut queue = Queue::new();
        let ours = join(&mut queue, None);
        let theirs = queue.join(ours, waiter(None, Instant::now()));
        assert_ne!(ours, theirs);
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn those_who_cannot_make_it_leave_together_and_the_others_stay() {
        let mut queue = Queue::new();
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let patient = join(&mut queue, None);
        let late = join(&mut queue, Some(second(9)));
        join(&mut queue, Some(second(2)));
        join(&mut queue, Some(second(1)));
        assert_eq!(queue.expire(second(3)).len(), 2);
        assert!(stands(&queue, patient) && stands(&queue, late));
        queue.leave(late);
        assert!(queue.deadlines.is_empty());
    }

    #[test]
    fn those_who_are_passed_leave_with_their_deadlines() {
        let mut queue = Queue::new();
        let [_, _, third, fourth] = [(); 4].map(|()| join(&mut queue, Some(Instant::now())));
        queue.pass(third);
        assert_eq!((queue.front(), queue.len(), queue.deadlines.len()), (Some(third), 2, 2));
        assert!(stands(&queue, fourth));
    }

    #[test]
    fn few_who_stand_ahead_are_counted_and_many_are_not_underestimated() {
        let mut queue = Queue::new();
        let tickets: Vec<_> = (0..100).map(|_| join(&mut queue, None)).collect();
        // Each second one leaves.
        for ticket in tickets.iter().skip(1).step_by(2) {
            queue.leave(*ticket);
        }
        for (ahead, ticket) in tickets.iter().step_by(2).enumerate() {
            let most = if ahead < COUNTED { ahead } else { queue.len().min(2 * ahead) };
            assert_eq!(queue.ahead_of(*ticket) as usize, most);
        }
    }

    #[test]
    fn who_was_woken_is_not_woken_again_before_it_came() {
        let mut queue = Queue::new();
        let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        let ticket = queue.issue();
        queue.join(ticket, waiter(None, later));
        assert_eq!(queue.call(false, |_| now).len(), 1);
        assert!(queue.call(false, |_| now).is_empty());
        assert!(queue.stay(ticket, Waker::noop(), later));
        assert_eq!(queue.call(false, |_| now).len(), 1);
    }

    #[test]
    fn whatever_the_crowd_at_the_head_a_lookout_behind_it_comes_soon() {
        let mut queue = Queue::new();
        let (now, hour) = (Instant::now(), Duration::from_secs(3600));
        for _ in 0..1000 {
            let ticket = queue.issue();
            queue.join(ticket, waiter(None, now + hour));
        }
        let by = |ahead: u32| now + Duration::from_millis(ahead.into());
        let mut called = 0;
        while let Some(front) = queue.front() {
            called += queue.call(front == Ticket(1), by).len();
            let come: Vec<_> = queue.waiters.iter().filter(|(_, waiter)| waiter.waker.is_none()).collect();
            let come: Vec<_> =
                come.into_iter().map(|(ticket, _)| (*ticket, queue.ahead_of(*ticket))).collect();
            for (ticket, ahead) in come {
                assert!(queue.looks_out(ticket, ahead));
                queue.stay(ticket, Waker::noop(), by(ahead));
            }
            for crowd in [1, 3, 30, 200].into_iter().filter(|crowd| *crowd < queue.len()) {
                let behind = queue.waiters.values().skip(crowd).map(|waiter| waiter.comes).min();
                assert!(behind <= Some(by(8 * crowd as u32)), "{crowd} at {front:?}");
            }
            queue.leave(front);
        }
        assert!(called < 3000, "each is called about twice: {called}");
    }
}
