//! The article's experiment: what a server sees of 500 tasks that fail and back off for five minutes.
//!
//! ```text
//! cargo run --release --example traffic
//! cargo run --release --example traffic -- --help
//! ```
//!
//! The article's function, annotated three ways, stands in `examples/src/traffic/policy.rs`. Expect a table, and in
//! `out/traffic/` a picture per policy, one of all three on the same axes and every call as CSV: a thick flat band
//! (`constant`), tall bunches far apart (`expo` without jitter), and few calls evenly spread (`expo` with full jitter).
//!
//! # What is modelled
//!
//! Time is: tokio's clock is paused and jumps to the next timer, so 300 seconds take a moment. The waits are not: they
//! are those of the attributes.
//!
//! How long a call takes is, too. 500 tasks that try once a second would be 500 calls a second, but the article's graph
//! shows 40 to 60: each call there opens a file and appends a line, and one thread does it for all tasks, so that calls
//! queue up for it. 50 a second are 20 ms a call. Here, too, one call is made at a time, and takes anything from 0 to
//! 40 ms (`--call-time`), which makes the band 40 to 60 calls thick. It also makes a bunch of 500 calls ten seconds
//! wide. `--call-time 0` shows the policies bare: 500 calls in every second, or in one second of very few.

mod options;

use std::{io, path::Path, process::ExitCode};

use backoff_examples::{
    report::{Chart, Panel},
    traffic::{Experiment, HEADING, Traffic, write_csv},
};
use clap::Parser;
use options::Options;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let (experiment, policies) = (options.experiment(), options.policies());
    // Whether anything can be written is known before anything is computed.
    Chart::prepare(&options.out.join("traffic.png"))?;
    let Experiment { tasks, max_time, seed, .. } = experiment;
    println!("{tasks} tasks that always fail, for {max_time:?} of a paused clock, seed {seed}:\n\n{HEADING}");
    let mut traffics = Vec::new();
    for policy in policies {
        // Each policy has a clock of its own.
        let traffic = paused()?.block_on(experiment.run(policy));
        println!("{traffic}");
        traffics.push(traffic);
    }
    println!();
    write_charts(&options.out, &experiment, &traffics)?;
    let csv = options.out.join("traffic.csv");
    write_csv(&csv, &traffics)?;
    println!("Calls:  {}", csv.display());
    Ok(())
}

fn paused() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
}

/// One picture per policy, and one of all on the same axes.
fn write_charts(folder: &Path, experiment: &Experiment, traffics: &[Traffic]) -> Result<(), Failure> {
    let panels: Vec<_> = traffics.iter().map(|traffic| panel(experiment, traffic)).collect();
    let mut charts: Vec<_> = traffics
        .iter()
        .zip(&panels)
        .map(|(traffic, panel)| (traffic.policy.file_name(), vec![panel.clone()]))
        .collect();
    if panels.len() > 1 {
        charts.push(("traffic".into(), panels));
    }
    for (name, panels) in charts {
        let path = folder.join(name).with_extension("png");
        Chart::new(panels).write(&path)?;
        println!("Chart:  {}", path.display());
    }
    Ok(())
}

fn panel(experiment: &Experiment, traffic: &Traffic) -> Panel {
    let (policy, tasks) = (traffic.policy, experiment.tasks);
    let (calls, peak) = (traffic.calls.len(), traffic.peak());
    let title = format!("{policy}: {calls} calls of {tasks} tasks, at most {peak} a second");
    Panel::of_attempts(title, traffic.per_second())
}
