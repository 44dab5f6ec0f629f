//! The queues, by their URLs.
//!
//! What apalis 1.0.0 keeps of a job, and what it does not, decides how they are used here:
//!
//! - A delay is kept by a new task with a time (`run_at`), and by nothing else. A task that returns `RetryAfterError` is given
//!   out again at once by Postgres, after as many seconds as it had attempts by Redis, and never by SQLite: it stays that
//!   worker's. So the next try is a new task, and the one that failed is done.
//! - These are two steps. Between them a process may die, and then the try that failed is made again. So the new task has an
//!   idempotency key, of job and try: SQLite and Redis leave out what they know, Postgres says that its index is violated.
//!   apalis-redis forgets a key at once unless it is told how long to know it.
//! - Times are whole seconds, and `run_after` rounds down, so that a job would come up to a second early. Here they are
//!   rounded up.
//! - The others take the jobs of a worker that is silent, by default after a minute, and on Redis after five. Here it is
//!   three seconds. So each worker has a name of its own: under the name of a dead one it could not begin before that.
//! - `SqliteStorage::setup` does not wait until what is written is on the disk (`synchronous = OFF`). Here it does.
//! - apalis-redis lists none of its tasks.
//!
//! `tests/what_apalis_keeps.rs` shows it.

mod amqp;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{
    BoxDynError, Data, Filter, ListTasks, Status, Task, TaskBuilder, TaskSink, TaskSinkError, WorkerBuilder,
    WorkerBuilderExt,
};
use apalis_postgres::{PgPool, PostgresStorage};
use apalis_redis::RedisStorage;
use apalis_sqlite::{SqliteConnectOptions, SqlitePool, SqliteStorage};
use backoff_runtime::retry;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use self::amqp::Amqp;
use crate::Failure;
use crate::job::{Failed, Job};
use crate::worker::{SILENCE, Worker};

/// The names of the queues.
const JOBS: &str = "sms";
const FAILED: &str = "sms-failed";

/// Jobs that a process has in hand at once.
const AT_ONCE: usize = 8;

/// How long Redis knows the keys of tasks: longer than any job is tried.
const REMEMBERED: Duration = Duration::from_hours(24 * 7);

/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A queue of jobs, and the list of those that have failed.
#[derive(Clone)]
pub enum Queue {
    /// A file.
    Sqlite {
        /// The queue.
        jobs: SqliteStorage<Job>,
        /// What has failed.
        failed: SqliteStorage<Failed>,
    },
    /// A server of Postgres.
    Postgres {
        /// The queue.
        jobs: PostgresStorage<Job>,
        /// What has failed.
        failed: PostgresStorage<Failed>,
    },
    /// A server of Redis.
    Redis {
        /// The queue.
        jobs: RedisStorage<Job>,
        /// What has failed.
        failed: RedisStorage<Failed>,
    },
    /// A server of RabbitMQ.
    Amqp(Amqp),
}

/// The same of each queue of apalis, whose types have no name in common.
macro_rules! each {
    ($queue:expr, |$storage:ident: $which:ident| $apalis:expr, |$amqp:ident| $other:expr) => {
        match $queue {
            Queue::Sqlite { $which: $storage, .. } => $apalis,
            Queue::Postgres { $which: $storage, .. } => $apalis,
            Queue::Redis { $which: $storage, .. } => $apalis,
            Queue::Amqp($amqp) => $other,
        }
    };
}

/// What all queues of apalis are told.
macro_rules! config {
    ($config:ty, $queue:expr) => {
        <$config>::default()
            .queue($queue)
            .batch_size(AT_ONCE)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats((SILENCE.as_secs() / HEARTBEAT.as_secs()) as usize)
    };
}

impl Queue {
    /// Opens what a URL names, and makes what is not there yet: `sqlite:///path/to/file`, `redis://`, `postgres://`,
    /// `amqp://`.
    ///
    /// # Errors
    /// When the URL is none of these, or what it names cannot be opened.
    pub async fn open(url: &str) -> Result<Self, Failure> {
        let opened = match url.split_once("://").map_or(url, |(scheme, _)| scheme) {
            "sqlite" => Self::sqlite(url).await,
            "postgres" | "postgresql" => Self::postgres(url).await,
            "redis" => Self::redis(url).await,
            "amqp" => Amqp::open(url).await.map(Self::Amqp),
            other => Err(format!(
                "`{other}` is none; write a URL that begins with `sqlite://`, `redis://`, `postgres://` or `amqp://`"
            )
            .into()),
        };
        // Without the URL, in which there may be a password.
        opened.map_err(|error| format!("the queue cannot be opened: {error}").into())
    }

    async fn sqlite(url: &str) -> Result<Self, Failure> {
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePool::connect_with(options).await?;
        SqliteStorage::migrations().run(&pool).await?;
        Ok(Self::Sqlite {
            jobs: SqliteStorage::new(&pool).with_config(config!(apalis_sqlite::Config, JOBS)),
            failed: SqliteStorage::new(&pool).with_config(config!(apalis_sqlite::Config, FAILED)),
        })
    }

