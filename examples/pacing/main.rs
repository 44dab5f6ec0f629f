//! As close to the rate limit as possible: the same messages in five ways, each beside the least that any could take.
//!
//! ```text
//! cargo run --release --example pacing
//! cargo run --release --example pacing -- --help
//! ```
//!
//! | way | what it does |
//! | --- | --- |
//! | `expo, full jitter` | all at once, the article's policy: each message backs off on its own |
//! | `Retry-After` | all at once, and each comes back when the server told it to |
//! | `one every 0.2 s` | the article's mend: a delay between two messages, and its policy |
//! | `adaptive pacer` | all at once, through a pacer that they share, which finds the limit |
//! | `pacer told 5 a second` | the same, of a limit that is known |
//!
//! All five run at the same time, by real HTTP to a Messages API each: one after the other would take five times as
//! long, and the rate is so low that they don't get in each other's way.
//!
//! Expect, after less than a minute, a table of the calls and the time that each took, as multiples of the least
//! possible (a call per message; the time in which the limit lets so many through), and the same as a picture in
//! `out/pacing.png`. Each message knows only its own refusals, so the first two ways make many times the calls that are
//! needed. The pacers make one per message and hardly more, in hardly more than the least time.

mod options;

use std::{process::ExitCode, time::Duration};

use backoff_examples::{
    arguments::Pacing,
    messages_api::Limit,
    report::{Bars, Chart, Ratios, Summary},
    way::{Run, Terms, Way},
};
use clap::Parser;
use options::Options;

type Failure = Box<dyn std::error::Error + Send + Sync>;

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
    let terms = options.terms();
    let (calls, time) = least(terms)?;
    Chart::prepare(&options.chart)?;
    let title = format!("{calls} messages to an API that takes {} a second", terms.rate);
    println!("{title}: at best {calls} calls, in {:.1} s.", time.as_secs_f64());
    let [first, second, third, fourth, fifth] = runs(terms).await?.map(send);
    let ended = tokio::join!(first, second, third, fourth, fifth);
    let rows = <[_; 5]>::from(ended).map(|(name, summary)| Row::new(name, &summary, time));
    print_table(&rows);
    bars(title, &rows, time).write(&options.chart)?;
    println!("\nChart: {}", options.chart.display());
    Ok(())
}

/// The least that any way could take: a call for each message, and the time that the limit needs for them.
fn least(terms: Terms) -> Result<(u16, Duration), Failure> {
    let limit = Limit::per_second(terms.rate);
    let time = limit.least_time(terms.count.into());
    if time.is_zero() {
        let burst = limit.at_once();
        return Err(format!("{burst} messages pass at once, so there is no limit to meet: send more").into());
    }
    Ok((terms.count, time))
}

async fn runs(terms: Terms) -> Result<[Run; 5], Failure> {
    let (at_once, interval) = (Duration::ZERO, Duration::from_secs_f64(1.0 / terms.rate));
    let known = Pacing::PerSecond(terms.rate);
    let spaced = format!("one every {} s", (interval.as_secs_f64() * 1000.0).round() / 1000.0);
    Ok([
        Run::new("expo, full jitter".into(), terms, at_once, Way::article).await?,
        Run::new("Retry-After".into(), terms, at_once, Way::told).await?,
        Run::new(spaced, terms, interval, Way::article).await?,
        Run::new("adaptive pacer".into(), terms, at_once, |outbox| Way::paced(outbox, Pacing::Adaptive))
            .await?,
        Run::new(format!("pacer {known}"), terms, at_once, |outbox| Way::paced(outbox, known)).await?,
    ])
}

async fn send(run: Run) -> (String, Summary) {
    let delivery = run.send().await;
    eprintln!("{} is through after {:.1} s", run.name, delivery.elapsed.as_secs_f64());
    (run.name.clone(), run.end(delivery).await)
}

/// What one way took.
struct Row {
    name: String,
    accepted: u32,
    calls: u32,
    refused: u32,
    elapsed: Duration,
    /// Calls and time, as multiples of the least possible.
    ratios: [f64; 2],
}

impl Row {
    fn new(name: String, summary: &Summary, least: Duration) -> Self {
        let (client, elapsed) = (&summary.client, summary.delivery.elapsed);
        let calls = f64::from(client.calls) / summary.delivery.recipients as f64;
        let ratios = [calls, elapsed.as_secs_f64() / least.as_secs_f64()];
        let accepted = client.accepted();
        Self { name, accepted, calls: client.calls, refused: client.refused, elapsed, ratios }
    }
}

fn print_table(rows: &[Row]) {
    println!(
        "\n{:24}{:>9}{:>8}{:>9}{:>9}{:>13}{:>12}",
        "", "accepted", "calls", "refused", "time", "calls/least", "time/least"
    );
    for Row { name, accepted, calls, refused, elapsed, ratios: [of_calls, of_time] } in rows {
        let seconds = elapsed.as_secs_f64();
        println!(
            "{name:24}{accepted:>9}{calls:>8}{refused:>9}{seconds:>7.1} s{of_calls:>13.2}{of_time:>12.2}"
        );
    }
}

fn bars(title: String, rows: &[Row], least: Duration) -> Bars {
    let ratios =
        |title, which: usize| Ratios { title, values: rows.iter().map(|row| row.ratios[which]).collect() };
    Bars {
        title,
        names: rows.iter().map(|row| row.name.clone()).collect(),
        ratios: [
            ratios("calls (least: one per message)".into(), 0),
            ratios(format!("time (least: {:.0} s)", least.as_secs_f64()), 1),
        ],
    }
}
