//! The servers of the table, and how many calls and how much time it took to get all messages through.

use std::fmt;

use backoff_runtime::Pacer;

use super::{Api, Limit, ROUND_TRIP, paused, send_all};

/// A row of the table: a server, and what the reference needed.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What limits it.
    pub name: &'static str,
    /// To be sent, all at once.
    pub messages: u32,
    /// Calls per second.
    pub rate: f64,
    /// Saved up at most, and there at the start.
    pub burst: f64,
    /// As of [`Api::new`].
    pub noise: f64,
    is_window: bool,
    /// Of the reference, in exact time.
    pub reference: Ratios,
}

/// Calls and time, as ratios to what the server allows: one call per message, and one message per token.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    /// Calls per message.
    pub calls: f64,
    /// Time per shortest time that is possible.
    pub time: f64,
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{:.3}  x{:.3}", self.calls, self.time)
    }
}

const fn row(
    name: &'static str,
    messages: u32,
    [rate, burst]: [f64; 2],
    is_window: bool,
    [calls, time]: [f64; 2],
) -> Row {
    let noise = if burst > 1.0 { 0.002 } else { 0.0 };
    Row { name, messages, rate, burst, noise, is_window, reference: Ratios { calls, time } }
}

/// The servers, from the one of the article to one that counts calls per second.
pub const ROWS: [Row; 7] = [
    row("bucket of 1,   1/s", 500, [1.0, 1.0], false, [1.024, 1.038]),
    row("bucket of 1,  10/s", 5000, [10.0, 1.0], false, [1.004, 1.053]),
    row("bucket of 1, 170/s", 5000, [170.0, 1.0], false, [1.003, 1.136]),
    row("1 s bucket,   10/s", 5000, [10.0, 10.0], false, [1.007, 1.008]),
    row("1 s bucket,  170/s", 5000, [170.0, 170.0], false, [1.024, 1.037]),
    row("1 s window,   10/s", 5000, [10.0, 10.0], true, [1.008, 1.058]),
    row("1 s window,  170/s", 5000, [170.0, 170.0], true, [1.021, 1.346]),
];

impl Row {
    /// Sends the messages with the pacer that `pacer` makes: the mean of so many seeds, each in a paused runtime.
    ///
    /// # Panics
    /// If sending does.
    #[must_use]
    pub fn ratios(&self, pacer: fn(&Self) -> Pacer, seeds: u32) -> Ratios {
        let shortest = self.shortest();
        let runs = (0..seeds).map(|seed| self.run(pacer(self), u64::from(seed)));
        let (calls, time) = runs.fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        Ratios {
            calls: calls / f64::from(seeds) / f64::from(self.messages),
            time: time / f64::from(seeds) / shortest,
        }
    }

    /// The least time.
    pub(super) fn shortest(&self) -> f64 {
        ROUND_TRIP + (f64::from(self.messages) - self.burst) / self.rate
    }

    pub(super) fn limit(&self) -> Limit {
        if self.is_window { Limit::window(self.rate as u32) } else { Limit::bucket(self.rate, self.burst) }
    }

    fn run(&self, pacer: Pacer, seed: u64) -> (f64, f64) {
        paused(async {
            let api = Api::new(pacer, self.limit(), self.noise, seed);
            send_all(&api, self.messages).await;
            (f64::from(api.calls()), api.seconds())
        })
    }
}
