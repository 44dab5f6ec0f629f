//! The controller alone, against servers in exact time: what the timers of a runtime blur shows here.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// A limit: so many calls per second, saved up to a burst, or so many per window of time.
#[derive(Clone, Copy)]
enum Server {
    Bucket { rate: f64, burst: f64, level: f64, at: Seconds },
    Window { calls: u32, length: Seconds, number: i64, left: u32 },
}

fn bucket(rate: f64, burst: f64) -> Server {
    Server::Bucket { rate, burst, level: burst, at: 0.0 }
}

fn window(calls: u32, length: Seconds) -> Server {
    Server::Window { calls, length, number: 0, left: calls }
}

impl Server {
    /// Takes a call, or says for how many seconds to stay away, in whole ones as HTTP does.
    fn take(&mut self, now: Seconds) -> Result<(), Seconds> {
        match self {
            Self::Bucket { rate, burst, level, at } => {
                *level = burst.min(*level + (now - *at) * *rate);
                *at = now;
                if *level < 1.0 - 1e-9 {
                    return Err(((1.0 - *level) / *rate - 1e-9).ceil().max(1.0));
                }
                *level -= 1.0;
            }
            Self::Window { calls, length, number, left } => {
                let window = (now / *length).floor();
                if window as i64 > *number {
                    (*number, *left) = (window as i64, *calls);
                }
                if *left == 0 {
                    return Err((((window + 1.0) * *length - now) - 1e-9).ceil().max(1.0));
                }
                *left -= 1;
            }
        }
        Ok(())
    }
}

/// Half of a round trip: 25 ms, and log-normal noise of this mean.
fn half_trip(noise: Seconds, random: &mut SmallRng) -> Seconds {
    let uniform = |random: &mut SmallRng| random.random::<f64>().max(1e-12);
    let normal = (-2.0 * uniform(random).ln()).sqrt() * (std::f64::consts::TAU * uniform(random)).cos();
    0.025 + if noise > 0.0 { (noise.ln() - 0.5 + normal).exp() } else { 0.0 }
}

/// What happens.
enum Event {
    Wake,
    Arrives(Sent),
    Returns(Sent, Option<Seconds>),
}

