//! Pacers that share a limit through a real Redis. Each stands for a process of its own: nothing else joins them.

use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use backoff_redis::{Error, Redis, Shared, share};
use backoff_runtime::{Pacer, Pacers, Place};
use backoff_test_servers::{self as servers, RedisCluster, or_skip};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Longer than anything here takes, on whatever machine.
const LONG: Duration = Duration::from_secs(60);

/// A pacer that lives as long as the test.
fn pacer(pacer: Pacer) -> &'static Pacer {
    Box::leak(Box::new(pacer))
}

/// A process' pacer that is shared.
fn member(url: &str, of: fn() -> Pacer) -> (&'static Pacer, Shared) {
    let pacer = pacer(of());
    (pacer, share(pacer, "test", url).unwrap())
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

async fn call(pacer: &'static Pacer) {
    let turn = timeout(LONG, pacer.turn(Place::back(), None)).await.expect("nobody hangs");
    turn.expect("there is no deadline").accepted();
}

/// Waits until something is so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, wait).await.expect("it comes to be so");
}

fn is_reached(pacer: &Pacer) -> bool {
    pacer.state().fleet.is_some_and(|fleet| fleet.is_reached)
}

/// One who may have five calls in an hour: time has no part in how many go.
fn five() -> Pacer {
    Pacer::per(5, "1h")
}

