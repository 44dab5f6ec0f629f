//! A backup, which locks the database while it copies.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection};

/// A lock that lets nobody else write.
#[derive(Debug)]
pub struct Lock(SqliteConnection);

impl Lock {
    /// Takes it, as soon as it can be had.
    ///
    /// # Errors
    /// When the database can't be opened, or is locked for 30 s.
    pub async fn take(file: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(30));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        Ok(Self(connection))
    }

    /// Releases it.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn release(mut self) -> Result<(), sqlx::Error> {
        self.0.execute("ROLLBACK").await?;
        self.0.close().await
    }
}
