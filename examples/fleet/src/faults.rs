//! What happens when processes and Redis are hurt. The limit is told, so that a call that is refused is one too many.

use std::thread::sleep;
use std::time::Duration;

use backoff_test_servers::{Redis, Signal};
use clap::Args;

use crate::Failure;
use crate::limit::Limit;
use crate::server::{Log, Server};
use crate::slow::Slow;
use crate::team::{Pacing, Team};

const PROCESSES: u32 = 4;
const MESSAGES: u32 = 500;
const RATE: f64 = 50.0;
const LIMIT: Limit = Limit::Bucket { most: 5.0, rate: RATE };
/// When it happens, and for how long.
const AFTER: Duration = Duration::from_secs(3);
const LASTS: Duration = Duration::from_secs(3);
/// All is over by then, or somebody hangs.
const MOST: Duration = Duration::from_secs(60);

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    MemberKilled,
    LeaderKilled,
    MemberStopped,
    LeaderStopped,
    RedisRestarted,
    RedisFlushed,
    ScriptsFlushed,
    RedisSlow,
    RedisAway,
    NoRedis,
}

const ALL: [(Fault, &str); 11] = [
    (Fault::None, "nothing"),
    (Fault::MemberKilled, "kill -9 of a process"),
    (Fault::LeaderKilled, "kill -9 of the one that leads"),
    (Fault::MemberStopped, "a process stopped for 3 s"),
    (Fault::LeaderStopped, "the one that leads stopped for 3 s"),
    (Fault::RedisRestarted, "Redis killed, restarted empty"),
    (Fault::RedisFlushed, "FLUSHALL"),
    (Fault::ScriptsFlushed, "SCRIPT FLUSH"),
    (Fault::RedisSlow, "Redis slow: 100 ms each way"),
    (Fault::RedisAway, "Redis hangs for 3 s"),
    (Fault::NoRedis, "Redis never there"),
];

/// What is tried.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only what has this in its name
    #[arg(long, value_name = "NAME", default_value = "")]
    only: String,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let faults: Vec<_> = ALL.into_iter().filter(|(_, name)| name.contains(&options.only)).collect();
    if faults.is_empty() {
        let names = ALL.map(|(_, name)| name).join("`, `");
        return Err(format!("nothing is called `{}`; there are `{names}`", options.only).into());
    }
    println!(
        "{PROCESSES} processes send {MESSAGES} messages at once to a server that allows {RATE} a second and 5 at once; the pacer was \
         told {RATE}. It happens after 3 s.\n"
    );
    println!(
        "{:36}{:>9}{:>9}{:>9}{:>9}  what they log",
        "what happens", "accepted", "refused", "time", "pause"
    );
    for (fault, name) in faults {
        let (log, said) = one(fault).await?;
        let (accepted, refused) = (log.accepted().count(), log.refused());
        print!("{name:36}{accepted:>9}{refused:>9}{:>7.1} s{:>7.1} s", log.time(), log.longest_pause());
        let mut lines = said.into_iter();
        println!("  {}", lines.next().unwrap_or_default());
        lines.for_each(|line| println!("{:74}{line}", ""));
    }
    println!(
        "\nrefused: calls too many for the limit; pause: the longest time in which no call was accepted"
    );
    Ok(())
}

/// Runs a fleet and hurts it: what came, and what the processes logged.
async fn one(fault: Fault) -> Result<(Log, Vec<String>), Failure> {
    let redis = Redis::start()?;
    let way = Slow::way_to(redis.port()).await?;
    let server = Server::start(LIMIT).await?;
    let url = if fault == Fault::NoRedis { "redis://127.0.0.1:1".to_owned() } else { way.url.clone() };
    let pacing = Pacing { rate: Some(RATE), redis: Some(url) };
    let address = server.address.clone();
    let hurt = move || -> Result<Vec<String>, Failure> {
        let mut redis = redis;
        let mut team = Team::start(PROCESSES, MESSAGES, &address, &pacing)?;
        sleep(AFTER);
        hurt(fault, &mut team, &mut redis, &way)?;
        team.wait(MOST)?;
        let said = team.logs().into_iter();
        Ok(said
            .map(|(number, line)| {
                format!("{number}: {}", line.split_once("backoff: ").map_or(&*line, |(_, said)| said))
            })
            .collect())
    };
    let said = tokio::task::spawn_blocking(hurt).await??;
    Ok((server.log(), said))
}

fn hurt(fault: Fault, team: &mut Team, redis: &mut Redis, way: &Slow) -> Result<(), Failure> {
    let mut connection = redis::Client::open(redis.url())?.get_connection()?;
    let leader: Option<String> = redis::cmd("GET").arg("{backoff:fleet}:1:leader").query(&mut connection)?;
    let id = leader.as_deref().and_then(|leader| leader.split_once('-')?.0.parse().ok());
    let leader = id.and_then(|id| team.number(id)).unwrap_or(0);
    let member = (leader + 1) % PROCESSES as usize;
    match fault {
        Fault::None | Fault::NoRedis => {}
        Fault::MemberKilled => team.process(member).kill(),
        Fault::LeaderKilled => team.process(leader).kill(),
        Fault::MemberStopped | Fault::LeaderStopped => {
            let process = team.process(if fault == Fault::MemberStopped { member } else { leader });
            process.signal(Signal::Stop);
            sleep(LASTS);
            process.signal(Signal::Continue);
        }
        Fault::RedisRestarted => {
            redis.kill();
            redis.restart()?;
        }
        Fault::RedisFlushed => redis::cmd("FLUSHALL").exec(&mut connection)?,
        Fault::ScriptsFlushed => redis::cmd("SCRIPT").arg("FLUSH").exec(&mut connection)?,
        Fault::RedisSlow => {
            way.set(Duration::from_millis(100));
            sleep(LASTS);
            way.set(Duration::ZERO);
        }
        Fault::RedisAway => {
            redis.stop();
            sleep(LASTS);
            redis.go_on();
        }
    }
    Ok(())
}
