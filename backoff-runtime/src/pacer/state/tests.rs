//! Whatever callers do, somebody always comes to hold the timer: no wake is lost, and nobody waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A caller that is asked only when it was woken, or when its timer is over.
struct Waiting {
    caller: Caller,
    woken: Arc<Flag>,
    timer: Option<Instant>,
}

struct World {
    state: State,
    limit: Limit,
    now: Instant,
    waiting: Vec<Waiting>,
    turns: Vec<(Sent, Ticket)>,
    /// How often callers were asked.
    asked: usize,
}

impl World {
    fn new(limit: Limit) -> Self {
        Self {
            state: State::new(),
            limit,
            now: Instant::now(),
            waiting: Vec::new(),
            turns: Vec::new(),
            asked: 0,
        }
    }

    fn come(&mut self, ticket: Option<Ticket>, patience: Option<Duration>) {
        let deadline = patience.map(|patience| self.now + patience);
        let caller = Caller { ticket, deadline, joined: false, missed: 0 };
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        self.waiting.push(Waiting { caller, woken, timer: None });
    }

    /// Asks all who are awake, until none is.
    fn run(&mut self) {
        while let Some(at) = self.waiting.iter().position(|waiting| {
            waiting.woken.0.load(Ordering::Relaxed) || waiting.timer.is_some_and(|timer| timer <= self.now)
        }) {
            let mut waiting = self.waiting.swap_remove(at);
            waiting.woken.0.store(false, Ordering::Relaxed);
            self.asked += 1;
            let waker = Waker::from(waiting.woken.clone());
            let (step, others) = self.state.step(self.limit, &mut waiting.caller, self.now, &waker);
            others.wake();
            match step {
                Step::Go(sent, ticket) => self.turns.push((sent, ticket)),
                Step::TooLate => assert!(waiting.caller.deadline.is_some()),
                Step::Wait { until: timer, .. } => {
                    // Woken in vain would be for ever: a timer is in the future.
                    assert!(timer > self.now);
                    waiting.timer = Some(timer);
                    self.waiting.push(waiting);
                }
            }
        }
    }

    fn drop_caller(&mut self, which: usize) {
        if !self.waiting.is_empty() {
            let Waiting { caller, .. } = self.waiting.swap_remove(which % self.waiting.len());
            if let (Some(ticket), true) = (caller.ticket, caller.joined) {
                self.state.leave(self.limit, ticket, self.now).wake();
            }
        }
    }

    fn end(&mut self, which: usize, how: u8) {
        if !self.turns.is_empty() {
            let (sent, ticket) = self.turns.swap_remove(which % self.turns.len());
            let others = self.state.end(self.limit, self.now, |controller, now| match how {
                0 => controller.ended(),
                1 => controller.throttled(now, sent, Some(2.0)),
                2 => controller.throttled(now, sent, None),
                _ => controller.accepted(now, sent),
            });
            others.wake();
            if how == 1 {
                self.come(Some(ticket), None);
            }
        }
    }

    fn next_timer(&self) -> Instant {
        let next = self.waiting.iter().filter_map(|waiting| waiting.timer).min();
        next.expect("whoever waits has a timer").max(self.now)
    }

    fn timers(&self) -> usize {
        self.waiting.iter().filter(|waiting| waiting.timer.is_some()).count()
    }
}

proptest! {
    #[test]
    fn nobody_waits_for_ever(
        known: bool,
        events in prop::collection::vec((0_u64..3000, 0_u8..4, any::<usize>(), 0_u8..6), 1..200),
    ) {
        let limit = if known { Limit::Known { rate: 3.0, margin: 1.0 } } else { Limit::Unknown };
        let mut world = World::new(limit);
        for (after, what, which, how) in events {
            world.now += Duration::from_millis(after);
            match what {
                0 => world.drop_caller(which),
                1 => world.end(which, how),
                _ => world.come(None, (which % 3 == 0).then(|| Duration::from_millis(which as u64 % 5000))),
            }
            world.run();
            prop_assert_eq!(world.state.waiting(), world.waiting.len());
            prop_assert_eq!(world.state.in_flight(), world.turns.len());
        }
        // Each timer that is over moves somebody on; with no call ever ending, all get a turn or give up.
        while !world.waiting.is_empty() {
            world.now = world.next_timer();
            world.run();
        }
    }
}

#[test]
fn few_of_many_who_wait_are_asked_whenever_a_turn_is_due() {
    for rate in [1.0, 10.0, 10_000.0] {
        let mut world = World::new(Limit::Known { rate, margin: 1.0 });
        (0..1000).for_each(|_| world.come(None, Some(Duration::from_secs(5000))));
        world.run();
        assert_eq!((world.waiting.len(), world.timers()), (999, 999));
        while !world.waiting.is_empty() {
            world.now = world.next_timer();
            world.run();
        }
        assert!(world.asked < 30_000, "{} a turn at {rate}/s", world.asked / 1000);
    }
}
