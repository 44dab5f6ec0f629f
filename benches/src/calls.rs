//! What a call takes: instructions, the size of its future, and allocations.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::bench::Case;
use crate::table::{Row, Table};
use crate::{Contestant, Result, median};

/// Counts instructions, and writes no file.
const CALLGRIND: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
/// The difference between so many calls and so many is free of what starting the process takes.
const FEW: u64 = 1_000;
const MANY: u64 = 5_000;
/// So many calls give a time, where instructions can't be counted.
const TIMED: u64 = 1_000_000;

/// Adds the rows.
pub(crate) fn measure(contestants: &[Contestant], runs: usize, table: &mut Table) -> Result<()> {
    let unit = if is_valgrind_here() {
        "instructions"
    } else {
        eprintln!("valgrind is missing: measuring nanoseconds instead of instructions");
        table.note(
            "valgrind was missing, so calls were measured in nanoseconds, which are noisier than instructions.",
        );
        "ns"
    };
    for case in Case::RUN {
        let figures = in_parallel(contestants, |contestant| {
            if contestant.ask(case, 0).figure.is_none() {
                return Ok(None);
            }
            let figures: Result<Vec<f64>> = (0..runs)
                .map(|_| if unit == "ns" { time(contestant, case) } else { instructions(contestant, case) })
                .collect();
            figures.map(median).map(Some)
        })?;
        table.push(Row::new(format!("{}, {unit}", what(case)), 0, figures));
    }
    let of_call = |case, times| {
        contestants.iter().map(|contestant| contestant.ask(case, times).figure).collect::<Vec<_>>()
    };
    table.push(Row::new("future around one of 16 bytes, bytes", 0, of_call(Case::Size, 1)));
    table.push(Row::new("allocations of a first success", 0, of_call(Case::Allocations, FEW)));
    Ok(())
}

fn what(case: Case) -> &'static str {
    match case {
        Case::First => "async, first attempt succeeds, `max_tries`",
        Case::FirstUnlogged => "the same without log lines",
        Case::FirstWithMaxTime => "the same with `max_time`",
        Case::FirstWithHandler => "the same with a handler",
        Case::FirstSync => "sync, first attempt succeeds",
        Case::AtOnce => "three failures, zero wait, then success",
        Case::Waits => "ten jittered exponential waits",
        _ => unreachable!("is not measured by running it"),
    }
}

fn is_valgrind_here() -> bool {
    let version =
        Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Instructions of a call.
fn instructions(contestant: &Contestant, case: Case) -> Result<f64> {
    Ok((collected(contestant, case, MANY)? - collected(contestant, case, FEW)?) / (MANY - FEW) as f64)
}

/// Instructions of a whole process.
fn collected(contestant: &Contestant, case: Case, times: u64) -> Result<f64> {
    let output = contestant.process(&CALLGRIND, case, times)?.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told
        .lines()
        .filter(|_| output.status.success())
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("callgrind failed on {}, {case:?}: {told}", contestant.id).into())
}

/// Nanoseconds of a call.
fn time(contestant: &Contestant, case: Case) -> Result<f64> {
    let output = contestant.process(&[], case, TIMED)?.stderr(Stdio::inherit()).output()?;
    let total: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(total / TIMED as f64)
}

/// Asks all, several at a time: that changes no count of instructions.
fn in_parallel(
    contestants: &[Contestant],
    ask: impl Fn(&Contestant) -> Result<Option<f64>> + Sync,
) -> Result<Vec<Option<f64>>> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::new());
    let threads = if is_valgrind_here() { thread::available_parallelism().map_or(1, usize::from) } else { 1 };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(contestant) = contestants.get(number) else { break };
                    let answer = ask(contestant);
                    answers.lock().expect("no thread panics").push((number, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner()?;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
