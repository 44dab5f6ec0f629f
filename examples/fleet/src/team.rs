//! The processes of a fleet: started together, hurt if need be, and waited for.

use std::env;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, path::Path};

use backoff_test_servers::{Process, Signal};
use tempfile::TempDir;

use crate::Failure;

/// How a fleet paces.
#[derive(Clone, Debug)]
pub(crate) struct Pacing {
    /// The limit in calls per second, if it is told.
    pub(crate) rate: Option<f64>,
    /// The Redis that they share it through; else each is for itself.
    pub(crate) redis: Option<String>,
}

/// Processes that send messages.
#[derive(Debug)]
pub(crate) struct Team {
    processes: Vec<Process>,
}

/// Until all processes run.
const HEAD_START: Duration = Duration::from_millis(500);

impl Team {
    /// Starts so many processes, which together send so many messages.
    pub(crate) fn start(count: u32, messages: u32, server: &str, pacing: &Pacing) -> Result<Self, Failure> {
        let head_start = HEAD_START + Duration::from_millis(60) * count;
        let at = SystemTime::now().duration_since(UNIX_EPOCH)? + head_start;
        let mut processes = Vec::new();
        for number in 0..count {
            let messages = messages / count + u32::from(number < messages % count);
            let mut command = Command::new(env::current_exe()?);
            command.args(["worker", "--server", server]);
            command.args(["--process", &number.to_string(), "--messages", &messages.to_string()]);
            command.args(["--at", &at.as_millis().to_string()]);
            command.args(pacing.rate.iter().flat_map(|rate| ["--rate".into(), rate.to_string()]));
            command.args(pacing.redis.iter().flat_map(|redis| ["--redis", redis]));
            let mut process = Process::new(command, TempDir::with_prefix("fleet-")?, Signal::Kill)?;
            process.run(Some(Stdio::piped()))?;
            processes.push(process);
        }
        Ok(Self { processes })
    }

    pub(crate) fn process(&mut self, number: usize) -> &mut Process {
        &mut self.processes[number]
    }

    /// The number of the process with this identifier.
    pub(crate) fn number(&self, id: u32) -> Option<usize> {
        self.processes.iter().position(|process| process.id() == Some(id))
    }

    /// Waits until all processes have ended that were not killed, but no longer than so. Returns their calls.
    pub(crate) fn wait(&mut self, most: Duration) -> Result<u32, Failure> {
        let since = Instant::now();
        let mut calls = 0;
        for process in &mut self.processes {
            while process.is_running() {
                if since.elapsed() > most {
                    return Err(format!("a process still runs after {most:?}: {}", log(process)).into());
                }
                sleep(Duration::from_millis(20));
            }
            if process.id().is_none() {
                continue;
            }
            let said = process.line()?;
            calls += said
                .trim()
                .parse::<u32>()
                .map_err(|_| format!("a process did not end well: {}", log(process)))?;
        }
        Ok(calls)
    }

    /// The processor time of their threads that talk to Redis, as Linux counts it.
    pub(crate) fn redis_time(&self) -> Duration {
        let ids = self.processes.iter().filter_map(Process::id);
        ids.map(|id| thread_time(Path::new(&format!("/proc/{id}/task")), "backoff-redis")).sum()
    }

    /// What the processes logged: the number of each, and its lines.
    pub(crate) fn logs(&self) -> Vec<(usize, String)> {
        let lines = |(number, process): (usize, &Process)| {
            log(process).lines().map(|line| (number, line.to_owned())).collect::<Vec<_>>()
        };
        self.processes.iter().enumerate().flat_map(lines).collect()
    }
}

/// The processor time of the threads of this name.
fn thread_time(tasks: &Path, name: &str) -> Duration {
    let threads = fs::read_dir(tasks).into_iter().flatten().flatten();
    let named = threads.filter(|thread| {
        fs::read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    let nanos = named.filter_map(|thread| {
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        spent.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn log(process: &Process) -> String {
    std::fs::read_to_string(process.folder().join("log")).unwrap_or_default()
}