/// Sends so many calls, all waiting from the start: calls made, and when the last was accepted.
fn send(calls: u32, mut server: Server, noise: Seconds, seed: u64) -> (u32, Seconds) {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut pace = Adaptive::new();
    // By time, whose bits are in order as it is never negative, and then by number.
    let mut events = BTreeMap::from([((0, 0), Event::Wake)]);
    let (mut number, mut made, mut waiting, mut left, mut awake_at) = (0, 0, calls, calls, f64::MAX);
    while let Some(((bits, _), event)) = events.pop_first() {
        let now = f64::from_bits(bits);
        let mut then = |at: Seconds, event| {
            number += 1;
            events.insert((at.to_bits(), number), event);
        };
        match event {
            Event::Wake => {}
            Event::Arrives(sent) => {
                made += 1;
                let refused = server.take(now).err();
                then(now + half_trip(noise, &mut random), Event::Returns(sent, refused));
            }
            Event::Returns(sent, None) => {
                pace.accepted(now, sent);
                left -= 1;
            }
            Event::Returns(sent, hint) => {
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
            then(now + half_trip(noise, &mut random), Event::Arrives(sent));
        }
        // One timer: an earlier one replaces it, a later one comes when it is over.
        awake_at = if awake_at <= now { f64::MAX } else { awake_at };
        if waiting > 0 && pace.due() < awake_at {
            awake_at = pace.due();
            then(awake_at, Event::Wake);
        }
    }
    unreachable!("a call waits or is in flight")
}

/// Calls, and time, as ratios to what the server allows: the mean of some seeds.
fn ratios(calls: u32, rate: f64, burst: f64, server: Server, noise: Seconds) -> (f64, f64) {
    let limit = 0.05 + (f64::from(calls) - burst) / rate;
    let runs = (0..10).map(|seed| send(calls, server, noise, seed));
    let sum = runs.fold((0.0, 0.0), |sum, (made, time)| (sum.0 + f64::from(made), sum.1 + time));
    (sum.0 / f64::from(calls) / 10.0, sum.1 / limit / 10.0)
}

#[test]
fn calls_and_time_stay_close_to_what_the_server_allows() {
    // Calls and time: at most these. The goal is 1.03 and 1.05, which at 170/s the closed second costs alone.
    let table = [
        ("bucket of 1, 1/s", 500, 1.0, 1.0, bucket(1.0, 1.0), 0.0, (1.03, 1.035)),
        ("bucket of 1, 10/s", 5000, 10.0, 1.0, bucket(10.0, 1.0), 0.0, (1.01, 1.04)),
        ("bucket of 1, 170/s", 5000, 170.0, 1.0, bucket(170.0, 1.0), 0.0, (1.01, 1.11)),
        ("1 s bucket, 10/s", 5000, 10.0, 10.0, bucket(10.0, 10.0), 0.002, (1.01, 1.01)),
        ("1 s bucket, 170/s", 5000, 170.0, 170.0, bucket(170.0, 170.0), 0.002, (1.03, 1.045)),
        ("1 s window, 10/s", 5000, 10.0, 10.0, window(10, 1.0), 0.002, (1.01, 1.04)),
        ("1 s window, 170/s", 5000, 170.0, 170.0, window(170, 1.0), 0.002, (1.02, 1.18)),
        // Of a window, the whole quota is there at the start.
        ("10 s window, 100", 1000, 10.0, 100.0, window(100, 10.0), 0.002, (1.03, 1.10)),
        ("60 s window, 60", 300, 1.0, 60.0, window(60, 60.0), 0.002, (1.05, 1.15)),
        ("1 h window, 500", 1500, 500.0 / 3600.0, 500.0, window(500, 3600.0), 0.002, (1.03, 1.15)),
    ];
    for (name, calls, rate, burst, server, noise, most) in table {
        let (made, time) = ratios(calls, rate, burst, server, noise);
        eprintln!("{name:20} calls x{made:.3} time x{time:.3}");
        assert!(made <= most.0 && time <= most.1, "{name}: calls x{made:.3}, time x{time:.3}");
    }
}

#[test]
fn a_first_call_that_hangs_or_is_dropped_does_not_block_the_rest() {
    let mut pace = Adaptive::new();
    pace.sent(0.0, false, 0);
    assert!(pace.due() <= PATIENCE, "another goes before it is back");
    pace.ended();
    assert!(pace.due() <= 0.0, "or at once, when it will not come back");
}

#[test]
fn settling_ends_when_the_calls_in_flight_are_dropped_or_hang() {
    let settling = || {
        let mut pace = Adaptive::new();
        let first = pace.sent(0.0, false, 0);
        pace.accepted(0.1, first);
        let calls = [0.1, 0.2, 0.3].map(|at| pace.sent(at, true, 0));
        pace.throttled(0.4, calls[0], Some(1.0));
        assert!(matches!(pace.phase, Phase::Settling(_)));
        pace
    };
    let mut dropped = settling();
    dropped.ended();
    dropped.ended();
    assert!(!matches!(dropped.phase, Phase::Settling(_)));
    let mut hanging = settling();
    assert!(hanging.due() <= 1.4);
    hanging.sent(1.4, true, 0);
    assert!(!matches!(hanging.phase, Phase::Settling(_)));
}

#[test]
fn calls_that_take_a_minute_are_paced_no_slower_for_it() {
    let (mut pace, mut flying) = (Adaptive::new(), std::collections::VecDeque::new());
    let (mut sent, mut now) = (0, 0.0);
    while sent < 5000 {
        let back = flying.front().map_or(f64::MAX, |call: &Sent| call.at + 60.0);
        now = f64::max(now, pace.due().min(back));
        if back <= now {
            pace.accepted(now, flying.pop_front().expect("it is back"));
        } else {
            sent += 1;
            flying.push_back(pace.sent(now, true, 5000 - sent));
        }
    }
    // Ten round trips at most: in slow start few are in flight, however long they take.
    assert!(now < 600.0, "{now}");
}

#[test]
fn nothing_is_learned_of_a_pace_that_no_call_had_to_wait_for() {
    let mut pace = Adaptive::new();
    for second in 0..1000 {
        let now = f64::from(second);
        assert!(pace.due() <= now, "no call waits");
        let sent = pace.sent(now, false, 0);
        pace.accepted(now + 0.1, sent);
    }
    assert!(pace.rate().expect("a call is back") < 11.0);
}

#[derive(Clone, Debug)]
enum Told {
    Sent(bool),
    Accepted(usize),
    Throttled(usize, Option<f64>),
    Ended(usize),
}

fn told() -> impl Strategy<Value = (f64, Told)> {
    let after = prop_oneof![Just(0.0), 0.0..0.1, 0.0..10.0, 0.0..1e6];
    let hint = proptest::option::of(prop_oneof![Just(0.0), 0.0..2.0, 0.0..3600.0]);
    let told = prop_oneof![
        4 => any::<bool>().prop_map(Told::Sent),
        3 => any::<usize>().prop_map(Told::Accepted),
        1 => (any::<usize>(), hint).prop_map(|(which, hint)| Told::Throttled(which, hint)),
        1 => any::<usize>().prop_map(Told::Ended),
    ];
    (after, told)
}

/// Takes one of the calls in flight.
fn landed(flying: &mut Vec<Sent>, which: usize) -> Option<Sent> {
    (!flying.is_empty()).then(|| flying.swap_remove(which % flying.len()))
}

proptest! {
    #[test]
    fn no_sequence_of_events_makes_it_stuck_or_absurd(events in prop::collection::vec(told(), 1..400)) {
        let (mut pace, mut now, mut flying) = (Adaptive::new(), 0.0, Vec::new());
        for (after, told) in events {
            now += after;

            match told {
                Told::Sent(waited) => {
                    now = f64::max(now, pace.due());
                    flying.push(pace.sent(now, waited, 0));
                }
                Told::Accepted(which) => {
                    if let Some(sent) = landed(&mut flying, which) {
                        pace.accepted(now, sent);
                    }
                }
                Told::Throttled(which, hint) => {
                    if let Some(sent) = landed(&mut flying, which) {
                        pace.throttled(now, sent, hint);
                    }
                }
                Told::Ended(which) => {
                    if landed(&mut flying, which).is_some() {
                        pace.ended();
                    }
                }
            }
            prop_assert_eq!(pace.in_flight as usize, flying.len());
            prop_assert!(pace.due().is_finite() && pace.earliest() <= pace.due());
            prop_assert!(pace.due() <= now + 3600.0 + 121.0, "{} s", pace.due() - now);
            prop_assert!(pace.rate().is_none_or(|rate| rate.is_finite() && rate > 0.0));
        }
    }
}

#[test]
fn it_is_below_half_a_kilobyte() {
    assert!(size_of::<Adaptive>() <= 512, "{}", size_of::<Adaptive>());
}
