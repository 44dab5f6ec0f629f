//! The article's recording: several hundred messages at once, most of them refused at first; and its mend beside it.
//!
//! ```text
//! cargo run --release --example put_together
//! cargo run --release --example put_together -- --pacer adaptive
//! cargo run --release --example put_together -- --help
//! ```
//!
//! The annotated function is the article's, in `examples/src/article.rs`. It runs twice at the same time, by real HTTP
//! to two Messages APIs on loopback: on the left all messages are begun at once, on the right one after the other, as
//! far apart as the rate limit allows.
//!
//! Expect a line a second with accepted and refused calls. On the left nearly every call is refused at first; as waits
//! grow, that falls within seconds, and messages get through at the limit's pace. On the right hardly any call is
//! refused, and both end at about the same time: the limit decides that, backing off only keeps to it. After less than
//! a minute `out/put_together.png` shows both.
//!
//! With `--pacer` there is a third way beside them: all at once again, but through a pacer that all messages share. It
//! needs no delay, nor, if it is adaptive, to be told of the limit.

mod live;
mod options;

use std::process::ExitCode;

use backoff_examples::{
    delivery::Delivery,
    outbox::Spacing,
    report::{Chart, Panel},
    way::{Run, Way},
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
    Chart::prepare(&options.chart)?;
    let runs = runs(options).await?;
    let deliveries = tokio::select! {
        biased;
        () = live::lines(&runs, options.rate) => unreachable!("never ends"),
        deliveries = send(&runs) => deliveries,
    };
    let mut panels = Vec::new();
    for (run, delivery) in runs.into_iter().zip(deliveries) {
        panels.push(report(run, options, delivery).await);
    }
    // In the first second there are dozens of times as many calls as the limit allows.
    Chart::new(panels).cut_at(options.rate * 10.0).write(&options.chart)?;
    println!("\nChart: {}", options.chart.display());
    Ok(())
}

/// The ways to send, side by side.
async fn runs(options: &Options) -> Result<Vec<Run>, Failure> {
    let (terms, delay) = (options.terms(), options.delay());
    let apart = format!("one every {} s", (delay.as_secs_f64() * 1000.0).round() / 1000.0);
    let mut runs = vec![
        Run::new("all at once".into(), terms, Spacing::NONE, Way::article).await?,
        Run::new(apart, terms, Spacing::every(delay), Way::article).await?,
    ];
    if let Some(pacing) = options.pacer {
        let name = format!("paced ({pacing})");
        runs.push(Run::new(name, terms, Spacing::NONE, |outbox| Way::paced(outbox, pacing)).await?);
    }
    Ok(runs)
}

/// Sends in all ways at the same time.
async fn send(runs: &[Run]) -> Vec<Delivery> {
    let paced = async {
        match runs.get(2) {
            Some(run) => Some(run.send().await),
            None => None,
        }
    };
    let (at_once, spaced, paced) = tokio::join!(runs[0].send(), runs[1].send(), paced);
    [Some(at_once), Some(spaced), paced].into_iter().flatten().collect()
}

/// Prints what became of it, and gives its part of the picture.
async fn report(run: Run, options: &Options, delivery: Delivery) -> Panel {
    let name = run.name.clone();
    let summary = run.end(delivery).await;
    let (delivery, client) = (&summary.delivery, &summary.client);
    let title = format!(
        "{} messages, {name}: {} calls, {} refused, {:.0} s",
        delivery.recipients,
        client.calls,
        client.refused,
        delivery.elapsed.as_secs_f64()
    );
    let panel = Panel::of_calls(title, &client.per_second, Some(options.rate));
    println!("\n{name}{}:\n", if delivery.interrupted { ", interrupted" } else { "" });
    print!("{summary}");
    panel
}
