//! Processes that share a pacer: calls and time, beside what one process alone takes, on every server of `pacer_table`.
//!
//! `cargo run --release -p backoff-tests --example fleet_table [part of a server's name]`
//!
//! A simulation on a paused clock, with a store 0.3 ms away and processes that speak as those of `backoff-redis` do. All
//! messages are there at the start, divided evenly. The means of some seeds; of the shares the least and the most of all.
//! The first two columns are ratios to what the server allows; those of processes that share are calls and time more than
//! one process alone takes, in percent, the smallest and the largest share of a process when half is done (1 is its part),
//! and exchanges with the store per call.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use backoff_tests::fleet::Fleet;
use backoff_tests::rate_limits::{CASES, ROWS, Work};

const SEEDS: u64 = 6;
/// What takes so many seconds is simulated once: chance matters little there.
const LONG: f64 = 3600.0;
/// So many processes share a pacer.
const SHARED: [u32; 4] = [1, 2, 8, 32];
/// Shares are told where each process has at least so many messages.
const FEW: u32 = 30;

/// The means of some seeds, as ratios to what the server allows.
#[derive(Clone, Copy, Default)]
struct Means {
    calls: f64,
    time: f64,
    /// The smallest and the largest share.
    shares: (f64, f64),
    exchanges: f64,
    unfinished: bool,
}

impl Means {
    fn of(fleet: &Fleet, work: &Work, seeds: u64) -> Self {
        let mut means = Self { shares: (f64::INFINITY, 0.0), ..Self::default() };
        let n = seeds as f64;
        for seed in 0..seeds {
            let outcome = fleet.send(work, seed);
            means.calls += f64::from(outcome.calls) / f64::from(work.messages) / n;
            match outcome.seconds {
                Some(seconds) => means.time += seconds / work.shortest(seed) / n,
                None => means.unfinished = true,
            }
            let (least, most) = outcome.shares();
            means.shares = (means.shares.0.min(least), means.shares.1.max(most));
            means.exchanges += outcome.exchanges as f64 / f64::from(outcome.calls) / n;
        }
        means
    }

    fn beside(&self, alone: &Self, work: &Work, processes: u32) -> String {
        let more = |this: f64, other: f64| (this / other - 1.0) * 100.0;
        let shares = match self.shares {
            (least, most) if processes > 1 && work.messages >= FEW * processes => {
                format!("{least:.2} {most:.2}")
            }
            _ => String::new(),
        };
        let (calls, time) = (more(self.calls, alone.calls), more(self.time, alone.time));
        format!("{calls:+5.1} {time:+5.1}  {shares:9} {:5.1}", self.exchanges)
    }
}

/// A row's parts, each made when it is its turn: alone, shared by so many, and each for itself.
fn part(work: &Work, number: usize) -> Means {
    let seeds = if work.shortest(0) >= LONG { 1 } else { SEEDS };
    match number {
        0 => Means::of(&Fleet::apart(1), work, seeds),
        number if number <= SHARED.len() => Means::of(&Fleet::of(SHARED[number - 1]), work, seeds),
        _ => Means::of(&Fleet::apart(8), work, 1),
    }
}

fn row(work: &Work, parts: &[Means]) -> String {
    let [alone, shared @ .., apart] = parts else { unreachable!("there are more") };
    let mut text = format!("{} {:5.3} {:6.3}", work.name, alone.calls, alone.time);
    for (means, processes) in shared.iter().zip(SHARED) {
        text += " | ";
        text += &means.beside(alone, work, processes);
    }
    match apart {
        Means { unfinished: true, .. } => text + " |     -  > 10",
        Means { calls, time, .. } => text + &format!(" | {calls:5.3} {time:6.3}"),
    }
}

fn main() {
    let part_of_name = env::args().nth(1).unwrap_or_default();
    let all = ROWS.map(Work::from).into_iter().chain(CASES.map(Work::from));
    let works: Vec<_> = all.filter(|work| work.name.contains(&part_of_name)).collect();
    let columns = SHARED.len() + 2;
    // What takes longest is begun first.
    let mut order: Vec<_> = (0..works.len()).collect();
    order.sort_by(|one, other| works[*other].shortest(0).total_cmp(&works[*one].shortest(0)));
    let next = AtomicUsize::new(0);
    let parts = Mutex::new(vec![vec![Means::default(); columns]; works.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&row) = order.get(at / columns) else { return };
                    let column = columns - 1 - at % columns;
                    let means = part(&works[row], column);
                    parts.lock().expect("no part panics")[row][column] = means;
                }
            });
        }
    });
    println!(
        "{:46}alone         {}| 8 apart",
        "",
        SHARED.map(|n| format!("| {n:2} shared{:20}", "")).concat()
    );
    println!("{:46}calls   time  {}| calls   time", "", "| calls time  shares   exch. ".repeat(SHARED.len()));
    let parts = parts.into_inner().expect("no part panics");
    for (work, parts) in works.iter().zip(&parts) {
        println!("{}", row(work, parts));
    }
    println!("* without Retry-After");
}
