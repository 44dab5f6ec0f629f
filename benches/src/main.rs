//! What retrying costs: this crate beside a hand-written loop, a plain call, and what others offer.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml
//! ```
//!
//! measures everything and prints one table: each figure with the hand-written loop's of the same run as 1, the median
//! of three runs. It needs about twenty minutes, `valgrind` for counting instructions (without it, time is measured
//! instead, and the table says so), and for the table's last rows the registry's index. Parts of it:
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml -- calls tasks builds picture --runs 1
//! ```
//!
//! `calls` counts instructions, sizes and allocations; `tasks` lets 100,000 and 1,000,000 calls wait at once; `builds`
//! compiles 200 functions and what they depend on; `pacing` lets callers share a rate; `picture` draws what tasks cost into `docs/images/cost.png`.
//!
//! Each file in `src/contestants` is a contestant: adding one is adding a file.

mod bench;
mod builds;
mod calls;
mod many;
mod pacing;
mod picture;
mod processor;
mod source;
mod table;
mod work;

mod contestants {
    include!(concat!(env!("OUT_DIR"), "/contestants.rs"));
}

use std::alloc::System;
use std::env;
use std::error::Error;
use std::process::{Command, ExitCode, Stdio};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::bench::{Bench, Case};
use crate::table::Table;

/// Counts what is allocated.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Lets a contestant take part.
type Enter = fn(&mut Bench);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PARTS: [&str; 5] = ["calls", "tasks", "builds", "picture", "pacing"];
const USAGE: &str =
    "the arguments are any of `calls`, `tasks`, `builds`, `picture`, `pacing`, and `--runs` with a number";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["one", case, who, times] => one(case, who, times),
        ref arguments => all(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures all parts, or those that are named.
fn all(arguments: &[&str]) -> Result<()> {
    let (mut parts, mut runs) = (Vec::new(), 3);
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "--runs" => runs = arguments.next().and_then(|runs| runs.parse().ok()).ok_or(USAGE)?,
            part if PARTS.contains(&part) => parts.push(part),
            _ => return Err(USAGE.into()),
        }
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let contestants = Contestant::all();
    let mut table = Table::new(&contestants);
    if wanted("calls") {
        calls::measure(&contestants, runs, &mut table)?;
    }
    if wanted("tasks") {
        many::measure(&contestants, runs, &mut table)?;
    }
    if wanted("builds") {
        builds::measure(&contestants, runs, &mut table)?;
    }
    if ["calls", "tasks", "builds"].into_iter().any(wanted) {
        print!("{table}");
    }
    if wanted("pacing") {
        pacing::measure(runs)?;
    }
    if wanted("picture") {
        picture::draw(&contestants, runs)?;
    }
    Ok(())
}

/// Measures one contestant in one case: what this program starts itself for.
fn one(case: &str, who: &str, times: &str) -> Result<()> {
    let case = Case::named(case).ok_or("no such case")?;
    let &(_, enter) = contestants::ALL.iter().find(|(id, _)| *id == who).ok_or("no such contestant")?;
    let mut bench = Bench::new(case, times.parse()?);
    let start = std::time::Instant::now();
    enter(&mut bench);
    match bench.tasks {
        Some(tasks) => println!("{} {} {}", tasks.heap, tasks.resident, tasks.waking),
        None => println!("{}", start.elapsed().as_nanos()),
    }
    Ok(())
}

/// Someone who is measured.
struct Contestant {
    /// The name of its file.
    id: &'static str,
    enter: Enter,
}

impl Contestant {
    /// In the order of the table: what is compared with, this crate, and then the others.
    fn all() -> Vec<Self> {
        let first = ["plain", "hand", "attribute", "function"];
        let place = |id: &str| first.iter().position(|&first| first == id).unwrap_or(first.len());
        let mut all: Vec<_> = contestants::ALL.iter().map(|&(id, enter)| Self { id, enter }).collect();
        all.sort_by_key(|contestant| place(contestant.id));
        all
    }

    /// Asks it in this process.
    fn ask(&self, case: Case, times: u64) -> Bench {
        let mut bench = Bench::new(case, times);
        (self.enter)(&mut bench);
        bench
    }

    /// A process that measures it, under the command in front.
    fn process(&self, before: &[&str], case: Case, times: u64) -> Result<Command> {
        let program = env::current_exe()?;
        let mut command = match before {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(["one", &format!("{case:?}"), self.id, &times.to_string()]).stdin(Stdio::null());
        Ok(command)
    }
}

/// The middle one of several figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
