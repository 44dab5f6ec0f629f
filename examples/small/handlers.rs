//! What is told of each event: by handlers of one's own, and by log lines.
//!
//! ```text
//! cargo run --example handlers
//! ```
//!
//! A parcel is announced to a courier that never answers in time. Expect, for each of three attempts, what the handlers
//! say, and the log lines (`INFO backoff: Backing off ...`, `ERROR backoff: Giving up ...`), which come before the
//! handlers of the same event. A second parcel gets through.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use backoff_runtime::{Details, on_exception};

#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
struct TimedOut;

type Weekday = &'static str;

struct Courier {
    is_awake: bool,
}

impl Courier {
    async fn answer(&self) -> Result<Weekday, TimedOut> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.is_awake { Ok("Monday") } else { Err(TimedOut) }
    }
}

#[derive(Debug, Default)]
struct Statistics {
    failures: u32,
}

/// A plain function; generic, so that it serves functions with any error.
fn note<E: std::error::Error>(details: &Details<'_, E>) {
    println!("note: attempt {} of {}: {}", details.tries, details.target, details.outcome);
}

/// An async function: the next attempt, or the return, waits for it.
async fn tell_support(details: &Details<'_, TimedOut>) {
    tokio::time::sleep(Duration::from_millis(5)).await;
    let reason = details.reason.expect("a give-up has a reason");
    println!("support: told after {} attempts, because of {reason}", details.tries);
}

// Closures see the function's arguments (`parcel`, `statistics`), a list is called in order. The waits are short so
// that the example is quick, and without jitter so that the log lines are the same in each run.
#[on_exception(
    expo, factor = 0.1, jitter = none, max_tries = 3,
    on_try = |details| println!("parcel {parcel}: attempt {}", details.tries),
    on_backoff = [note, |_| statistics.failures += 1],
    on_giveup = [note, |_| statistics.failures += 1, tell_support],
    on_success = |details| println!("parcel {parcel}: pick-up on {}", details.outcome),
)]
async fn announce(parcel: u32, courier: &Courier, statistics: &mut Statistics) -> Result<Weekday, TimedOut> {
    courier.answer().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Log lines are `tracing` events of the target `backoff`; this shows them.
    tracing_subscriber::fmt().without_time().with_ansi(io::stdout().is_terminal()).init();
    let mut statistics = Statistics::default();
    for (parcel, is_awake) in [(1, false), (2, true)] {
        let announced = announce(parcel, &Courier { is_awake }, &mut statistics).await;
        println!("parcel {parcel}: {announced:?}\n");
    }
    println!("{statistics:?}");
}