    async fn postgres(url: &str) -> Result<Self, Failure> {
        let pool = PgPool::connect(url).await?;
        PostgresStorage::setup(&pool).await?;
        Ok(Self::Postgres {
            jobs: PostgresStorage::new(&pool).with_config(config!(apalis_postgres::Config, JOBS)),
            failed: PostgresStorage::new(&pool).with_config(config!(apalis_postgres::Config, FAILED)),
        })
    }

    async fn redis(url: &str) -> Result<Self, Failure> {
        let config = |queue| config!(apalis_redis::Config, queue).idempotency_ttl(Some(REMEMBERED));
        let connection = apalis_redis::connect(url).await?;
        Ok(Self::Redis {
            jobs: RedisStorage::new(connection.clone()).with_config(config(JOBS)),
            failed: RedisStorage::new(connection).with_config(config(FAILED)),
        })
    }

    /// Puts a job in, to be given out when it is due, unless this try of it is in already. A queue that is away is waited
    /// for.
    ///
    /// # Errors
    /// When it is away for a minute.
    #[retry(expo, factor = 0.1, max_value = 5, max_time = "1m", backoff_log_level = warn)]
    pub async fn put(&self, job: &Job) -> Result<(), Failure> {
        let task = || {
            TaskBuilder::new(job.clone())
                .idempotency_key(job.task_key())
                .run_at_timestamp(job.due_second())
                // How often is for our policy to say, and a task that a dead worker had is no attempt of ours.
                .max_attempts(i32::MAX as usize)
                .build()
        };
        // Clones, as what could not be put in stays in the sink.
        each!(self, |storage: jobs| is_in(storage.clone().push_task(task()).await), |amqp| amqp
            .put(job)
            .await)
    }

    /// Lists a job as failed, as [`put`](Self::put) puts one in.
    ///
    /// # Errors
    /// When the queue is away for a minute.
    #[retry(expo, factor = 0.1, max_value = 5, max_time = "1m", backoff_log_level = warn)]
    pub async fn put_failed(&self, failed: &Failed) -> Result<(), Failure> {
        let task = || TaskBuilder::new(failed.clone()).idempotency_key(&failed.job.key).build();
        each!(self, |storage: failed| is_in(storage.clone().push_task(task()).await), |amqp| {
            amqp.put_failed(failed).await
        })
    }

    /// The jobs that have failed.
    ///
    /// # Errors
    /// When the queue is away.
    pub async fn failed(&self) -> Result<Vec<Failed>, Failure> {
        let all = Filter { status: Some(Status::Pending), page: 1, page_size: Some(1_000_000) };
        match self {
            Self::Sqlite { failed, .. } => read(&args_of(failed.list_tasks(&all).await?)),
            Self::Postgres { failed, .. } => read(&args_of(failed.list_tasks(&all).await?)),
            // apalis-redis 1.0.0 looks for tasks under a key that it never writes, and so lists none.
            Self::Redis { failed, .. } => {
                let tasks = redis::cmd("HVALS").arg(failed.get_config().job_data_hash()).to_owned();
                let tasks: Vec<_> = tasks.query_async(failed.clone().get_connection()).await?;
                read(&tasks)
            }
            Self::Amqp(amqp) => amqp.failed().await,
        }
    }

    /// Says goodbye to a server that wants to hear it.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Amqp(amqp) => amqp.close().await,
            _ => Ok(()),
        }
    }

    /// Gives jobs to a worker, until the queue is gone.
    pub(crate) async fn work(&self, name: &str, worker: Worker) -> Result<(), Failure> {
        let worker = Arc::new(worker);
        each!(
            self,
            |storage: jobs| {
                let run = WorkerBuilder::new(name)
                    .backend(storage.clone())
                    .concurrency(AT_ONCE)
                    .data(worker)
                    .build(try_job)
                    .run();
                Ok(run.await?)
            },
            |amqp| amqp.work(name, worker).await
        )
    }
}

async fn try_job(job: Job, worker: Data<Arc<Worker>>) -> Result<(), BoxDynError> {
    worker.try_job(job).await
}

fn args_of(tasks: Vec<Task<Vec<u8>>>) -> Vec<Vec<u8>> {
    tasks.into_iter().map(|task| task.args).collect()
}

fn read<T: DeserializeOwned>(tasks: &[Vec<u8>]) -> Result<Vec<T>, Failure> {
    Ok(tasks.iter().map(|task| serde_json::from_slice(task)).collect::<Result<_, _>>()?)
}

/// What was in already is in.
fn is_in<E: InAlready + std::error::Error + Send + Sync + 'static>(
    put: Result<(), TaskSinkError<E>>,
) -> Result<(), Failure> {
    match put {
        Err(TaskSinkError::PushError(error)) if error.is_in_already() => Ok(()),
        put => Ok(put?),
    }
}

/// Whether a queue says by an error that it has a task of this idempotency key.
trait InAlready {
    fn is_in_already(&self) -> bool {
        false
    }
}

impl InAlready for apalis_sqlite::Error {}
impl InAlready for apalis_redis::Error {}
impl InAlready for apalis_postgres::Error {
    fn is_in_already(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
