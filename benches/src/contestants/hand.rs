//! The loop as one writes it by hand who knows how: integers, the cheapest generator, no log.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, FIRST_WAIT, LONGEST_WAIT, Operation, SLEEP_WAIT, TRIES, Yield};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("hand-written loop");
    bench.first(call);
    bench.first_unlogged(call);
    bench.first_with_max_time(call_with_max_time);
    bench.first_with_handler(call_with_handler);
    bench.first_sync(call_sync);
    bench.at_once(call_at_once);
    bench.waits(|| (1..=BATCH as u32).map(wait).sum());
    bench.tasks(call_slowly);
    bench.source(Source {
        dependencies: r#"fastrand = "2.5""#,
        once: "
use std::time::Duration;
fn wait(tries: u32) -> Duration {
    let longest = Duration::from_millis(100 << (tries - 1).min(20)).min(Duration::from_secs(10));
    Duration::from_nanos(fastrand::u64(0..=longest.as_nanos() as u64))
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    let mut tries = 1;
    loop {
        let result = async { BODY }.await;
        match result {
            Err(_) if tries < 5 => tokio::time::sleep(wait(tries)).await,
            result => return result,
        }
        tries += 1;
    }
}
",
    });
}

fn wait(tries: u32) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1 << (tries - 1).min(20)).min(LONGEST_WAIT);
    Duration::from_nanos(fastrand::u64(0..=longest.as_nanos() as u64))
}

async fn call(operation: &'static Operation) -> Answer {
    let mut tries = 1;
    loop {
        match operation.attempt().await {
            Err(_) if tries < TRIES => sleep(wait(tries)).await,
            answer => return answer,
        }
        tries += 1;
    }
}

async fn call_with_max_time(operation: &'static Operation) -> Answer {
    let start = Instant::now();
    let mut tries = 1;
    loop {
        match operation.attempt().await {
            Err(_) if start.elapsed() < Duration::from_secs(60) => sleep(wait(tries)).await,
            answer => return answer,
        }
        tries += 1;
    }
}

async fn call_with_handler(operation: &'static Operation) -> Answer {
    let start = Instant::now();
    let mut tries = 1;
    loop {
        match operation.attempt().await {
            Err(failed) if tries < TRIES => {
                println!("{failed} {tries} {:?}", start.elapsed());
                sleep(wait(tries)).await;
            }
            answer => return answer,
        }
        tries += 1;
    }
}

fn call_sync(operation: &'static Operation) -> Answer {
    let mut tries = 1;
    loop {
        match operation.attempt_now() {
            Err(_) if tries < TRIES => std::thread::sleep(wait(tries)),
            answer => return answer,
        }
        tries += 1;
    }
}

async fn call_at_once(operation: &'static Operation) -> Answer {
    let mut tries = 1;
    loop {
        match operation.attempt().await {
            Err(_) if tries < TRIES => Yield::default().await,
            answer => return answer,
        }
        tries += 1;
    }
}

async fn call_slowly(operation: &'static Operation) -> Answer {
    let mut tries = 1;
    loop {
        match operation.attempt().await {
            Err(_) if tries < TRIES => sleep(SLEEP_WAIT).await,
            answer => return answer,
        }
        tries += 1;
    }
}
