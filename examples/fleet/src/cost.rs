//! What sharing costs: exchanges with Redis and processor time, per call.

use std::time::Duration;

use backoff_test_servers::Redis;

use crate::Failure;
use crate::limit::Limit;
use crate::server::Server;
use crate::team::{Pacing, Team};

const RATES: [(f64, u32); 4] = [(1.0, 20), (10.0, 150), (100.0, 1500), (500.0, 7500)];

pub(crate) async fn run() -> Result<(), Failure> {
    println!(
        "Per call, with a pacer that was told the rate: exchanges with Redis of all processes, and processor time of"
    );
    println!("their threads that talk to Redis, and of Redis itself.\n");
    println!("{:>12}{:>11}{:>11}{:>14}{:>12}", "calls per s", "processes", "exchanges", "processes", "Redis");
    for (rate, messages) in RATES {
        for processes in [1, 2, 8, 32] {
            let (exchanges, ours, theirs) = one(rate, processes, messages).await?;
            println!("{rate:>12}{processes:>11}{exchanges:>11.2}{ours:>11.0} us{theirs:>9.0} us");
        }
    }
    Ok(())
}

async fn one(rate: f64, processes: u32, messages: u32) -> Result<(f64, f64, f64), Failure> {
    let redis = Redis::start()?;
    let server = Server::start(Limit::Bucket { most: 2.0 * rate, rate: 2.0 * rate }).await?;
    let pacing = Pacing { rate: Some(rate), redis: Some(redis.url()) };
    let address = server.address.clone();
    let url = redis.url();
    let measure = move || -> Result<_, Failure> {
        let told = Team::start(processes, messages, &address, &pacing)?.wait(Duration::from_secs(60))?;
        let mut connection = redis::Client::open(url)?.get_connection()?;
        let stats: String = redis::cmd("INFO").arg("commandstats").query(&mut connection)?;
        let cpu: String = redis::cmd("INFO").arg("cpu").query(&mut connection)?;
        let theirs: f64 =
            ["used_cpu_sys:", "used_cpu_user:"].iter().filter_map(|name| field(&cpu, name)).sum();
        let exchanges: f64 = ["cmdstat_evalsha:calls=", "cmdstat_eval:calls="]
            .iter()
            .filter_map(|name| field(&stats, name))
            .sum();
        let calls = f64::from(told.calls);
        Ok((exchanges / calls, told.spent.as_micros() as f64 / calls, theirs * 1e6 / calls))
    };
    tokio::task::spawn_blocking(measure).await?
}

/// The number behind a name.
fn field(text: &str, name: &str) -> Option<f64> {
    let (_, rest) = text.split_once(name)?;
    rest.split([',', '\r', '\n']).next()?.parse().ok()
}
