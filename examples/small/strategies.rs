//! Different failures, different strategies: one attribute with an `on(...)` for each.
//!
//! ```text
//! cargo run --example strategies
//! ```
//!
//! A database that is busy is asked again soon, and at most three times; a lost connection takes longer to come back. Each
//! strategy counts its own failures: expect the wait after the second time that it is busy to be 20 ms, whatever failed in
//! between. The time and the handlers are those of all together. A query that is wrong is of no kind, so it is not repeated.

use std::{cell::Cell, time::Duration};

use backoff_runtime::retry;

#[derive(Clone, Copy, Debug)]
enum DatabaseError {
    Busy,
    ConnectionLost,
    NoSuchTable,
}
use DatabaseError::{Busy, ConnectionLost, NoSuchTable};

/// A database on a bad day.
struct Database {
    answers: Cell<&'static [Result<u32, DatabaseError>]>,
}

impl Database {
    fn new(answers: &'static [Result<u32, DatabaseError>]) -> Self {
        Self { answers: Cell::new(answers) }
    }

    async fn query(&self) -> Result<u32, DatabaseError> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let (answer, rest) = self.answers.get().split_first().expect("no more queries than answers");
        self.answers.set(rest);
        *answer
    }
}

// The waits are short, and without jitter, so that the example is quick and prints the same each time.
#[retry(
    on(expo, matches!(Busy), factor = 0.01, max_tries = 3),
    on(constant, matches!(ConnectionLost), interval = [0.05, 0.05, 0.1]),
    max_time = 0.5,
    jitter = none,
    on_backoff = |details| println!("  try {}: {:?}, again in {:?}", details.tries, details.outcome, details.wait.unwrap()),
    on_giveup = |details| println!("  try {}: {:?}, given up: {}", details.tries, details.outcome, details.reason.unwrap()),
)]
async fn count_orders(database: &Database) -> Result<u32, DatabaseError> {
    database.query().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let days: [(&str, &[_]); 3] = [
        ("a bad day", &[Err(Busy), Err(ConnectionLost), Err(Busy), Err(ConnectionLost), Ok(42)]),
        ("a busy day", &[Err(Busy), Err(ConnectionLost), Err(Busy), Err(Busy)]),
        ("the wrong table", &[Err(NoSuchTable)]),
    ];
    for (day, answers) in days {
        println!("{day}");
        println!("  {:?}", count_orders(&Database::new(answers)).await);
    }
}
