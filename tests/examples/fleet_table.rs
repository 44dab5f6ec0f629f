//! Processes that share a pacer: calls and time, as ratios to what each server allows and to one process alone.
//!
//! `cargo run --release -p backoff-tests --example fleet_table [part of a server's name]`
//!
//! All messages are there at the start and divided evenly, on a paused clock. The mean of some seeds.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use backoff_tests::fleet::{Fleet, Outcome};
use backoff_tests::rate_limits::{CASES, ROWS, Work};

const SEEDS: u64 = 5;

/// The means of some seeds.
#[derive(Clone, Copy, Default)]
struct Means {
    calls: f64,
    time: f64,
    least: f64,
    most: f64,
    exchanges: f64,
    unfinished: u32,
}

fn means(fleet: &Fleet, work: &Work, seeds: u64) -> Means {
    let mut means = Means { least: f64::INFINITY, ..Means::default() };
    for seed in 0..seeds {
        let outcome: Outcome = fleet.send(work, seed);
        let n = seeds as f64;
        means.calls += f64::from(outcome.calls) / f64::from(work.messages) / n;
        match outcome.seconds {
            Some(seconds) => means.time += seconds / work.shortest(seed) / n,
            None => means.unfinished += 1,
        }
        let (least, most) = outcome.shares();
        means.least = means.least.min(least);
        means.most = means.most.max(most);
        means.exchanges += outcome.exchanges as f64 / f64::from(outcome.calls) / n;
    }
    means
}

fn row(work: &Work) -> String {
    let alone = means(&Fleet::apart(1), work, SEEDS);
    let mut text = format!("{:45} {:.3} {:6.3}", work.name, alone.calls, alone.time);
    for processes in [1, 2, 8, 32] {
        let Means { calls, time, least, most, exchanges, unfinished } =
            means(&Fleet::of(processes), work, SEEDS);
        text += &format!(
            " |{:+5.1} {:+5.1}  {least:.2} {most:.2} {exchanges:4.1}",
            (calls / alone.calls - 1.0) * 100.0,
            (time / alone.time - 1.0) * 100.0
        );
        if unfinished > 0 {
            text += &format!(" !{unfinished}");
        }
    }
    let Means { calls, time, unfinished, .. } = means(&Fleet::apart(8), work, 1);
    text += &format!(" | {calls:.3} {time:6.3}");
    if unfinished > 0 {
        text += &format!(" !{unfinished}");
    }
    text
}

fn main() {
    let part = env::args().nth(1).unwrap_or_default();
    let all = ROWS.map(Work::from).into_iter().chain(CASES.map(Work::from));
    let works: Vec<_> = all.filter(|work| work.name.contains(&part)).collect();
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(vec![None; works.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(work) = works.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = works.iter().position(|other| std::ptr::eq(other, work)).unwrap_or(0);
                    let begin = std::time::Instant::now();
                    let text = row(work);
                    eprintln!("{text} {:.1}", begin.elapsed().as_secs_f64());
                    rows.lock().expect("no row panics")[at] = Some(text);
                }
            });
        }
    });
    for row in rows.into_inner().expect("no row panics").into_iter().flatten() {
        println!("{row}");
    }
}
