//! The controller alone against limits of every kind whose windows are longer than a second, in exact time.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::super::super::controller::{Controller, Seconds, Sent};
use super::super::super::per_second::PerSecond;
use super::super::Adaptive;

#[path = "../../../../../tests/src/rate_limits/limits.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of whole calls")]
mod limits;

use limits::Limit;

/// A server behind a network, and what is to be sent to it.
#[derive(Clone)]
struct World {
    limit: Limit,
    calls: u32,
    /// Refused calls are told how long to stay away, in whole seconds.
    hints: bool,
    round_trip: Seconds,
    /// The server needs so long for each call, one after the other: round trips grow under load.
    service: Seconds,
    /// A share of calls that pass the limit and then fail.
    failures: f64,
    /// As many callers, each with one call after the other.
    callers: u32,
}

fn world(limit: Limit, calls: u32) -> World {
    World { limit, calls, hints: true, round_trip: 0.05, service: 0.0, failures: 0.0, callers: u32::MAX }
}

enum Event {
    Wake,
    Arrives(Sent),
    Accepted(Sent),
    Failed,
    Refused(Sent, Option<Seconds>),
}

/// What happens, by time, whose bits are in order as it is never negative, and then by number.
#[derive(Default)]
struct Events {
    number: u32,
    events: BTreeMap<(u64, u32), Event>,
}

impl Events {
    fn add(&mut self, at: Seconds, event: Event) {
        self.number += 1;
        self.events.insert((at.to_bits(), self.number), event);
    }

    fn next(&mut self) -> (Seconds, Event) {
        let ((bits, _), event) = self.events.pop_first().expect("a call waits or is in flight");
        (f64::from_bits(bits), event)
    }
}

/// Sends all calls: how many are made, and when the last is accepted.
fn send(world: &World, mut pace: Controller, seed: u64) -> (u32, Seconds) {
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut limit, mut events) = (world.limit.clone(), Events::default());
    let mut waiting = world.calls.min(world.callers);
    let mut unborn = world.calls - waiting;
    let (mut made, mut left, mut busy, mut awake_at) = (0, world.calls, 0.0_f64, f64::MAX);
    let half_trip = |random: &mut SmallRng| world.round_trip * (0.5 + 0.1 * random.random::<f64>());
    events.add(0.0, Event::Wake);
    loop {
        let (now, event) = events.next();
        match event {
            Event::Wake => {}
            Event::Arrives(sent) => {
                made += 1;
                busy = busy.max(now) + world.service;
                let answer = match limit.take(now) {
                    Ok(()) if random.random::<f64>() < world.failures => Event::Failed,
                    Ok(()) => Event::Accepted(sent),
                    Err(after) => Event::Refused(sent, world.hints.then(|| (after - 1e-9).ceil().max(1.0))),
                };
                events.add(busy + half_trip(&mut random), answer);
            }
            Event::Accepted(sent) => {
                pace.accepted(now, sent);
                left -= 1;
                let next = unborn.min(1);
                (unborn, waiting) = (unborn - next, waiting + next);
            }
            Event::Failed => {
                pace.ended();
                waiting += 1;
            }
            Event::Refused(sent, hint) => {
                pace.throttled(now, sent, hint);
                waiting += 1;
            }
        }
        if left == 0 {
            return (made, now);
        }
        while waiting > 0 && pace.due() <= now + 1e-12 {
            waiting -= 1;
            let sent = pace.sent(now, true, waiting as usize);
            events.add(now + half_trip(&mut random), Event::Arrives(sent));
        }
        // One timer: an earlier one replaces it, a later one comes when it is over.
        awake_at = if awake_at <= now { f64::MAX } else { awake_at };
        if waiting > 0 && pace.due() < awake_at {
            awake_at = pace.due();
            events.add(awake_at, Event::Wake);
        }
    }
}

/// Calls per message, and time as a ratio to the shortest possible and to that of a pacer that was told the rate: the
/// mean of some seeds.
fn ratios(world: &World, rate: f64) -> [f64; 3] {
    let shortest = world.limit.shortest(world.calls) + world.round_trip;
    let mut sum = [0.0; 3];
    for seed in 0..5 {
        let (made, time) = send(world, Controller::Adaptive(Adaptive::new()), seed);
        let (_, told) = send(world, Controller::PerSecond(PerSecond::new(rate, 0.95)), seed);
        let ratios = [f64::from(made) / f64::from(world.calls), time / shortest, time / told];
        (0..3).for_each(|n| sum[n] += ratios[n] / 5.0);
    }
    sum
}

fn assert_at_most(name: &str, world: &World, rate: f64, most: [f64; 3]) {
    let ratios = ratios(world, rate);
    let [calls, time, of_told] = ratios;
    eprintln!("{name:36} calls x{calls:.3} time x{time:.3} of told x{of_told:.3}");
    assert!((0..3).all(|n| ratios[n] <= most[n]), "{name}: {ratios:?}, at most {most:?}");
}

const ANY: f64 = f64::INFINITY;

