//! As close to the rate limit as possible, also where spacing calls by hand doesn't do: the same messages in five ways,
//! through limits of several kinds, each beside the least that any way could take.
//!
//! ```text
//! cargo run --release --example pacing
//! cargo run --release --example pacing -- --help
//! ```
//!
//! | way | what it does |
//! | --- | --- |
//! | `plain expo` | all at once, the article's policy: each message backs off on its own |
//! | `spaced by hand` | the article's mend: a delay between two messages, and its policy |
//! | `adaptive pacer` | all at once, through a pacer that they share, which finds the limit |
//! | `told pacer` | the same, of a limit that is known |
//! | `server's words` | an adaptive pacer, and a server that tells of its limit in each answer, by `RateLimit` headers |
//!
//! | limit | what is hard about it |
//! | --- | --- |
//! | known | nothing: whoever knows it can space calls |
//! | guessed | nobody told it, so the spaces are half or twice as long as they should be |
//! | falls | it changes after a quarter of the least time; nobody tells |
//! | shared | two loops send half of the messages each, spaced by the whole limit |
//! | a window | half of the messages may come at once, the others when the window is over |
//!
//! All run at the same time, by real HTTP to a Messages API each: one after the other would take twenty times as long,
//! and the rate is so low that they don't get in each other's way. Plain `expo` runs once per kind of limit.
//!
//! Expect, after less than a minute, a table of the calls and the time that each took, as multiples of the least
//! possible (a call per message; the time in which the limit lets so many through), and the same as a picture in
//! `out/pacing.png`.

mod options;
mod scenario;

use std::process::ExitCode;

use backoff_examples::{
    report::{Bars, Chart, Ratios, Summary},
    way::Run,
};
use clap::Parser;
use options::Options;
use scenario::{Scenario, WAYS};
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Calls and time, as multiples of the least possible.
type Cell = Option<[f64; 2]>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let scenarios = Scenario::all(options);
    let count = options.count;
    if scenarios.iter().any(|scenario| scenario.least_time(count.into()).is_zero()) {
        return Err(format!("{count} messages pass at once, so there is no limit to meet: send more").into());
    }
    Chart::prepare(&options.chart)?;
    println!("{count} messages each; calls and time as multiples of the least possible:\n");
    let cells = send(&scenarios, options).await?;
    print_table(&scenarios, &cells);
    bars(&scenarios, &cells, format!("{count} messages through limits of several kinds"))
        .write(&options.chart)?;
    println!("\nChart: {}", options.chart.display());
    Ok(())
}

/// Sends in all ways at the same time, and tells what each took.
async fn send(scenarios: &[Scenario], options: &Options) -> Result<Vec<[Cell; 5]>, Failure> {
    let mut runs = Vec::new();
    for (row, scenario) in scenarios.iter().enumerate() {
        for way in 0..WAYS.len() {
            if way == 0 && first_alike(scenarios, row) != row {
                continue;
            }
            if let Some(run) = scenario.run(way, options).await? {
                runs.push((row, way, run));
            }
        }
    }
    // Only now, when there are all servers: making their keys would slow the first runs.
    let mut sending = JoinSet::new();
    for (row, way, run) in runs {
        let scenario = scenarios[row].clone();
        sending.spawn(async move { (row, way, deliver(&scenario, run).await) });
    }
    let mut cells = vec![[None; 5]; scenarios.len()];
    while let Some(ended) = sending.join_next().await {
        let (row, way, cell) = ended?;
        cells[row][way] = Some(cell);
    }
    for row in 0..scenarios.len() {
        cells[row][0] = cells[first_alike(scenarios, row)][0];
    }
    Ok(cells)
}

/// The first scenario in which plain `expo` meets the same.
fn first_alike(scenarios: &[Scenario], row: usize) -> usize {
    scenarios.iter().position(|other| other.is_the_same_unspaced(&scenarios[row])).unwrap_or(row)
}

async fn deliver(scenario: &Scenario, run: Run) -> [f64; 2] {
    let delivery = tokio::select! {
        delivery = run.send() => delivery,
        () = scenario.change(&run) => unreachable!("a change never ends"),
    };
    let (name, elapsed) = (run.name.clone(), delivery.elapsed.as_secs_f64());
    let Summary { client, delivery, .. } = run.end(delivery).await;
    let (calls, refused) = (client.calls, client.refused);
    eprintln!("{elapsed:5.1} s, {calls} calls, {refused} refused: {name}");
    if !delivery.unreached.is_empty() {
        eprintln!("         {} messages were given up or cut off", delivery.unreached.len());
    }
    let messages = delivery.recipients as u32;
    [f64::from(calls) / f64::from(messages), elapsed / scenario.least_time(messages).as_secs_f64()]
}

fn print_table(scenarios: &[Scenario], cells: &[[Cell; 5]]) {
    let line = |name: &str, cells: [String; 5]| {
        let [expo, spaced, adaptive, told, words] = cells;
        println!("{name:26}{expo:>15}{spaced:>16}{adaptive:>16}{told:>15}{words:>16}");
    };
    line("", WAYS.map(String::from));
    line("", [(); 5].map(|()| "calls   time".into()));
    for (scenario, row) in scenarios.iter().zip(cells) {
        let cell =
            |cell: Cell| cell.map_or("-      -".into(), |[calls, time]| format!("{calls:.2}  {time:5.2}"));
        line(&scenario.name, row.map(cell));
    }
}

fn bars(scenarios: &[Scenario], cells: &[[Cell; 5]], title: String) -> Bars {
    let ratios = |title, which: usize| Ratios {
        title,
        values: cells.iter().map(|row| row.map(|cell| cell.map(|ratios| ratios[which]))).collect(),
    };
    Bars {
        title,
        ways: WAYS,
        names: scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        ratios: [ratios("calls", 0), ratios("time", 1)],
    }
}
