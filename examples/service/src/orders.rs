//! The orders, in `SQLite`.

use std::path::Path;
use std::time::Duration;

use backoff_runtime::retry;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Row, SqlitePool, sqlite::SqliteRow};

use crate::error::Error;
use crate::policies::{DATABASE, STOP};

/// What a customer orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What.
    pub item: String,
    /// How many.
    pub quantity: u32,
}

/// An order as it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: i64,
    /// What is ordered.
    #[serde(flatten)]
    pub wish: Wish,
    /// `new`, `paid`, `declined` or `sold out`.
    pub status: String,
    /// The provider's name of the charge, once there is one.
    pub charge: Option<String>,
}

/// The table of orders, and the history of each.
#[derive(Clone, Debug)]
pub struct Orders(SqlitePool);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, item TEXT NOT NULL, quantity INTEGER NOT NULL,
        status TEXT NOT NULL DEFAULT 'new', charge TEXT
    );
    CREATE TABLE IF NOT EXISTS history (order_id INTEGER NOT NULL REFERENCES orders, status TEXT NOT NULL)";

impl Orders {
    /// Opens the database, and makes it if there is none.
    ///
    /// # Errors
    /// When that can't be done, or it is locked for longer than the policy.
    #[retry(DATABASE, transient, stop = STOP)]
    pub async fn open(file: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Who finds a lock waits by the policy, where it is seen, and keeps no connection meanwhile.
            .busy_timeout(Duration::ZERO);
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// The order with this key, which is made unless it is there. What is retried is the transaction as a whole.
    ///
    /// # Errors
    /// When the key has been used for something else, or the database is locked for longer than the policy.
    #[retry(DATABASE, transient, stop = STOP)]
    pub async fn begin(&self, key: &str, wish: &Wish) -> Result<Order, Error> {
        let mut transaction = self.0.begin().await?;
        let made =
            sqlx::query("INSERT INTO orders (key, item, quantity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .bind(key)
                .bind(&wish.item)
                .bind(wish.quantity)
                .execute(&mut *transaction)
                .await?;
        let row = sqlx::query("SELECT * FROM orders WHERE key = ?").bind(key).fetch_one(&mut *transaction);
        let order = order(&row.await?)?;
        if made.rows_affected() == 1 {
            sqlx::query("INSERT INTO history VALUES (?, 'new')")
                .bind(order.id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        if order.wish == *wish { Ok(order) } else { Err(Error::KeyInUse) }
    }

    /// Writes down how an order ended, once.
    ///
    /// # Errors
    /// When the database is locked for longer than the policy.
    #[retry(DATABASE, transient, stop = STOP)]
    pub async fn end(&self, id: i64, status: &str, charge: Option<&str>) -> Result<(), Error> {
        let mut transaction = self.0.begin().await?;
        let ended = sqlx::query("UPDATE orders SET status = ?, charge = ? WHERE id = ? AND status = 'new'")
            .bind(status)
            .bind(charge)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        if ended.rows_affected() == 1 {
            sqlx::query("INSERT INTO history VALUES (?, ?)")
                .bind(id)
                .bind(status)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The order with this number, if there is one.
    ///
    /// # Errors
    /// When the database can't be read.
    #[retry(DATABASE, transient, stop = STOP)]
    pub async fn find(&self, id: i64) -> Result<Option<Order>, Error> {
        let row = sqlx::query("SELECT * FROM orders WHERE id = ?").bind(id).fetch_optional(&self.0).await?;
        Ok(row.as_ref().map(order).transpose()?)
    }
}

fn order(row: &SqliteRow) -> Result<Order, sqlx::Error> {
    let wish = Wish { item: row.try_get("item")?, quantity: row.try_get("quantity")? };
    Ok(Order { id: row.try_get("id")?, wish, status: row.try_get("status")?, charge: row.try_get("charge")? })
}
