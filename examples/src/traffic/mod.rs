//! The article's experiment: many tasks that never succeed, and what a server would see of them, second by second.

mod policy;

use std::{cmp::Reverse, fmt, io, path::Path, sync::Arc, time::Duration};

use backoff_runtime::{full_jitter, testing::Scope};
use tokio::{sync::Mutex, task::JoinSet, time::Instant};

pub use policy::{Generator, Jitter, Policy};

/// How the experiment is made.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// How many tasks there are, all begun at once.
    pub tasks: u32,
    /// How long each of them tries.
    pub max_time: Duration,
    /// How long one call takes on average, during which no other is made.
    pub call_time: Duration,
    /// Makes every draw of random numbers the same again.
    pub seed: u64,
}

/// The file that the article's function writes to. Calls wait for each other here, as they do in the article, whose one
/// thread opens the file and writes a line for each.
#[derive(Debug)]
struct Log {
    started: Instant,
    max_time: Duration,
    call_time: Duration,
    calls: Mutex<Vec<Call>>,
}

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The task that made it, from 0.
    pub task: u32,
    /// When, since the start.
    pub at: Duration,
}

/// All calls that were made under a policy, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// The policy.
    pub policy: Policy,
    /// The calls.
    pub calls: Vec<Call>,
}

impl Log {
    /// Writes one line. Calls take anything from no time to twice the average.
    async fn write(&self, task: u32) {
        let mut calls = self.calls.lock().await;
        calls.push(Call { task, at: self.started.elapsed() });
        tokio::time::sleep(full_jitter(self.call_time * 2)).await;
    }
}

impl Experiment {
    /// Runs all tasks to their end. Meant for a paused clock: on any other it takes `max_time`.
    pub async fn run(&self, policy: Policy) -> Traffic {
        let Self { tasks, max_time, call_time, seed } = *self;
        let log = Arc::new(Log { started: Instant::now(), max_time, call_time, calls: Mutex::default() });
        let (scope, slow_operation) = (Scope::new().seed(seed), policy::slow_operation(policy));
        let mut running = JoinSet::new();
        for task in 0..tasks {
            let (scope, operation) = (scope.clone(), slow_operation(Arc::clone(&log), task));
            running.spawn(async move { scope.run_async(operation).await });
        }
        running.join_all().await;
        let calls = std::mem::take(&mut *log.calls.lock().await);
        Traffic { policy, calls }
    }
}

impl Traffic {
    /// How many calls were made in each second since the start.
    #[must_use]
    pub fn per_second(&self) -> Vec<u32> {
        let second = |call: &Call| call.at.as_secs() as usize;
        let mut counts = vec![0; self.calls.last().map_or(0, |last| second(last) + 1)];
        for call in &self.calls {
            counts[second(call)] += 1;
        }
        counts
    }

    /// The most calls in a second.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.per_second().into_iter().max().unwrap_or(0)
    }

    /// The seconds with the most calls, and how many those were.
    #[must_use]
    pub fn busiest(&self, count: usize) -> Vec<(usize, u32)> {
        let mut seconds: Vec<_> = self.per_second().into_iter().enumerate().collect();
        seconds.sort_by_key(|(second, calls)| (Reverse(*calls), *second));
        seconds.truncate(count);
        seconds
    }

    /// Seconds without any call, from the first to the last one with a call.
    #[must_use]
    pub fn idle_seconds(&self) -> usize {
        self.per_second().iter().filter(|calls| **calls == 0).count()
    }
}

/// One row of the table: the policy, and what became of it.
impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let busiest: Vec<_> =
            self.busiest(5).iter().map(|(second, calls)| format!("{second} s ({calls})")).collect();
        let [policy, busiest] = [self.policy.to_string(), busiest.join(", ")];
        let (calls, peak, idle) = (self.calls.len(), self.peak(), self.idle_seconds());
        write!(f, "{policy:<28}{calls:>8}{peak:>8}{idle:>8}   {busiest}")
    }
}

/// Heads the rows of the table.
pub const HEADING: &str =
    "policy                         calls  peak/s  idle s   busiest seconds (calls in each)";

/// Writes all calls to a CSV file: `policy,task,seconds`.
///
/// # Errors
///
/// When the file can't be written.
pub fn write_csv(path: &Path, traffics: &[Traffic]) -> io::Result<()> {
    let mut rows = csv::Writer::from_path(path)?;
    rows.write_record(["policy", "task", "seconds"])?;
    for Traffic { policy, calls } in traffics {
        for call in calls {
            let seconds = format!("{:.3}", call.at.as_secs_f64());
            rows.write_record([policy.file_name(), call.task.to_string(), seconds])?;
        }
    }
    rows.flush()
}
