//! A line a second while it runs: what each way of sending got accepted and refused in it.

use std::time::Duration;

use backoff_examples::{outbox::Outbox, per_second::Calls};

/// Marks in the longest bar.
const WIDTH: usize = 30;

/// Prints the lines of every second that has passed, for ever.
pub(crate) async fn lines(runs: [(&str, &Outbox); 2], rate: f64) {
    let heads = runs.map(|(name, _)| format!("{name:<width$}", width = WIDTH + 16));
    println!("        {}", heads.join("   "));
    let head = format!("{:>7} {:>7} {:WIDTH$}", "sent", "refused", "");
    println!("        {head}   {head}");
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    // The first tick comes at once.
    ticks.tick().await;
    for second in 0.. {
        ticks.tick().await;
        let cells = runs.map(|(_, outbox)| cell(calls(outbox, second), rate));
        println!("{:>4} s  {}", second + 1, cells.join("   ").trim_end());
    }
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