/// Limits of so many calls in so many seconds, whose use at once differs.
fn kinds(quota: u32, length: f64) -> [(&'static str, Limit); 4] {
    [
        ("windows", Limit::windows(quota, length, length)),
        ("windows that begin with a call", Limit::windows_by_call(quota, length)),
        ("log", Limit::log(quota as usize, length, false)),
        ("log of all", Limit::log(quota as usize, length, true)),
    ]
}

#[test]
fn a_quota_per_window_that_is_hinted_at_is_used_soon_and_hardly_exceeded() {
    for (name, limit) in kinds(100, 10.0) {
        let all = if name == "log of all" { [1.10, ANY, 1.0] } else { [1.10, 1.25, 0.8] };
        assert_at_most(name, &world(limit.clone(), 300), 10.0, all);
        assert_at_most(name, &world(limit, 1000), 10.0, [1.03, 1.25, 1.02]);
    }
    for (name, limit) in kinds(60, 60.0) {
        assert_at_most(name, &world(limit, 300), 1.0, [1.10, 1.45, 1.15]);
    }
    for (name, limit) in kinds(500, 3600.0) {
        assert_at_most(name, &world(limit, 1500), 500.0 / 3600.0, [1.045, ANY, 1.2]);
    }
}

#[test]
fn a_window_is_found_wherever_the_first_call_falls_in_it() {
    for ends in [0.5, 1.5, 3.0, 5.0, 8.0, 9.9] {
        let world = world(Limit::windows(100, 10.0, ends), 300);
        assert_at_most(&format!("windows, the first ends at {ends}"), &world, 10.0, [1.10, ANY, 0.8]);
    }
}

#[test]
fn a_window_without_hints_costs_little_more_than_when_the_rate_is_told() {
    for (name, limit) in kinds(100, 10.0) {
        let unhinted = |calls| World { hints: false, ..world(limit.clone(), calls) };
        assert_at_most(name, &unhinted(300), 10.0, [1.15, ANY, 1.2]);
        assert_at_most(name, &unhinted(1000), 10.0, [1.03, ANY, 1.2]);
    }
    let counter = World { hints: false, ..world(Limit::counter(100, 10.0, 4.0), 300) };
    assert_at_most("counter", &counter, 10.0, [1.15, ANY, 1.2]);
}

#[test]
fn neither_short_round_trips_nor_such_that_grow_storm_a_window() {
    for (name, limit) in kinds(100, 10.0) {
        for (round_trip, service) in [(0.001, 0.0), (0.001, 0.0005), (0.05, 0.01)] {
            for hints in [true, false] {
                let world = World { hints, round_trip, service, ..world(limit.clone(), 300) };
                assert_at_most(name, &world, 10.0, [if hints { 1.10 } else { 1.15 }, ANY, 1.2]);
            }
        }
    }
}

#[test]
fn failures_of_other_kinds_and_few_callers_change_little() {
    for (name, limit) in kinds(100, 10.0) {
        let few = World { callers: 20, ..world(limit.clone(), 300) };
        assert_at_most(name, &few, 10.0, [1.10, ANY, 1.2]);
        let failing = World { failures: 0.05, ..world(limit, 300) };
        assert_at_most(name, &failing, 10.0, [1.16, ANY, 1.2]);
    }
}

#[test]
fn a_bucket_is_not_taken_for_a_window_for_long() {
    for (burst, hints) in
        [(1.0, true), (50.0, true), (100.0, true), (1.0, false), (50.0, false), (100.0, false)]
    {
        let world = World { hints, ..world(Limit::bucket(10.0, burst), 1000) };
        assert_at_most(&format!("bucket of {burst}"), &world, 10.0, [1.06, 1.25, ANY]);
    }
}

#[test]
fn a_ban_is_sat_out() {
    for hints in [true, false] {
        let world = World { hints, ..world(Limit::windows(100, 10.0, 10.0).that_bans(60.0), 300) };
        assert_at_most("windows, and a ban", &world, 10.0, [1.15, 2.0, ANY]);
    }
}

#[test]
fn a_gate_that_is_closed_for_an_hour_is_asked_seldom() {
    let world = World { hints: false, ..world(Limit::windows_by_call(10, 3600.0), 20) };
    let (made, time) = send(&world, Controller::Adaptive(Adaptive::new()), 0);
    // From a tenth of a second to an hour, it doubles 15 times. Told the rate, it takes two hours.
    assert!(made <= 20 + 25 && time < 1.2 * 7200.0, "{made} calls, {time} s");
}

#[test]
fn calls_that_came_seldom_say_nothing_of_a_limit_that_many_at_once_meet() {
    let mut pace = Controller::Adaptive(Adaptive::new());
    for minute in 0..600 {
        let now = 60.0 * f64::from(minute);
        let sent = pace.sent(now, false, 0);
        pace.accepted(now + 0.05, sent);
    }
    let refused = pace.sent(36_000.0, true, 50);
    pace.throttled(36_000.05, refused, None);
    assert!(pace.due() < 36_002.0, "no long pause: {}", pace.due());
    let sent = pace.sent(pace.due(), true, 50);
    pace.accepted(sent.at + 0.05, sent);
    assert!(pace.rate().is_some_and(|rate| rate > 0.5), "{:?}", pace.rate());
}
