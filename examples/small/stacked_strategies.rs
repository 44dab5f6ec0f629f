//! Different failures, different strategies: two attributes on one function.
//!
//! ```text
//! cargo run --example stacked_strategies
//! ```
//!
//! The top attribute is the outer loop, and each of its attempts runs the whole inner loop. A database that is busy is
//! asked again soon (inner); when the connection is lost, a longer wait comes first (outer). Expect the inner loop to
//! count its tries anew after each lost connection.

use std::{cell::Cell, time::Duration};

use backoff_runtime::on_exception;

#[derive(Clone, Copy, Debug)]
enum DatabaseError {
    Busy,
    ConnectionLost,
}
use DatabaseError::{Busy, ConnectionLost};

/// A database on a bad day.
struct Database {
    answers: Cell<&'static [Result<u32, DatabaseError>]>,
}

impl Database {
    async fn query(&self) -> Result<u32, DatabaseError> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let (answer, rest) = self.answers.get().split_first().expect("no more queries than answers");
        self.answers.set(rest);
        *answer
    }
}

// The waits are short so that the example is quick.
#[on_exception(
    fibo, matches!(ConnectionLost), max_value = "100ms", max_tries = 4,
    on_backoff = |details| println!("outer loop: try {} ended by {:?}", details.tries, details.outcome),
)]
#[on_exception(
    expo, matches!(Busy), factor = 0.01, max_tries = 3,
    on_backoff = |details| println!("  inner loop: try {} ended by {:?}", details.tries, details.outcome),
)]
async fn count_orders(database: &Database) -> Result<u32, DatabaseError> {
    database.query().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DatabaseError> {
    let answers =
        &[Err(Busy), Err(ConnectionLost), Err(Busy), Err(Busy), Err(ConnectionLost), Err(Busy), Ok(42)];
    let orders = count_orders(&Database { answers: Cell::new(answers) }).await?;
    println!("{orders} orders");
    Ok(())
}
