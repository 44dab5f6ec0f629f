//! Jobs on MongoDB.

use std::{process::Command, time::Duration};

use backoff_example_other_queues::{Failed, Outcome, Sms, mongo::Queue};
use backoff_runtime::{AnyJitter, GiveUp, Policy};
use backoff_test_servers::{Missing, Process, Signal, free_ports, or_skip, program_by};
use mongodb::Client;
use tokio::sync::oneshot;

/// Longer than any call of these tests.
const LEASE: Duration = Duration::from_secs(30);
const TENTH: Duration = Duration::from_millis(100);

static SOON: Policy = Policy::constant("100ms").jitter(AnyJitter::None).max_tries(3);

struct Server {
    _process: Process,
    queue: Queue,
}

/// A server with no job.
async fn server() -> Option<Server> {
    let (process, port) = or_skip(run())?;
    let client =
        Client::with_uri_str(format!("mongodb://127.0.0.1:{port}/?directConnection=true")).await.unwrap();
    let queue = Queue::new(&client.database("tests")).await.unwrap();
    Some(Server { _process: process, queue })
}

/// MongoDB, or SecantusDB, which speaks as it does.
fn run() -> Result<(Process, u16), Missing> {
    let (folder, port) = (tempfile::tempdir()?, free_ports(1)?[0]);
    let mut command = if let Ok(mongod) = program_by("mongod", "") {
        let mut command = Command::new(mongod);
        command.args(["--bind_ip", "127.0.0.1", "--dbpath", "."]);
        command
    } else {
        let mut command = Command::new(program_by("secantusd-py", "pip install secantusdb==0.7.0b3")?);
        command.args(["--host", "127.0.0.1", "--storage-path", "data"]);
        command
    };
    command.args(["--port", &port.to_string()]);
    let mut process = Process::new(command, folder, Signal::Kill)?;
    process.run_until(port, |_| Ok(true))?;
    Ok((process, port))
}

fn sms(key: &str) -> Sms {
    Sms { to: "13055550157".into(), text: "The lift works again".into(), key: key.into() }
}

fn failed(retry_after: Option<Duration>) -> Result<(), Failed> {
    Err(Failed { why: "429 Too Many Requests".into(), retry_after })
}

/// Works until there is a job; for ten seconds at most.
async fn next(queue: &Queue, answer: Result<(), Failed>) -> Outcome {
    for _ in 0..500 {
        let outcome = queue.work(&SOON, LEASE, async |_| answer.clone()).await.unwrap();
        if let Some(outcome) = outcome {
            return outcome;
        }
        tokio::time::sleep(TENTH / 5).await;
    }
    panic!("no job has come");
}

async fn is_any_due(queue: &Queue) -> bool {
    queue.work(&SOON, LEASE, async |_| Ok(())).await.unwrap().is_some()
}

#[tokio::test]
async fn a_job_comes_back_until_it_is_done() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    assert_eq!(next(queue, failed(None)).await, Outcome::Later(TENTH));
    assert_eq!(next(queue, failed(Some(2 * TENTH))).await, Outcome::Later(2 * TENTH));
    assert_eq!(next(queue, Ok(())).await, Outcome::Done);
    assert!(!is_any_due(queue).await && queue.dead().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_job_that_waits_is_not_due_and_the_one_that_is_due_first_comes_first() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!(next(queue, failed(Some(hour))).await, Outcome::Later(hour));
    assert!(!is_any_due(queue).await);
    queue.put(sms("two")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2)).await;
    queue.put(sms("three")).await.unwrap();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let note = async |sms: &Sms| {
            keys.push(sms.key.clone());
            Ok(())
        };
        assert_eq!(queue.work(&SOON, LEASE, note).await.unwrap(), Some(Outcome::Done));
    }
    assert_eq!(keys, ["two", "three"]);
}

#[tokio::test]
async fn a_message_that_is_put_in_twice_is_one_job() {
    let Some(Server { queue, .. }) = &server().await else { return };
    for _ in 0..2 {
        queue.put(sms("one")).await.unwrap();
    }
    assert!(is_any_due(queue).await);
    assert!(!is_any_due(queue).await);
}

#[tokio::test]
async fn tries_are_counted_over_all_workers_and_what_has_had_them_all_is_dead() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(next(&queue.clone(), failed(None)).await, Outcome::Later(TENTH));
    }
    assert_eq!(next(queue, failed(None)).await, Outcome::Dead(GiveUp::MaxTries));
    let dead = queue.dead().await.unwrap();
    assert_eq!((dead.len(), dead[0].dead.as_deref()), (1, Some("MaxTries: 429 Too Many Requests")));
    assert!(!is_any_due(queue).await);
}

#[tokio::test]
async fn time_is_counted_since_the_job_was_put_in_and_the_last_try_is_remembered() {
    static SHORT: Policy = Policy::constant("1m").jitter(AnyJitter::None).max_time("500ms");
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    let mut outcomes = Vec::new();
    while outcomes.len() < 2 {
        outcomes.extend(queue.work(&SHORT, LEASE, async |_| failed(None)).await.unwrap());
        tokio::time::sleep(TENTH / 5).await;
    }
    // A machine that stalls for half a second takes the first try's time, too.
    assert!(matches!(outcomes[0], Outcome::Later(wait) if wait <= 5 * TENTH), "{outcomes:?}");
    assert_eq!(outcomes[1], Outcome::Dead(GiveUp::MaxTime));
}

#[tokio::test]
async fn what_a_killed_worker_had_comes_back_after_its_lease() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    let (taken, is_taken) = oneshot::channel();
    let killed = queue.work(&SOON, TENTH, async |_| {
        taken.send(()).unwrap();
        std::future::pending().await
    });
    tokio::select! {
        _ = killed => unreachable!("it is never done"),
        _ = is_taken => {}
    }
    // It has cost one of three tries.
    assert_eq!(next(queue, failed(None)).await, Outcome::Later(TENTH));
    assert_eq!(next(queue, failed(None)).await, Outcome::Dead(GiveUp::MaxTries));
}

#[tokio::test]
async fn a_worker_whose_lease_has_ended_settles_nothing() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(sms("one")).await.unwrap();
    let late = queue.work(&SOON, Duration::ZERO, async |_| {
        // Another one takes it meanwhile, and it is to come back.
        assert_eq!(next(queue, failed(None)).await, Outcome::Later(TENTH));
        Ok(())
    });
    assert_eq!(late.await.unwrap(), Some(Outcome::Lost));
    assert_eq!(next(queue, Ok(())).await, Outcome::Done);
}
