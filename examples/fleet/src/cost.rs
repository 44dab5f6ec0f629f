//! What sharing costs: exchanges with Redis and processor time, per call.

use std::thread::sleep;
use std::time::{Duration, Instant};

use backoff_test_servers::Redis;
use redis::Connection;

use crate::Failure;
use crate::limit::Limit;
use crate::server::Server;
use crate::team::{Pacing, Team};

const RATES: [f64; 4] = [1.0, 10.0, 100.0, 500.0];
/// From when on is counted, and for how long: neither how the fleet comes together nor how it ends.
const AFTER: Duration = Duration::from_secs(5);
const FOR: Duration = Duration::from_secs(10);
/// What Redis takes without a call is measured for so long.
const IDLE: Duration = Duration::from_secs(2);

pub(crate) async fn run() -> Result<(), Failure> {
    println!(
        "Per call, with a pacer that was told the rate, while all processes have calls that wait: exchanges with Redis of"
    );
    println!(
        "all of them; processor time of their threads that talk to Redis; and of Redis, less what it takes anyway.\n"
    );
    println!("{:>12}{:>11}{:>11}{:>14}{:>12}", "calls per s", "processes", "exchanges", "processes", "Redis");
    for rate in RATES {
        for processes in [1, 2, 8, 32] {
            let Cost { exchanges, ours, theirs } = measure(rate, processes).await?;
            println!("{rate:>12}{processes:>11}{exchanges:>11.2}{ours:>11.0} us{theirs:>9.0} us");
        }
    }
    Ok(())
}

/// Per call; times in microseconds.
struct Cost {
    exchanges: f64,
    ours: f64,
    theirs: f64,
}

/// What was used so far.
struct Used {
    at: Instant,
    calls: usize,
    exchanges: f64,
    ours: Duration,
    theirs: f64,
}

async fn measure(rate: f64, processes: u32) -> Result<Cost, Failure> {
    let redis = Redis::start()?;
    let server = Server::start(Limit::Bucket { most: 2.0 * rate, rate: 2.0 * rate }).await?;
    tokio::task::spawn_blocking(move || {
        let mut connection = redis::Client::open(redis.url())?.get_connection()?;
        let idle = processor_time(&mut connection)?;
        sleep(IDLE);
        let idle = (processor_time(&mut connection)? - idle) / IDLE.as_secs_f64();
        let pacing = Pacing { rate: Some(rate), redis: Some(redis.url()) };
        let messages = (rate * (AFTER + 2 * FOR).as_secs_f64()) as u32;
        let team = Team::start(processes, messages.max(2 * processes), &server.address, &pacing)?;
        let mut used = || -> Result<Used, Failure> {
            Ok(Used {
                at: Instant::now(),
                calls: server.log().0.len(),
                exchanges: exchanges(&mut connection)?,
                ours: team.redis_time(),
                theirs: processor_time(&mut connection)?,
            })
        };
        sleep(AFTER);
        let before = used()?;
        sleep(FOR);
        let after = used()?;
        let calls = (after.calls - before.calls) as f64;
        let theirs = after.theirs - before.theirs - idle * (after.at - before.at).as_secs_f64();
        Ok(Cost {
            exchanges: (after.exchanges - before.exchanges) / calls,
            ours: after.ours.saturating_sub(before.ours).as_micros() as f64 / calls,
            theirs: (1e6 * theirs / calls).max(0.0),
        })
    })
    .await?
}

fn exchanges(connection: &mut Connection) -> Result<f64, Failure> {
    let stats: String = redis::cmd("INFO").arg("commandstats").query(connection)?;
    Ok(["cmdstat_evalsha:calls=", "cmdstat_eval:calls="].iter().filter_map(|name| field(&stats, name)).sum())
}

/// In seconds.
fn processor_time(connection: &mut Connection) -> Result<f64, Failure> {
    let cpu: String = redis::cmd("INFO").arg("cpu").query(connection)?;
    Ok(["used_cpu_sys:", "used_cpu_user:"].iter().filter_map(|name| field(&cpu, name)).sum())
}

/// The number behind a name.
fn field(text: &str, name: &str) -> Option<f64> {
    let (_, rest) = text.split_once(name)?;
    rest.split([',', '\r', '\n']).next()?.parse().ok()
}
