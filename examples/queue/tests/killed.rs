//! A queue whose workers are killed loses no message and delivers none twice, and a job comes back when its policy says. The
//! server of Redis and of Postgres is killed in the middle, too; what RabbitMQ does then is told in `queue/amqp.rs`.

use std::thread::sleep;
use std::time::Duration;

use backoff_example_queue::job::Failed;
use backoff_example_queue::provider::{NOBODY, OUT_OF_REACH};
use backoff_example_queue::story::Story;
use backoff_test_servers::{Missing, Postgres, RabbitMq, Redis, or_skip};
use tracing_subscriber::filter::LevelFilter;

/// The story, and what holds of it whatever the queue.
async fn killed(url: String, max_time: u64) {
    let story = Story {
        program: env!("CARGO_BIN_EXE_backoff-example-queue").into(),
        url,
        messages: 80,
        workers: 3,
        kills: 6,
        crashes: 0.1,
        max_time: Duration::from_secs(max_time),
        limit: Duration::from_mins(2),
        // Servers that are away are no news here.
        log: LevelFilter::OFF,
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

/// The same on a server that is killed after some seconds, and comes again with its data.
async fn killed_with_its_server<S: Send + 'static>(
    mut server: S,
    url: String,
    kill: fn(&mut S),
    restart: fn(&mut S) -> Result<(), Missing>,
) {
    let killing = tokio::task::spawn_blocking(move || {
        sleep(Duration::from_secs(4));
        kill(&mut server);
        restart(&mut server).unwrap();
        server
    });
    killed(url, 14).await;
    killing.await.unwrap();
}

#[tokio::test]
async fn the_killed_queue_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed(format!("sqlite://{}/sms.db", folder.path().display()), 9).await;
}

#[tokio::test]
async fn the_killed_queue_on_redis() {
    // By default a server of tests keeps nothing.
    let Some(redis) = or_skip(Redis::start_with(&["--appendonly", "yes"])) else { return };
    let url = redis.url();
    killed_with_its_server(redis, url, Redis::kill, Redis::restart).await;
}

#[tokio::test]
async fn the_killed_queue_on_postgres() {
    let Some(postgres) = or_skip(Postgres::start()) else { return };
    let url = postgres.url();
    killed_with_its_server(postgres, url, Postgres::kill, Postgres::restart).await;
}

#[tokio::test]
async fn the_killed_queue_on_rabbitmq() {
    let Some(rabbit) = or_skip(RabbitMq::start()) else { return };
    killed(rabbit.url(), 9).await;
}
