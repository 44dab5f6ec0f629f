//! How far one coordinator goes: from one process to a thousand, on a limit of 1000 calls a second.
//!
//! `cargo run --release -p backoff-tests --example fleet_scale [processes ...]`
//!
//! A simulation on a paused clock, with a store 0.3 ms away and processes that speak as those of `backoff-redis` do. First
//! all messages are there at the start: calls and time beside one process alone, who has how much when half is done, and
//! what the store has to do. Then the leader is killed in the middle. Then calls come at random, half as many as the limit
//! allows, so that none waits but for its turn to arrive. Last, 32 processes with a store that is farther and farther away.

use std::env;

use backoff_runtime::Pacer;
use backoff_tests::fleet::{Fault, Fleet, Latency, NEAR_STORE, Outcome, Who};
use backoff_tests::rate_limits::{Demand, ROWS, Work};

const RATE: f64 = 1000.0;
const MESSAGES: u32 = 20_000;

/// A bucket of a second.
fn work() -> Work {
    let mut row = ROWS[4];
    (row.name, row.rate, row.burst, row.messages) = ("1 s bucket, 1000/s", RATE, RATE, MESSAGES);
    row.into()
}

fn seconds(outcome: &Outcome) -> f64 {
    outcome.seconds.unwrap_or(f64::NAN)
}

/// The longest time without any call that passed.
fn pause(outcome: &Outcome) -> f64 {
    outcome.passed.windows(2).map(|two| two[1].0 - two[0].0).fold(0.0, f64::max)
}

/// The middle of the waits, and what 99 of 100 stay below, in milliseconds.
fn waits(outcome: &Outcome) -> (f64, f64) {
    let mut waits = outcome.waits.clone();
    waits.sort_by(f64::total_cmp);
    (waits[waits.len() / 2] * 1e3, waits[waits.len() * 99 / 100] * 1e3)
}

/// Calls and time beside one process alone, in percent.
fn more(outcome: &Outcome, alone: &Outcome) -> (f64, f64) {
    let more = |this: f64, other: f64| (this / other - 1.0) * 100.0;
    (more(outcome.calls.into(), alone.calls.into()), more(seconds(outcome), seconds(alone)))
}

/// So many processes of which each call waits only for its turn to arrive.
fn light(processes: u32, store: Latency) -> Outcome {
    let told =
        Fleet { pacer: |work| Pacer::per_second(work.rate), store: Some(store), ..Fleet::of(processes) };
    let mut light = work();
    light.demand = Demand::Random(0.5);
    told.send(&light, 0)
}

fn row(processes: u32, alone: &Outcome) {
    let all = Fleet::of(processes).send(&work(), 0);
    let (least, most) = all.shares();
    let (calls, time) = more(&all, alone);
    let per_second = |count: u64| count as f64 / seconds(&all);
    let killed = Fleet { faults: vec![(5.0, Fault::Kill(Who::Leader))], ..Fleet::of(processes) };
    // Nobody is left of one.
    let gap = (processes > 1).then(|| format!("{:.1}", pause(&killed.send(&work(), 0))));
    let (middle, most_waits) = waits(&light(processes, NEAR_STORE));
    println!(
        "{processes:9} {calls:+5.1} {time:+5.1}   {least:.2} {most:.2} {:8.0} {:9.0} {:8.1} {:>8} {middle:10.1} {most_waits:5.1}",
        per_second(all.exchanges),
        per_second(all.passed_on),
        all.state as f64 / 1e3,
        gap.unwrap_or_default(),
    );
}

fn farther(one_way: f64, alone: &Outcome) {
    let store = Latency { one_way, noise: one_way / 2.0, ..NEAR_STORE };
    let outcome = Fleet { store: Some(store), ..Fleet::of(32) }.send(&work(), 0);
    let (calls, time) = more(&outcome, alone);
    let (middle, most_waits) = waits(&light(32, store));
    let each = outcome.exchanges as f64 / f64::from(outcome.calls);
    let mean = 1.5e3 * one_way;
    println!("{mean:9.1} {calls:+5.1} {time:+5.1} {each:12.2} {middle:12.1} {most_waits:5.1}");
}

fn main() {
    let processes: Vec<u32> = env::args().skip(1).map(|count| count.parse().expect("a number")).collect();
    let processes = if processes.is_empty() { vec![1, 8, 32, 100, 300, 1000] } else { processes };
    let alone = Fleet::apart(1).send(&work(), 0);
    println!("          % more than 1  shares     at the store, per s  state  leader    wait for a turn");
    println!("processes calls  time   least most exchanges  passed on    kB  lost, s   ms: half  99 %");
    for processes in processes {
        row(processes, &alone);
    }
    println!("\none way,  % more than 1  exchanges  wait for a turn");
    println!("ms        calls  time     per call    ms: half  99 %");
    for one_way in [0.0002, 0.001, 0.005, 0.02] {
        farther(one_way, &alone);
    }
}
