//! The processes of a fleet: started together, hurt if need be, and waited for.

use std::env;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// What all processes tell when they have ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) calls: u32,
    /// Processor time of the threads that talk to Redis.
    pub(crate) spent: Duration,
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

    /// Waits until all processes have ended that were not killed, but no longer than so.
    pub(crate) fn wait(&mut self, most: Duration) -> Result<Told, Failure> {
        let since = std::time::Instant::now();
        let mut told = Told::default();
        for process in &mut self.processes {
            while process.is_running() {
                if since.elapsed() > most {
                    return Err(format!("a process still runs after {most:?}: {}", log(process)).into());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            if process.id().is_none() {
                continue;
            }
            let line = process.line()?;
            let mut words = line.split_whitespace().map(str::parse::<u32>);
            match (words.next(), words.next()) {
                (Some(Ok(calls)), Some(Ok(micros))) => {
                    told.calls += calls;
                    told.spent += Duration::from_micros(micros.into());
                }
                _ => return Err(format!("a process did not end well: {}", log(process)).into()),
            }
        }
        Ok(told)
    }

    /// What the processes logged: the number of each, and its lines.
    pub(crate) fn logs(&self) -> Vec<(usize, String)> {
        let lines = |(number, process): (usize, &Process)| {
            log(process).lines().map(|line| (number, line.to_owned())).collect::<Vec<_>>()
        };
        self.processes.iter().enumerate().flat_map(lines).collect()
    }
}

fn log(process: &Process) -> String {
    std::fs::read_to_string(process.folder().join("log")).unwrap_or_default()
}
