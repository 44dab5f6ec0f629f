//! Waits that the server asks for, as by the header `Retry-After`.
//!
//! ```text
//! cargo run --example retry_after
//! ```
//!
//! The generator `runtime` takes each wait from the error. It has no jitter unless it is asked for one, so that no wait
//! is shorter than the server said. Expect two requests that are refused, none that comes too early, and then a search
//! result; and of a server that doesn't say when to come back, one request.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use backoff_runtime::on_exception;

#[derive(Debug)]
struct TooManyRequests {
    retry_after: Option<Duration>,
}

/// A search engine that tells clients to come back later, and notices when they come too early.
struct SearchEngine {
    retry_after: Cell<&'static [Option<Duration>]>,
    closed_until: Cell<Instant>,
}

impl SearchEngine {
    /// It refuses a request for each of these.
    fn new(retry_after: &'static [Option<Duration>]) -> Self {
        Self { retry_after: Cell::new(retry_after), closed_until: Cell::new(Instant::now()) }
    }

    async fn get(&self, words: &str) -> Result<String, TooManyRequests> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let too_early = Instant::now() < self.closed_until.get();
        println!("  a request, {}", if too_early { "too early" } else { "in time" });
        let Some((&retry_after, rest)) = self.retry_after.get().split_first() else {
            return Ok(format!("12 pages about {words}"));
        };
        self.retry_after.set(rest);
        self.closed_until.set(Instant::now() + retry_after.unwrap_or_default());
        Err(TooManyRequests { retry_after })
    }
}

// `None` gives up. For a wait of one's own instead: `e.retry_after.unwrap_or(Duration::from_secs(1))`.
#[on_exception(
    runtime, value = |e| e.retry_after, max_tries = 10,
    on_backoff = |details| println!("  refused; wait {:?}", details.wait.unwrap()),
    on_giveup = |details| println!("  refused; gave up: {}", details.reason.unwrap()),
)]
async fn search(engine: &SearchEngine, words: &str) -> Result<String, TooManyRequests> {
    engine.get(words).await
}

/// A real server says seconds; these are short so that the example is quick.
const POLITE: &[Option<Duration>] = &[Some(Duration::from_millis(120)), Some(Duration::from_millis(60))];
const SILENT: &[Option<Duration>] = &[None];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("A server that says when to come back:");
    println!("  {:?}", search(&SearchEngine::new(POLITE), "sailing").await);
    println!("One that doesn't:");
    println!("  {:?}", search(&SearchEngine::new(SILENT), "sailing").await);
}
