//! Processes by servers: how many calls it takes to get all messages through, in which time, and how fair it is.

use std::io::Write;
use std::time::Duration;

use backoff_test_servers::Redis;
use clap::Args;

use crate::Failure;
use crate::limit::Limit;
use crate::nginx::Nginx;
use crate::server::{Log, Server};
use crate::team::{Pacing, Team};

/// What is measured.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// Only servers whose name has this in it
    #[arg(long, value_name = "NAME", default_value = "")]
    server: String,
    /// So many processes, each in turn
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,2,8,32")]
    processes: Vec<u32>,
    /// Leave out processes that each pace by themselves
    #[arg(long)]
    shared: bool,
}

impl Options {
    /// A few, in a minute.
    pub(crate) fn few() -> Self {
        Self { server: "bucket of 1 s, 170/s".into(), processes: vec![1, 8], shared: false }
    }
}

/// A server, and the messages that are sent to it.
#[derive(Clone, Copy, Debug)]
struct Row {
    name: &'static str,
    messages: u32,
    limit: Limit,
    /// nginx with such a limit; else a server of our own.
    nginx: Option<(u32, u32)>,
}

const fn own(name: &'static str, messages: u32, limit: Limit) -> Row {
    Row { name, messages, limit, nginx: None }
}

const fn bucket(most: f64, rate: f64) -> Limit {
    Limit::Bucket { most, rate }
}

const fn nginx(name: &'static str, messages: u32, rate: u32, burst: u32) -> Row {
    let limit = bucket(1.0 + burst as f64, rate as f64);
    Row { name, messages, limit, nginx: Some((rate, burst)) }
}

/// Who takes so many times the least time is not waited for.
const MOST_TIME: f64 = 12.0;

const SERVERS: [Row; 9] = [
    own("bucket of 1, 1/s", 20, bucket(1.0, 1.0)),
    own("bucket of 1, 10/s", 150, bucket(1.0, 10.0)),
    own("bucket of 1 s, 10/s", 150, bucket(10.0, 10.0)),
    own("bucket of 1 s, 170/s", 2500, bucket(170.0, 170.0)),
    own("window of 1 s, 10/s", 150, Limit::Window { most: 10, length: 1.0 }),
    own("window of 1 s, 170/s", 2500, Limit::Window { most: 170, length: 1.0 }),
    own("window of 10 s, 100", 300, Limit::Window { most: 100, length: 10.0 }),
    nginx("nginx, 10/s", 150, 10, 0),
    nginx("nginx, 10/s, burst 20", 200, 10, 20),
];

/// One measurement.
#[derive(Clone, Copy, Debug)]
struct Measured {
    calls: f64,
    time: f64,
    shares: (f64, f64),
}

impl Row {
    async fn measure(&self, processes: u32, redis: Option<&Redis>) -> Result<Measured, Failure> {
        let pacing = Pacing { rate: None, redis: redis.map(Redis::url) };
        let log = match self.nginx {
            Some((rate, burst)) => {
                let nginx = Nginx::start(rate, burst)?;
                self.send(processes, &nginx.address, pacing).await?;
                nginx.log()?
            }
            None => {
                let server = Server::start(self.limit).await?;
                self.send(processes, &server.address, pacing).await?;
                server.log()
            }
        };
        Ok(self.ratios(processes, &log))
    }

    /// Measures and prints a line.
    async fn print(&self, processes: u32, is_shared: bool) -> Result<(), Failure> {
        let how = if is_shared { "through Redis" } else { "each by itself" };
        print!("{:24}{processes:>10}  {how:14}", self.name);
        std::io::stdout().flush()?;
        let redis = if is_shared { Some(Redis::start()?) } else { None };
        match self.measure(processes, redis.as_ref()).await {
            Ok(Measured { calls, time, shares: (least, most) }) => {
                println!("{calls:>8.3}{time:>8.3}   {least:.2} to {most:.2}");
            }
            Err(failure) => println!("  {failure}"),
        }
        Ok(())
    }

    async fn send(&self, processes: u32, address: &str, pacing: Pacing) -> Result<(), Failure> {
        let most = Duration::from_secs_f64(20.0 + MOST_TIME * self.limit.least(self.messages));
        let (messages, address) = (self.messages, address.to_owned());
        tokio::task::spawn_blocking(move || {
            Team::start(processes, messages, &address, &pacing)?.wait(most).map(drop)
        })
        .await?
    }

    fn ratios(&self, processes: u32, log: &Log) -> Measured {
        Measured {
            calls: log.0.len() as f64 / f64::from(self.messages),
            time: log.time() / self.limit.least(self.messages),
            shares: log.shares(processes),
        }
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let rows: Vec<_> = SERVERS.iter().filter(|row| row.name.contains(&options.server)).collect();
    if rows.is_empty() {
        let names = SERVERS.map(|row| row.name).join("`, `");
        return Err(format!("no server is called `{}`; there are `{names}`", options.server).into());
    }
    println!(
        "Calls and time to get all messages through, as ratios to the least possible; no pacer is told the limit."
    );
    println!(
        "Fair: the smallest and the largest part of a process in the first half, as ratios to equal parts.\n"
    );
    println!("{:24}{:>10}  {:14}{:>8}{:>8}   {:12}", "server", "processes", "", "calls", "time", "fair");
    for row in rows {
        for processes in &options.processes {
            // A process alone is by itself the measure for all others.
            for is_shared in [false, true].into_iter().filter(|is_shared| *is_shared || !options.shared) {
                row.print(*processes, is_shared).await?;
            }
        }
    }
    Ok(())
}
