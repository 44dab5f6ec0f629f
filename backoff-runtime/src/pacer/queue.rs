//! Who waits, in which order, and until when: the oldest caller first.
//!
//! A ticket is a caller's age. An attempt that was throttled comes back with the ticket that it had, and so stands at
//! the head again, among others that were throttled by age. All is O(log n) in the number of waiters.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;
use std::time::Instant;

/// A caller's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiter {
    /// Taken when it is woken; it leaves a new one if it has still to wait.
    waker: Option<Waker>,
    deadline: Option<Instant>,
}

/// Those who wait for their turn.
#[derive(Debug)]
pub(super) struct Queue {
    issued: u64,
    waiters: BTreeMap<Ticket, Waiter>,
    deadlines: BTreeSet<(Instant, Ticket)>,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { issued: 0, waiters: BTreeMap::new(), deadlines: BTreeSet::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(super) fn front(&self) -> Option<Ticket> {
        self.waiters.first_key_value().map(|(ticket, _)| *ticket)
    }

    /// A ticket behind all others.
    pub(super) fn issue(&mut self) -> Ticket {
        self.issued += 1;
        Ticket(self.issued)
    }

    /// Joins at the ticket's place. A ticket that is there already (of another pacer, then) is replaced by a new one.
    pub(super) fn join(&mut self, ticket: Ticket, deadline: Option<Instant>, waker: &Waker) -> Ticket {
        let ticket = if self.contains(ticket) { self.issue() } else { ticket };
        self.deadlines.extend(deadline.map(|deadline| (deadline, ticket)));
        self.waiters.insert(ticket, Waiter { waker: Some(waker.clone()), deadline });
        ticket
    }

    /// Whether the ticket still waits.
    pub(super) fn contains(&self, ticket: Ticket) -> bool {
        self.waiters.contains_key(&ticket)
    }

    /// Says whom to wake for the ticket.
    pub(super) fn register(&mut self, ticket: Ticket, waker: &Waker) {
        if let Some(waiter) = self.waiters.get_mut(&ticket) {
            match &mut waiter.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
    }

    /// Takes a ticket out; false if it was not there.
    pub(super) fn leave(&mut self, ticket: Ticket) -> bool {
        let Some(waiter) = self.waiters.remove(&ticket) else { return false };
        if let Some(deadline) = waiter.deadline {
            self.deadlines.remove(&(deadline, ticket));
        }
        true
    }

    /// The waker of the front, unless it was woken already.
    pub(super) fn wake_front(&mut self) -> Option<Waker> {
        self.waiters.first_entry().and_then(|mut front| front.get_mut().waker.take())
    }

    /// The wakers of all who were not woken already.
    pub(super) fn wake_all(&mut self) -> Vec<Waker> {
        self.waiters.values_mut().filter_map(|waiter| waiter.waker.take()).collect()
    }

    /// The first deadline of all.
    pub(super) fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out all whose deadline is before the instant.
    pub(super) fn expire(&mut self, before: Instant) -> Vec<Waker> {
        let mut expired = Vec::new();
        while let Some(&(deadline, ticket)) = self.deadlines.first()
            && deadline < before
        {
            self.deadlines.pop_first();
            expired.extend(self.waiters.remove(&ticket).and_then(|waiter| waiter.waker));
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn join(queue: &mut Queue, deadline: Option<Instant>) -> Ticket {
        let ticket = queue.issue();
        queue.join(ticket, deadline, Waker::noop())
    }

    #[test]
    fn the_oldest_goes_first_and_who_comes_back_stands_by_age() {
        let mut queue = Queue::new();
        let [first, second, third] = [(); 3].map(|()| join(&mut queue, None));
        assert!(queue.leave(first) && queue.leave(second));
        assert_eq!(queue.front(), Some(third));
        queue.join(second, None, Waker::noop());
        queue.join(first, None, Waker::noop());
        assert_eq!(queue.front(), Some(first));
        assert!(queue.leave(first) && !queue.leave(first));
        assert_eq!((queue.front(), queue.len()), (Some(second), 2));
    }

    #[test]
    fn a_ticket_of_another_queue_takes_nobodys_place() {
        let mut queue = Queue::new();
        let ours = join(&mut queue, None);
        let theirs = queue.join(ours, None, Waker::noop());
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
        assert_eq!(queue.first_deadline(), Some(second(1)));
        assert_eq!(queue.expire(second(3)).len(), 2);
        assert!(queue.contains(patient) && queue.contains(late));
        assert_eq!(queue.first_deadline(), Some(second(9)));
        queue.leave(late);
        assert_eq!(queue.first_deadline(), None);
    }

    #[test]
    fn who_was_woken_is_not_woken_again_before_it_came() {
        let mut queue = Queue::new();
        let ticket = join(&mut queue, None);
        assert!(queue.wake_front().is_some());
        assert!(queue.wake_front().is_none());
        queue.register(ticket, Waker::noop());
        assert!(queue.wake_front().is_some());
    }
}
