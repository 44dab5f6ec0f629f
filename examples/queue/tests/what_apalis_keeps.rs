//! What apalis 1.0.0 does with a task that is to come back later: why the next try is a new task here, and what else
//! `queue/mod.rs` takes care of. When one of these fails, a new release may need less of us.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use apalis::prelude::{
    BoxDynError, Data, Filter, ListTasks, RetryAfterError, TaskBuilder, TaskSink, WorkerBuilder,
};
use apalis_postgres::{PgPool, PostgresStorage};
use apalis_redis::RedisStorage;
use apalis_sqlite::{SqlitePool, SqliteStorage};
use backoff_test_servers::{Postgres, Redis, or_skip};
use tokio::time::{sleep, timeout};

const ALL: Filter = Filter { status: None, page: 1, page_size: Some(100) };

type Calls = Arc<AtomicU32>;

/// A job that is to be tried again in an hour.
async fn in_an_hour(_: u32, calls: Data<Calls>) -> Result<(), BoxDynError> {
    calls.fetch_add(1, SeqCst);
    Err(RetryAfterError::new("busy", Duration::from_hours(1)).into())
}

/// Puts one task in, and runs a worker until something holds of the calls.
macro_rules! run {
    ($storage:expr, $config:ty, |$calls:ident| $until:expr) => {{
        let config = <$config>::default().queue("jobs").heartbeat_interval(Duration::from_secs(1));
        let mut storage = $storage.with_config(config);
        storage.push(7).await.unwrap();
        let $calls = Calls::default();
        let worker =
            WorkerBuilder::new("worker").backend(storage.clone()).data($calls.clone()).build(in_an_hour);
        let until = async {
            while !$until {
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            ended = worker.run() => panic!("{ended:?}"),
            came = timeout(Duration::from_secs(30), until) => came.expect("it has to come within 30 s"),
        }
    }};
}

#[test]
fn run_after_rounds_down_so_that_a_task_is_due_too_early() {
    let is_early = |millis| {
        let (wait, before) = (Duration::from_millis(millis), SystemTime::now());
        let due = TaskBuilder::new(()).run_after(wait).build().run_at().unwrap();
        UNIX_EPOCH + Duration::from_secs(due) < before + wait
    };
    assert!((1000..2000).step_by(100).any(is_early));
}

#[tokio::test]
async fn sqlite_never_gives_out_again_what_returns_retry_after_error() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/jobs.db?mode=rwc", folder.path().display());
    let pool = SqlitePool::connect(&url).await.unwrap();
    SqliteStorage::migrations().run(&pool).await.unwrap();
    // It waits for a worker, and still is this one's: such a task is neither fetched nor taken for a dead worker's.
    let stuck = "SELECT count(*) FROM Jobs WHERE status = 'Pending' AND lock_by IS NOT NULL";
    run!(SqliteStorage::<u32>::new(&pool), apalis_sqlite::Config, |calls| {
        let stuck: i64 = sqlx::query_scalar(stuck).fetch_one(&pool).await.unwrap();
        calls.load(SeqCst) == 1 && stuck == 1
    });
}

#[tokio::test]
async fn postgres_gives_out_at_once_what_returns_retry_after_error() {
    let Some(postgres) = or_skip(Postgres::start()) else { return };
    let pool = PgPool::connect(&postgres.url()).await.unwrap();
    PostgresStorage::setup(&pool).await.unwrap();
    run!(PostgresStorage::<u32>::new(&pool), apalis_postgres::Config, |calls| calls.load(SeqCst) >= 3);
}

#[tokio::test]
async fn redis_gives_out_within_seconds_what_returns_retry_after_error() {
    let Some(redis) = or_skip(Redis::start()) else { return };
    let connection = apalis_redis::connect(redis.url()).await.unwrap();
    run!(RedisStorage::<u32>::new(connection), apalis_redis::Config, |calls| calls.load(SeqCst) >= 3);
}

#[tokio::test]
async fn redis_forgets_idempotency_keys_at_once_and_lists_no_tasks() {
    let Some(redis) = or_skip(Redis::start()) else { return };
    let mut connection = apalis_redis::connect(redis.url()).await.unwrap();
    let mut storage = RedisStorage::<u32>::new(connection.clone());
    for _ in 0..2 {
        storage.push_task(TaskBuilder::new(7).idempotency_key("once").build()).await.unwrap();
    }
    let tasks = storage.get_config().job_data_hash();
    let count: usize = redis::cmd("HLEN").arg(tasks).query_async(&mut connection).await.unwrap();
    assert_eq!((count, storage.list_tasks(&ALL).await.unwrap().len()), (2, 0));
}
