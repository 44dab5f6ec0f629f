//! What a great many calls cost that wait at once, on one runtime.

use std::process::Stdio;

use crate::bench::{Case, Tasks};
use crate::table::{Row, Table};
use crate::{Contestant, Result, median};

/// Adds the rows.
pub(crate) fn measure(contestants: &[Contestant], runs: usize, table: &mut Table) -> Result<()> {
    let tasks = each(contestants, runs, 100_000)?;
    let of = |tasks: &[Option<Tasks>], figure: fn(&Tasks) -> f64| {
        tasks.iter().map(|tasks| tasks.as_ref().map(figure)).collect()
    };
    table.push(Row::new("100,000 sleeping tasks, heap bytes of each", 0, of(&tasks, |tasks| tasks.heap)));
    let tasks = each(contestants, runs, 1_000_000)?;
    table.push(Row::new("1,000,000 sleeping tasks, heap bytes of each", 0, of(&tasks, |tasks| tasks.heap)));
    table.push(Row::new("the same, resident bytes of each", 0, of(&tasks, |tasks| tasks.resident)));
    let per_second = of(&tasks, |tasks| 1e3 / tasks.waking);
    let row = Row::new("the same, woken and ended, millions per second of CPU", 2, per_second);
    table.push(Row { more_is_better: true, ..row });
    Ok(())
}

/// What so many tasks of each contestant cost, where it can run in a task.
fn each(contestants: &[Contestant], runs: usize, count: u64) -> Result<Vec<Option<Tasks>>> {
    contestants.iter().map(|contestant| one(contestant, runs, count)).collect()
}

/// What so many tasks cost, the median of the runs.
pub(crate) fn one(contestant: &Contestant, runs: usize, count: u64) -> Result<Option<Tasks>> {
    if contestant.ask(Case::Tasks, 0).tasks.is_none() {
        return Ok(None);
    }
    let runs: Vec<Tasks> = (0..runs).map(|_| run(contestant, count)).collect::<Result<_>>()?;
    let middle = |figure: fn(&Tasks) -> f64| median(runs.iter().map(figure).collect());
    let (heap, resident) = (middle(|tasks| tasks.heap), middle(|tasks| tasks.resident));
    Ok(Some(Tasks { heap, resident, waking: middle(|tasks| tasks.waking) }))
}

fn run(contestant: &Contestant, count: u64) -> Result<Tasks> {
    let output = contestant.process(&[], Case::Tasks, count)?.stderr(Stdio::inherit()).output()?;
    let told = String::from_utf8(output.stdout)?;
    let figures: Vec<f64> = told.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
    match figures[..] {
        [heap, resident, waking] => Ok(Tasks { heap, resident, waking }),
        _ => Err(format!("{} failed with {count} tasks", contestant.id).into()),
    }
}
