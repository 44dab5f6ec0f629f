//! Pacers that share a limit through a real Redis. Each stands for a process of its own: nothing else joins them.

use std::time::{Duration, Instant};

use backoff_redis::{Redis, Shared};
use backoff_runtime::{Pacer, Place};
use backoff_test_servers::{self as servers, or_skip};
use tokio::task::JoinSet;

/// A pacer that lives as long as the test.
fn pacer(pacer: Pacer) -> &'static Pacer {
    Box::leak(Box::new(pacer))
}

/// A process' pacer that is shared.
fn member(url: &str, of: fn() -> Pacer) -> (&'static Pacer, Shared) {
    let pacer = pacer(of());
    let shared = Redis::at(url).unwrap().share(pacer, "test").unwrap();
    (pacer, shared)
}

/// So many calls at once: when each was made.
async fn calls(pacer: &'static Pacer, count: u32) -> Vec<Instant> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        tasks.spawn(async move {
            let turn = pacer.turn(Place::back(), None).await.unwrap();
            let at = Instant::now();
            turn.accepted();
            at
        });
    }
    let mut made = tasks.join_all().await;
    made.sort();
    made
}

fn hundred_a_second() -> Pacer {
    Pacer::per_second(100.0).margin(1.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_together_keep_to_a_limit() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let members: Vec<_> = (0..4).map(|_| member(&redis.url(), hundred_a_second)).collect();
    let start = Instant::now();
    let all: Vec<_> = members.iter().map(|(pacer, _)| tokio::spawn(calls(pacer, 50))).collect();
    let mut made = Vec::new();
    for calls in all {
        made.extend(calls.await.unwrap());
    }
    made.sort();
    eprintln!(
        "{:?} {:?}",
        start.elapsed(),
        made.iter().map(|at| (*at - start).as_millis()).collect::<Vec<_>>()
    );
    assert!(made[199] - made[0] >= Duration::from_millis(1950));
    eprintln!("{:?}", members[0].0.state());
}
