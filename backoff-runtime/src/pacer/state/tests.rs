//! Whatever callers do, somebody always comes to hold the timer: no wake is lost, and nobody waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use proptest::prelude::*;

use super::*;
use crate::pacer::controller::End;
use crate::pacer::plan::{Counts, Quota};

fn spread(rate: f64) -> Plan {
    let quota = Quota { counts: Counts::Costs, amount: rate, window: 1.0, spread: true, margin: Some(1.0) };
    Plan::told().and(quota)
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A caller that is asked only when it was woken, or when its timer is over; and not while it is away.
struct Waiting {
    away: bool,
    caller: Caller,
    woken: Arc<Flag>,
    timer: Option<Instant>,
}

struct World {
    state: State,
    plan: Plan,
    now: Instant,
    waiting: Vec<Waiting>,
    turns: Vec<(Sent, Ticket)>,
    /// How often callers were asked.
    asked: usize,
}

impl World {
    fn new(plan: Plan) -> Self {
        Self {
            state: State::new(),
            plan,
            now: Instant::now(),
            waiting: Vec::new(),
            turns: Vec::new(),
            asked: 0,
        }
    }

    fn come(&mut self, ticket: Option<Ticket>, patience: Option<Duration>) {
        let deadline = patience.map(|patience| self.now + patience);
        let caller = Caller { ticket, cost: 1, deadline, joined: false, missed: 0 };
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        self.waiting.push(Waiting { away: false, caller, woken, timer: None });
    }

    /// Asks all who are awake, until none is.
    fn run(&mut self) {
        while let Some(at) = self.waiting.iter().position(|waiting| {
            let woken = waiting.woken.0.load(Ordering::Relaxed);
            !waiting.away && (woken || waiting.timer.is_some_and(|timer| timer <= self.now))
        }) {
            let mut waiting = self.waiting.swap_remove(at);
            waiting.woken.0.store(false, Ordering::Relaxed);
            self.asked += 1;
            let waker = Waker::from(waiting.woken.clone());
            let (step, others) = self.state.step(self.plan, &mut waiting.caller, self.now, &waker);
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
                self.state.leave(self.plan, ticket, self.now).wake();
            }
        }
    }

    fn end(&mut self, which: usize, how: u8) {
        if !self.turns.is_empty() {
            let (sent, ticket) = self.turns.swap_remove(which % self.turns.len());
            let end = match how {
                0 => End::Unknown,
                1 => End::Refused(Some(2.0)),
                2 => End::Refused(None),
                _ => End::Accepted,
            };
            let others = self.state.news(self.plan, self.now, |controller, now| {
                controller.ended(now, sent, 1, end, false);
            });
            others.wake();
            if how == 1 {
                self.come(Some(ticket), None);
            }
        }
    }

    /// One is not asked for a while, or asked again.
    fn leave_or_return(&mut self, which: usize) {
        let len = self.waiting.len().max(1);
        if let Some(waiting) = self.waiting.get_mut(which % len) {
            waiting.away = !waiting.away;
        }
    }

    /// Those who wait and are asked.
    fn present(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter().filter(|waiting| !waiting.away)
    }

    fn next_timer(&self) -> Instant {
        let next = self.present().filter_map(|waiting| waiting.timer).min();
        next.expect("whoever waits has a timer").max(self.now)
    }

    fn timers(&self) -> usize {
        self.waiting.iter().filter(|waiting| waiting.timer.is_some()).count()
    }
}

proptest! {
    #[test]
    fn nobody_waits_for_ever_nor_for_those_who_are_not_asked(
        known: bool,
        events in prop::collection::vec((0_u64..3000, 0_u8..6, any::<usize>(), 0_u8..6), 1..200),
    ) {
        let plan = if known { spread(3.0) } else { Plan::adaptive() };
        let mut world = World::new(plan);
        for (after, what, which, how) in events {
            world.now += Duration::from_millis(after);
            match what {
                0 => world.drop_caller(which),
                1 => world.end(which, how),
                2 => world.leave_or_return(which),
                _ => world.come(None, (which % 3 == 0).then(|| Duration::from_millis(which as u64 % 5000))),
            }
            world.run();
            // Those who are away may have been taken out.
            let (present, all) = (world.present().count(), world.waiting.len());
            prop_assert!((present..=all).contains(&world.state.waiting()));
            prop_assert_eq!(world.state.in_flight(), world.turns.len());
        }
        // Each timer that is over moves somebody on; with no call ever ending, all get a turn or give up.
        while world.present().next().is_some() {
            world.now = world.next_timer();
            world.run();
        }
        world.waiting.iter_mut().for_each(|waiting| waiting.away = false);
        world.run();
        while !world.waiting.is_empty() {
            world.now = world.next_timer();
            world.run();
        }
        prop_assert_eq!(world.state.waiting(), 0);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However many turns went before, and whoever of those at the head is asked.
    #[test]
    fn a_crowd_that_is_not_asked_costs_a_few_milliseconds_each(
        rate in prop::sample::select(vec![1.0, 30.0, 1000.0, 100_000.0]),
        before in 1_usize..150,
        crowd in 1_usize..100,
        behind in 1_usize..100,
    ) {
        let mut world = World::new(spread(rate));
        (0..before + crowd + behind).for_each(|_| world.come(None, None));
        world.run();
        world.waiting.sort_by_key(|waiting| waiting.caller.ticket);
        let start = world.now;
        world.waiting.iter_mut().skip(before).take(crowd).for_each(|waiting| waiting.away = true);
        let present = world.present().count();
        while world.present().next().is_some() {
            world.now = world.next_timer();
            world.run();
        }
        let late = (world.now - start).as_secs_f64() - present as f64 / rate;
        prop_assert!(late <= 0.008 * crowd as f64 + 0.004, "{} cost {} s", crowd, late);
    }
}

#[test]
fn few_of_many_who_wait_are_asked_whenever_a_turn_is_due() {
    for rate in [1.0, 10.0, 10_000.0] {
        let mut world = World::new(spread(rate));
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
