//! Which errors of sqlx are transient, of a real SQLite.

use std::time::Duration;

use backoff_runtime::{Class, Transient, on_exception};
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Connection, Error, Executor, SqliteConnection, SqlitePool};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A database with two accounts of 100.
struct Bank {
    _folder: TempDir,
    options: SqliteConnectOptions,
}

impl Bank {
    async fn new(journal: SqliteJournalMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Whoever finds a lock is told at once.
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("bank.db"))
            .create_if_missing(true)
            .journal_mode(journal)
            .busy_timeout(Duration::ZERO);
        let bank = Self { _folder: folder, options };
        let schema =
            "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
                      INSERT INTO account VALUES (1, 100), (2, 100)";
        let mut connection = bank.connect().await;
        connection.execute(schema).await.unwrap();
        connection.close().await.unwrap();
        bank
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect_with(&self.options).await.unwrap()
    }

    fn pool(&self, connections: u32) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_millis(50))
            .connect_lazy_with(self.options.clone())
    }
}

fn code(error: &Error) -> String {
    error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned()
}

#[tokio::test]
async fn a_database_that_is_locked_is_transient() {
    let bank = Bank::new(SqliteJournalMode::Delete).await;
    let (mut holder, mut other) = (bank.connect().await, bank.connect().await);
    holder.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = other.execute("UPDATE account SET balance = 0").await.unwrap_err();
    assert_eq!((code(&error).as_str(), error.class()), ("5", Class::TRANSIENT));
    holder.execute("ROLLBACK").await.unwrap();
    other.execute("UPDATE account SET balance = 0").await.unwrap();
}

#[tokio::test]
async fn a_snapshot_that_is_too_old_to_write_is_transient() {
    let bank = Bank::new(SqliteJournalMode::Wal).await;
    let (mut reader, mut writer) = (bank.connect().await, bank.connect().await);
    reader.execute("BEGIN").await.unwrap();
    reader.execute("SELECT * FROM account").await.unwrap();
    writer.execute("UPDATE account SET balance = 1").await.unwrap();
    let error = reader.execute("UPDATE account SET balance = 2").await.unwrap_err();
    assert_eq!((code(&error).as_str(), error.class()), ("517", Class::TRANSIENT));
}

#[tokio::test]
async fn what_the_query_has_wrong_is_final() {
    let bank = Bank::new(SqliteJournalMode::Delete).await;
    let mut connection = bank.connect().await;
    for query in [
        "INSERT INTO account VALUES (1, 100)",
        "UPDATE account SET balance = -1",
        "SELECT * FROM nothing",
        "not SQL",
    ] {
        let error = connection.execute(query).await.unwrap_err();
        assert_eq!(error.class(), Class::Final, "{query}: {error}");
    }
    let error = connection.fetch_one("SELECT * FROM account WHERE id = 9").await.err().expect("no row");
    assert_eq!(error.class(), Class::Final, "{error}");
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_transient_and_one_that_is_closed_final() {
    let bank = Bank::new(SqliteJournalMode::Delete).await;
    let pool = bank.pool(1);
    let held = pool.acquire().await.unwrap();
    let error = pool.acquire().await.unwrap_err();
    assert!(matches!(error, Error::PoolTimedOut));
    assert_eq!(error.class(), Class::TRANSIENT);
    drop(held);
    pool.close().await;
    assert_eq!(pool.acquire().await.unwrap_err().class(), Class::Final);
}

#[tokio::test]
async fn a_transaction_is_made_again_as_a_whole() {
    #[on_exception(
        constant,
        Transient::is_transient,
        interval = 0,
        max_tries = 1000,
        logger = none,
        on_backoff = |_| _ = found.take().map(|found| found.send(())),
    )]
    async fn transfer(
        pool: &SqlitePool,
        found: &std::cell::Cell<Option<oneshot::Sender<()>>>,
    ) -> Result<(), Error> {
        let mut transaction = pool.begin().await?;
        transaction.execute("UPDATE account SET balance = balance - 30 WHERE id = 1").await?;
        transaction.execute("UPDATE account SET balance = balance + 30 WHERE id = 2").await?;
        transaction.commit().await
    }
    let bank = Bank::new(SqliteJournalMode::Delete).await;
    let pool = bank.pool(1);
    let mut holder = bank.connect().await;
    // It lets others read, so that the transfer is refused when it commits.
    holder.execute("BEGIN").await.unwrap();
    holder.execute("SELECT * FROM account").await.unwrap();
    let (found, is_found) = oneshot::channel();
    let found = std::cell::Cell::new(Some(found));
    let (transferred, ()) = tokio::join!(transfer(&pool, &found), async {
        is_found.await.unwrap();
        holder.execute("COMMIT").await.unwrap();
    });
    transferred.unwrap();
    let balances: Vec<(i64,)> =
        sqlx::query_as("SELECT balance FROM account ORDER BY id").fetch_all(&pool).await.unwrap();
    assert_eq!(balances, [(70,), (130,)], "once, and both halves of it");
}
