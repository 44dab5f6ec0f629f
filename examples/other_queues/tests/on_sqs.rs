//! Jobs on SQS, as moto serves it.

use std::{process::Command, time::Duration};

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};
use backoff_example_other_queues::{Failed, Outcome, Sms, sqs::Queue};
use backoff_runtime::{AnyJitter, GiveUp, Policy};
use backoff_test_servers::{Missing, Process, Signal, free_ports, or_skip, program_by};

/// Longer than any call of these tests.
const LEASE: Duration = Duration::from_secs(30);

static SOON: Policy = Policy::constant("1s").jitter(AnyJitter::None).max_tries(3);

struct Server {
    _process: Process,
    queue: Queue,
}

/// A server with two queues, both empty.
async fn server() -> Option<Server> {
    let (process, port) = or_skip(run())?;
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("none", "none", None, None, "tests"))
        .endpoint_url(format!("http://127.0.0.1:{port}"));
    let sqs = Client::from_conf(config.build());
    let [url, dead] = ["jobs", "dead"].map(|name| sqs.create_queue().queue_name(name).send());
    let url = url.await.unwrap().queue_url.unwrap();
    let dead = dead.await.unwrap().queue_url.unwrap();
    Some(Server { _process: process, queue: Queue { sqs, url, dead } })
}

fn run() -> Result<(Process, u16), Missing> {
    let moto = program_by("moto_server", "pip install 'moto[server]'")?;
    let port = free_ports(1)?[0];
    let mut command = Command::new(moto);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    let mut process = Process::new(command, tempfile::tempdir()?, Signal::Kill)?;
    process.run_until(port, |_| Ok(true))?;
    Ok((process, port))
}

fn sms() -> Sms {
    Sms { to: "13055550157".into(), text: "The lift works again".into(), key: "one".into() }
}

fn failed(retry_after: Option<Duration>) -> Result<(), Failed> {
    Err(Failed { why: "429 Too Many Requests".into(), retry_after })
}

/// Works until there is a job; ten times as long as any of them takes to come.
async fn next(queue: &Queue, answer: Result<(), Failed>) -> Outcome {
    for _ in 0..30 {
        let done = queue.work(&SOON, LEASE, async |job| {
            assert_eq!(*job, sms());
            answer.clone()
        });
        if let Some(outcome) = done.await.unwrap() {
            return outcome;
        }
    }
    panic!("no job has come");
}

async fn is_empty(queue: &Queue, url: &str) -> bool {
    let left = queue.sqs.receive_message().queue_url(url).visibility_timeout(0).send().await.unwrap();
    left.messages.unwrap_or_default().is_empty()
}

#[tokio::test]
async fn a_job_comes_back_until_it_is_done() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(&sms()).await.unwrap();
    let wait = Duration::from_secs(1);
    assert_eq!(next(queue, failed(None)).await, Outcome::Later(wait));
    // A hint is rounded up to whole seconds, which are all that SQS knows.
    let hint = Duration::from_millis(1200);
    assert_eq!(next(queue, failed(Some(hint))).await, Outcome::Later(hint));
    assert_eq!(next(queue, Ok(())).await, Outcome::Done);
    assert!(is_empty(queue, &queue.url).await && is_empty(queue, &queue.dead).await);
}

#[tokio::test]
async fn a_job_that_waits_is_not_due() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(&sms()).await.unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!(next(queue, failed(Some(hour))).await, Outcome::Later(hour));
    assert!(is_empty(queue, &queue.url).await);
}

#[tokio::test]
async fn tries_are_counted_over_all_workers_and_what_has_had_them_all_is_dead() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(&sms()).await.unwrap();
    for _ in 0..2 {
        let another = queue.clone();
        assert!(matches!(next(&another, failed(None)).await, Outcome::Later(_)));
    }
    assert_eq!(next(queue, failed(None)).await, Outcome::Dead(GiveUp::MaxTries));
    assert!(is_empty(queue, &queue.url).await && !is_empty(queue, &queue.dead).await);
}

#[tokio::test]
async fn time_is_counted_since_the_job_was_put_in() {
    static SHORT: Policy = Policy::constant("1s").jitter(AnyJitter::None).max_time("10ms");
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(&sms()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let outcome = queue.work(&SHORT, LEASE, async |_| failed(None)).await.unwrap();
    assert_eq!(outcome, Some(Outcome::Dead(GiveUp::MaxTime)));
}

#[tokio::test]
async fn what_a_killed_worker_had_comes_back_after_its_lease() {
    let Some(Server { queue, .. }) = &server().await else { return };
    queue.put(&sms()).await.unwrap();
    let lease = Duration::from_secs(1);
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let killed = queue.work(&SOON, lease, async |_| {
        taken.send(()).unwrap();
        std::future::pending().await
    });
    tokio::select! {
        _ = killed => unreachable!("it is never done"),
        _ = is_taken => {}
    }
    // It has cost one of three tries.
    assert!(matches!(next(queue, failed(None)).await, Outcome::Later(_)));
    assert_eq!(next(queue, failed(None)).await, Outcome::Dead(GiveUp::MaxTries));
}
