//! What a server sees of eight processes that share a pacer, of eight that don't, and of a fleet that is hurt.
//!
//! ```text
//! cargo run --release --example fleet_pictures
//! ```
//!
//! Simulated on a paused clock: the processes speak through a store 0.3 ms away, by the rules of `backoff-redis`. Expect two
//! pictures in `out/fleet/`. `apart-and-shared.png`: one process, eight that share its pacer, and eight of which each has its
//! own; the first two look alike. `hurt.png`: eight that share a pacer, while the one that leads is killed and the store goes
//! away; gaps of two seconds or less, and no bunch after them.

use std::{io, path::Path, process::ExitCode, time::Duration};

use backoff_examples::{
    per_second::PerSecond,
    report::{Chart, Panel},
};
use backoff_tests::{
    fleet::{Fault, Fleet, Outcome, Who},
    rate_limits::{ROWS, Work},
};

/// Calls per second that the server lets through.
const RATE: f64 = 10.0;

fn main() -> ExitCode {
    match draw(Path::new("out/fleet")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// A server that saves up the calls of one second.
fn work(messages: u32) -> Work {
    let mut row = ROWS[3];
    (row.rate, row.burst, row.messages) = (RATE, RATE, messages);
    row.into()
}

fn draw(folder: &Path) -> io::Result<()> {
    let kinds = [
        ("one process", Fleet::apart(1)),
        ("eight processes that share its pacer", Fleet::of(8)),
        ("eight processes, each with a pacer of its own", Fleet::apart(8)),
    ];
    let panels = kinds.map(|(name, fleet)| panel(name, &fleet.send(&work(600), 0)));
    write(&folder.join("apart-and-shared.png"), panels.into())?;

    let faults =
        vec![(15.0, Fault::Kill(Who::Leader)), (30.0, Fault::Away), (45.0, Fault::Back { flushed: false })];
    let hurt = Fleet { faults, ..Fleet::of(8) };
    let name = "eight that share: at 15 s the leader is killed, from 30 to 45 s the store is away";
    write(&folder.join("hurt.png"), vec![panel(name, &hurt.send(&work(600), 0))])
}

fn panel(name: &str, outcome: &Outcome) -> Panel {
    let mut calls = PerSecond::default();
    let passed = outcome.passed.iter().map(|(at, _)| (*at, true));
    for (at, is_accepted) in passed.chain(outcome.refused.iter().map(|at| (*at, false))) {
        calls.add(Duration::from_secs_f64(at), is_accepted);
    }
    Panel::of_calls(name, &calls, Some(RATE))
}

fn write(path: &Path, panels: Vec<Panel>) -> io::Result<()> {
    Chart::new(panels).write(path).map_err(io::Error::other)?;
    println!("{}", path.display());
    Ok(())
}
