//! A line a second while it runs: what each way of sending got accepted and refused in it.

use std::time::Duration;

use backoff_examples::{outbox::Outbox, per_second::Calls, way::Run};

/// Marks in the longest bar.
const WIDTH: usize = 30;

/// Prints the lines of every second that has passed, for ever.
pub(crate) async fn lines(runs: &[Run], rate: f64) {
    let head = format!("{:>7} {:>7} {:WIDTH$}", "sent", "refused", "");
    println!("        {}", line(runs, |run| format!("{:<width$}", run.name, width = WIDTH + 16)));
    println!("        {}", line(runs, |_| head.clone()));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    // The first tick comes at once.
    ticks.tick().await;
    for second in 0.. {
        ticks.tick().await;
        println!("{:>4} s  {}", second + 1, line(runs, |run| cell(calls(run.outbox(), second), rate)));
    }
}

/// What is said of each way, side by side.
fn line(runs: &[Run], cell: impl Fn(&Run) -> String) -> String {
    runs.iter().map(cell).collect::<Vec<_>>().join("   ").trim_end().to_owned()
}

/// The calls that ended in a second.
fn calls(outbox: &Outbox, second: usize) -> Calls {
    outbox.counts().per_second.seconds().get(second).copied().unwrap_or_default()
}

fn cell(calls: Calls, rate: f64) -> String {
    format!("{:>7} {:>7} {:WIDTH$}", calls.accepted, calls.rejected, bar(calls, rate))
}

/// A bar on which the rate limit is four marks long, so that there is room for many times as much.
fn bar(Calls { accepted, rejected }: Calls, rate: f64) -> String {
    let marks = |calls: u32| (f64::from(calls) * 4.0 / rate).ceil() as usize;
    let bar = "█".repeat(marks(accepted)) + &"░".repeat(marks(rejected));
    if bar.chars().count() <= WIDTH { bar } else { bar.chars().take(WIDTH - 1).chain(['…']).collect() }
}
