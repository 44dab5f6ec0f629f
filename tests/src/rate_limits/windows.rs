//! Servers whose windows are longer than a second, and how many calls and how much time it took to get all through.

use backoff_runtime::Pacer;
use tokio::task::JoinSet;

use super::{Api, HALF_TRIP, Limit, Ratios, paused, send, send_without_hints};

/// A server, and what is sent to it.
#[derive(Clone, Copy, Debug)]
pub struct WindowRow {
    /// What limits it.
    pub name: &'static str,
    /// To be sent, all at once.
    pub messages: u32,
    /// Calls, and the seconds in which so many are allowed.
    pub quota: (u32, f64),
    limit: fn(u32, f64) -> Limit,
    /// Refused calls are told how long to stay away.
    pub hints: bool,
}

const fn row(
    name: &'static str,
    messages: u32,
    quota: (u32, f64),
    limit: fn(u32, f64) -> Limit,
    hints: bool,
) -> WindowRow {
    WindowRow { name, messages, quota, limit, hints }
}

const FIXED: fn(u32, f64) -> Limit = |calls, length| Limit::windows(calls, length, length);
/// The first window is over soon.
const LATE: fn(u32, f64) -> Limit = |calls, length| Limit::windows(calls, length, 0.4 * length);
const BY_CALL: fn(u32, f64) -> Limit = Limit::windows_by_call;
const LOG: fn(u32, f64) -> Limit = |calls, length| Limit::log(calls as usize, length, false);
const LOG_OF_ALL: fn(u32, f64) -> Limit = |calls, length| Limit::log(calls as usize, length, true);
const COUNTER: fn(u32, f64) -> Limit = |calls, length| Limit::counter(calls, length, 0.4 * length);
const BUCKET: fn(u32, f64) -> Limit =
    |calls, length| Limit::bucket(f64::from(calls) / length, f64::from(calls));

/// Limits that users meet, with hints and without.
pub const WINDOW_ROWS: [WindowRow; 16] = [
    row("windows", 300, (100, 10.0), FIXED, true),
    row("windows", 1000, (100, 10.0), FIXED, true),
    row("windows, from within", 300, (100, 10.0), LATE, true),
    row("windows from a call", 300, (100, 10.0), BY_CALL, true),
    row("sliding log", 300, (100, 10.0), LOG, true),
    row("sliding counter", 300, (100, 10.0), COUNTER, true),
    row("windows", 300, (60, 60.0), FIXED, true),
    row("windows", 3000, (1000, 60.0), FIXED, true),
    row("windows", 1500, (500, 3600.0), FIXED, true),
    row("log of refused ones", 300, (100, 10.0), LOG_OF_ALL, true),
    row("windows", 300, (100, 10.0), FIXED, false),
    row("windows", 1000, (100, 10.0), FIXED, false),
    row("sliding log", 300, (100, 10.0), LOG, false),
    row("sliding counter", 300, (100, 10.0), COUNTER, false),
    row("log of refused ones", 300, (100, 10.0), LOG_OF_ALL, false),
    row("bucket", 300, (100, 10.0), BUCKET, true),
];

impl WindowRow {
    /// A pacer that was told the rate.
    #[must_use]
    pub fn told(&self) -> Pacer {
        Pacer::per_second(f64::from(self.quota.0) / self.quota.1)
    }

    /// Sends the messages with the pacer that `pacer` makes: the mean of so many seeds, each in a paused runtime.
    ///
    /// # Panics
    /// If sending does.
    #[must_use]
    pub fn ratios(&self, pacer: fn(&Self) -> Pacer, seeds: u32) -> Ratios {
        let limit = (self.limit)(self.quota.0, self.quota.1);
        let shortest = limit.shortest(self.messages) + 2.0 * HALF_TRIP;
        let runs = (0..seeds).map(|seed| self.run(pacer(self), limit.clone(), u64::from(seed)));
        let (calls, time) = runs.fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        Ratios {
            calls: calls / f64::from(seeds) / f64::from(self.messages),
            time: time / f64::from(seeds) / shortest,
        }
    }

    fn run(&self, pacer: Pacer, limit: Limit, seed: u64) -> (f64, f64) {
        paused(async {
            let api = Api::new(pacer, limit, 0.002, seed);
            let (mut tasks, hints) = (JoinSet::new(), self.hints);
            for _ in 0..self.messages {
                let api = api.clone();
                let message =
                    async move { if hints { send(&api).await } else { send_without_hints(&api).await } };
                tasks.spawn(message);
            }
            assert!(
                tasks.join_all().await.iter().all(Result::is_ok),
                "every message is retried until it passes"
            );
            (f64::from(api.calls()), api.seconds())
        })
    }
}
