//! The table.

use std::fmt::Display;

use backoff_example_queue::job::Failed;
use backoff_example_queue::story::Outcome;

pub(crate) fn header() {
    println!(
        "{:10}{:>7}{:>9}{:>9}{:>7}{:>12}{:>11}{:>12}{:>11}{:>14}{:>8}{:>6}",
        "queue",
        "put in",
        "reached",
        "failed",
        "lost",
        "sent twice",
        "repeated",
        "came back",
        "too early",
        "late at most",
        "killed",
        "died"
    );
}

pub(crate) fn row(queue: &str, outcome: &Outcome) {
    let Outcome { put_in, reached, failed, lost, twice, repeated, later, early, delay, kills, ended, .. } =
        outcome;
    println!(
        "{queue:10}{put_in:>7}{reached:>9}{:>9}{lost:>7}{twice:>12}{repeated:>11}{later:>12}{early:>11}{:>12.1} s{kills:>8}{ended:>6}",
        failed.len(),
        delay.as_secs_f64(),
    );
}

pub(crate) fn missing(queue: &str, why: &impl Display) {
    println!("{queue:10}left out: {why}");
}

pub(crate) fn failed(failed: &[Failed]) {
    println!("\nFailed for good:\n");
    for Failed { job, reason } in failed {
        println!("    {} after {} tries in the queue: {reason}", job.to, job.tries.max(1));
    }
}
