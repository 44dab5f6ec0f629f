//! A queue whose workers are killed loses no message and delivers none twice, and a job comes back when its policy says.

use std::time::Duration;

use backoff_example_queue::job::Failed;
use backoff_example_queue::provider::{NOBODY, OUT_OF_REACH};
use backoff_example_queue::story::Story;
use backoff_test_servers::{Postgres, RabbitMq, Redis, or_skip};

/// The story, and what holds of it whatever the queue.
async fn killed(url: String) {
    let story = Story {
        program: env!("CARGO_BIN_EXE_backoff-example-queue").into(),
        url,
        messages: 80,
        workers: 3,
        kills: 6,
        crashes: 0.1,
        limit: Duration::from_secs(90),
    };
    let outcome = story.run().await.unwrap();
    assert_eq!((outcome.lost, outcome.twice, outcome.early, outcome.kills), (0, 0, 0, 6), "{outcome:#?}");
    assert!(outcome.later > 0 && outcome.repeated > 0 && outcome.ended > 0, "{outcome:#?}");
    // Of 80 numbers two are nobody's, and two out of reach. On a slow machine the time may be over for others, too.
    let listed = |kind: &str| outcome.failed.iter().filter(|failed| failed.job.to.starts_with(kind)).count();
    assert_eq!((listed(NOBODY), listed(OUT_OF_REACH)), (2, 2), "{outcome:#?}");
    assert!((60..=76).contains(&outcome.reached), "{outcome:#?}");
    for Failed { job, reason } in &outcome.failed {
        if job.to.starts_with(NOBODY) {
            assert_eq!(reason, "no such number");
        } else {
            assert!(
                job.tries > 1 && reason.starts_with("max_time: "),
                "{} after {}: {reason}",
                job.to,
                job.tries
            );
        }
    }
}

#[tokio::test]
async fn the_killed_queue_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed(format!("sqlite://{}/sms.db", folder.path().display())).await;
}

#[tokio::test]
async fn the_killed_queue_on_redis() {
    let Some(redis) = or_skip(Redis::start()) else { return };
    killed(redis.url()).await;
}

#[tokio::test]
async fn the_killed_queue_on_postgres() {
    let Some(postgres) = or_skip(Postgres::start()) else { return };
    killed(postgres.url()).await;
}

#[tokio::test]
async fn the_killed_queue_on_rabbitmq() {
    let Some(rabbit) = or_skip(RabbitMq::start()) else { return };
    killed(rabbit.url()).await;
}
