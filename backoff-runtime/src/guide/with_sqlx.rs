//! With sqlx.
//!
//! With the feature `sqlx`, [`Transient`](trait@crate::Transient) says which errors pass by themselves: of PostgreSQL and MySQL by
//! their SQLSTATE, of SQLite by its result code, of the pool and the connection by their kind.
//!
//! **Retry the transaction, not its statements.** A database that ends a transaction to let another one go on (a deadlock,
//! a serialization failure, a snapshot that is too old) has rolled it back: what was read in it no longer holds, and the
//! next statement alone has nothing to stand on. So the attribute is on the function that begins and commits:
//!
//! ```
//! use backoff_runtime::retry;
//! use sqlx::{AnyPool, Error};
//!
//! #[retry(expo, transient, base = 2, factor = 0.02, max_value = 1, max_tries = 8)]
//! async fn transfer(pool: &AnyPool, from: i64, to: i64, amount: i64) -> Result<(), Error> {
//!     let mut transaction = pool.begin().await?;
//!     sqlx::query("UPDATE account SET balance = balance - $1 WHERE id = $2")
//!         .bind(amount)
//!         .bind(from)
//!         .execute(&mut *transaction)
//!         .await?;
//!     sqlx::query("UPDATE account SET balance = balance + $1 WHERE id = $2")
//!         .bind(amount)
//!         .bind(to)
//!         .execute(&mut *transaction)
//!         .await?;
//!     transaction.commit().await
//! }
//! ```
//!
//! - An attempt that fails drops its transaction, which rolls it back, before the wait: no lock is held while it waits.
//! - Locks are let go within milliseconds, so waits may begin there (`factor = 0.02` is 20 ms). Jitter matters: transactions
//!   that met once meet again if they come back together.
//! - A function that is given a `&mut Transaction` is part of somebody else's unit, and is not retried by itself.
//! - What else the function does is done again with it. Send the mail after the commit, not before it.
//!
//! # A commit whose answer is lost
//!
//! An `Io` error of `commit` says nothing of whether it was done. It is transient, and so the transfer above may be made
//! twice, very rarely. Where that matters, let the database tell: write a row with a key of the call first, in the same
//! transaction, and take its uniqueness as the answer.
//!
//! ```
//! use backoff_runtime::retry;
//! use sqlx::{AnyPool, Error};
//!
//! #[retry(expo, transient, factor = 0.02, max_value = 1, max_tries = 8)]
//! async fn transfer(pool: &AnyPool, key: &str, from: i64, to: i64, amount: i64) -> Result<(), Error> {
//!     let mut transaction = pool.begin().await?;
//!     let begun = sqlx::query("INSERT INTO done (key) VALUES ($1)").bind(key).execute(&mut *transaction).await;
//!     match begun {
//!         // An earlier attempt has done it all, as this row came with the rest.
//!         Err(Error::Database(error)) if error.is_unique_violation() => return Ok(()),
//!         begun => begun?,
//!     };
//!     # let _ = (from, to, amount);
//!     // ... the two updates, on `&mut *transaction`
//!     transaction.commit().await
//! }
//! ```
//!
//! # Single statements
//!
//! A statement outside a transaction is one of its own; put the attribute on the function around it. Reading is always
//! safe to repeat. `UPDATE ... SET balance = 5` is, `SET balance = balance - 5` is not: see
//! [what may be retried](super::what_may_be_retried).
//!
//! # The pool
//!
//! `PoolTimedOut` is transient, but mostly says that there are too few connections for the work, and more attempts are more
//! work: bound them, or put a pacer with `max_in_flight` in front, which keeps callers in order. `acquire_timeout` is 30 s
//! unless you set it; five attempts of it are two and a half minutes.
//!
//! SQLite waits for locks itself for as long as `busy_timeout` says (5 s). Only a snapshot that is too old fails at once:
//! `BEGIN IMMEDIATE` avoids it where a transaction will write.
//!
//! # Two lines of sqlx
//!
//! The feature works with sqlx 0.8 and 0.9, one of them at a time. If cargo picks the other one than your program has (the
//! compiler then says that nothing says which `sqlx::Error` is transient), tell it which:
//! `cargo update -p sqlx@0.9.0 --precise 0.8.6`.