/// How many calls go, of those that may.
async fn how_many_go(pacer: &'static Pacer) -> u32 {
    let deadline = Some(Instant::now() + Duration::from_secs(2));
    let mut turns = JoinSet::new();
    for _ in 0..10 {
        turns.spawn(
            async move { pacer.turn(Place::back(), deadline).await.map(backoff_runtime::Turn::accepted) },
        );
    }
    turns.join_all().await.into_iter().flatten().count() as u32
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_together_keep_to_a_limit_that_each_of_them_knows() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let members: Vec<_> = (0..4).map(|_| member(&redis.url(), five)).collect();
    let mut gone = 0;
    for (pacer, _) in &members {
        gone += how_many_go(pacer).await;
    }
    assert_eq!(gone, 5);
    until(|| members.iter().all(|(pacer, _)| pacer.state().fleet.is_some_and(|fleet| fleet.members == 4)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_learns_all_know() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let (first, _first) = member(&redis.url(), Pacer::adaptive);
    let (second, _second) = member(&redis.url(), Pacer::adaptive);
    let turn = timeout(LONG, first.turn(Place::back(), None)).await.unwrap().unwrap();
    turn.throttled(Some(Duration::from_secs(3600)));
    let deadline = Some(Instant::now() + Duration::from_secs(600));
    // It is known at once that no turn comes in time.
    let none = timeout(LONG, second.turn(Place::back(), deadline)).await.expect("nobody waits for it");
    assert!(none.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_goes_on_where_one_stopped_that_led() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let (first, shared) = member(&redis.url(), five);
    calls(first, 3).await;
    shared.leave();
    let (second, _shared) = member(&redis.url(), five);
    assert_eq!(how_many_go(second).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_may_be_restarted_empty_and_nothing_is_forgotten() {
    let Some(mut redis) = or_skip(servers::Redis::start()) else { return };
    let (first, _shared) = member(&redis.url(), || Pacer::per(5, "1h"));
    calls(first, 2).await;
    redis.kill();
    redis.restart().unwrap();
    // Whoever led has all in memory, and stores it again.
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let mut stored = || redis::cmd("EXISTS").arg("{backoff:test}:1:state").query(&mut connection);
    until(|| stored() == Ok(true)).await;
    until(|| is_reached(first)).await;
    let (second, _second) = member(&redis.url(), five);
    until(|| is_reached(second)).await;
    assert!(how_many_go(first).await <= 3);
    assert_eq!(how_many_go(second).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hangs_when_redis_is_away_and_it_is_used_again_when_it_is_back() {
    let Some(mut redis) = or_skip(servers::Redis::start()) else { return };
    let (pacer, _shared) = member(&redis.url(), || Pacer::per_second(200.0));
    call(pacer).await;
    redis.kill();
    until(|| !is_reached(pacer)).await;
    call(pacer).await;
    redis.restart().unwrap();
    until(|| is_reached(pacer)).await;
    call(pacer).await;
    redis.stop();
    let stopped = tokio::spawn(calls(pacer, 400));
    timeout(LONG, stopped).await.expect("nobody hangs").unwrap();
    redis.go_on();
    until(|| is_reached(pacer)).await;
    call(pacer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hangs_when_redis_answers_by_errors() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let (pacer, _shared) = member(&redis.url(), || Pacer::per_second(200.0));
    call(pacer).await;
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let mut replica = |of: [&str; 2]| redis::cmd("REPLICAOF").arg(&of).exec(&mut connection).unwrap();
    // It now refuses whatever writes.
    replica(["127.0.0.1", "1"]);
    timeout(LONG, calls(pacer, 300)).await.expect("nobody hangs");
    assert!(!is_reached(pacer));
    replica(["NO", "ONE"]);
    until(|| is_reached(pacer)).await;
    call(pacer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_starts_though_redis_is_not_there() {
    let (pacer, _shared) = member("redis://127.0.0.1:1", || Pacer::per_second(100.0));
    call(pacer).await;
    assert!(!is_reached(pacer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_tls_are_given_by_the_address() {
    let Some(redis) = or_skip(servers::Redis::with_password("s3cret")) else { return };
    let (pacer, _shared) = member(&redis.url(), five);
    call(pacer).await;
    assert!(is_reached(pacer));
    let (other, _other) = member(&redis.url().replace("s3cret", "wrong"), five);
    call(other).await;
    assert!(!is_reached(other));

    let Some(redis) = or_skip(servers::Redis::with_tls()) else { return };
    let certificate = fs::read(redis.ca().unwrap()).unwrap();
    let over_tls = Redis::with_root_certificate(&redis.url(), &certificate).unwrap();
    let pacer = self::pacer(five());
    over_tls.share(pacer, "test").unwrap();
    call(pacer).await;
    assert!(is_reached(pacer));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_each_pacer_is_where_its_keys_are() {
    let Some(cluster) = or_skip(RedisCluster::start()) else { return };
    let redis = Redis::at(&cluster.urls()[0]).unwrap();
    let pacers: Vec<_> = (0..8).map(|number| (number, pacer(five()))).collect();
    for (number, pacer) in &pacers {
        redis.share(pacer, &format!("pacer {number}")).unwrap();
    }
    for (_, pacer) in &pacers {
        call(pacer).await;
        assert!(is_reached(pacer), "{:?}", pacer.state());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pacers_of_other_names_do_not_delay_each_other() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let redis = Redis::at(&redis.url()).map(|shared| (redis, shared)).unwrap();
    let (first, second) = (pacer(five()), pacer(five()));
    redis.1.share(first, "first").unwrap();
    redis.1.share(second, "second").unwrap();
    assert_eq!((how_many_go(first).await, how_many_go(second).await), (5, 5));
}

#[test]
fn sync_callers_share_a_limit_without_any_runtime() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let (first, _first) = member(&redis.url(), five);
    let (second, _second) = member(&redis.url(), five);
    let deadline = Instant::now() + Duration::from_secs(2);
    let turns = Mutex::new(0);
    std::thread::scope(|scope| {
        for pacer in [first, second] {
            scope.spawn(|| {
                while let Some(turn) = pacer.turn_blocking(Place::back(), Some(deadline)) {
                    turn.accepted();
                    *turns.lock().unwrap() += 1;
                }
            });
        }
    });
    assert_eq!(turns.into_inner().unwrap(), 5);
}

#[test]
fn what_is_wrong_with_an_address_or_a_name_is_said() {
    static PACER: Pacer = Pacer::adaptive();
    let wrong = share(&PACER, "sms", "http://user:s3cret@example.com").unwrap_err();
    let said = wrong.to_string();
    assert!(matches!(wrong, Error::Address(_)) && said.contains("write for instance `redis://"), "{said}");
    assert!(!said.contains("s3cret") && !format!("{wrong:?}").contains("s3cret"), "{said}");
    assert!(matches!(share(&PACER, "", "redis://127.0.0.1"), Err(Error::NoName)));
    share(&PACER, "sms", "redis://127.0.0.1:1").unwrap();
    assert!(matches!(share(&PACER, "mail", "redis://127.0.0.1:1"), Err(Error::Shared)));
}

#[tokio::test(flavor = "multi_thread")]
async fn pacers_of_keys_are_shared_each_by_its_key() {
    let Some(redis) = or_skip(servers::Redis::start()) else { return };
    let processes: Vec<&'static Pacers<u32>> =
        (0..2).map(|_| &*Box::leak(Box::new(Pacers::new(five)))).collect();
    for tenants in &processes {
        Redis::at(&redis.url()).unwrap().share_each(*tenants, "tenants").unwrap();
    }
    let mut gone = Vec::new();
    for tenants in processes {
        for tenant in [7, 8] {
            let pacer = tenants.of(&tenant);
            let deadline = Some(Instant::now() + Duration::from_secs(2));
            let mut count = 0;
            while let Some(turn) = pacer.turn(Place::back(), deadline).await {
                turn.accepted();
                count += 1;
            }
            gone.push(count);
        }
    }
    assert_eq!(gone, [5, 5, 0, 0]);
}
