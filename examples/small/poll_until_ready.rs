//! A function is called again until what it returns is what one waits for.
//!
//! ```text
//! cargo run --example poll_until_ready
//! ```
//!
//! Expect two polls until the printer is warm, then four until it has printed the document. The first function returns
//! a `bool`, and `false` is retried without being asked for; the second says by a pattern which statuses are.

use std::{cell::Cell, time::Duration};

use backoff_runtime::on_predicate;

#[derive(Clone, Copy, Debug)]
enum Job {
    Queued,
    Printing { page: u32 },
    Done { pages: u32 },
}

/// A printer that gets on by a step each time it is asked.
#[derive(Default)]
struct Printer {
    polls: Cell<u32>,
}

impl Printer {
    async fn poll(&self) -> u32 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.polls.set(self.polls.get() + 1);
        self.polls.get()
    }
}

// Nothing behind the generator: falsy values are retried, which are `false`, `None`, 0 and what is empty.
// The interval is short so that the example is quick.
#[on_predicate(constant, interval = "20ms", max_time = "2s")]
async fn is_warm(printer: &Printer) -> bool {
    let warm = printer.poll().await >= 2;
    println!("warm: {warm}");
    warm
}

// Polling at a fixed pace: `jitter = none`.
#[on_predicate(constant, matches!(Job::Queued | Job::Printing { .. }), interval = "20ms", jitter = none, max_time = "2s")]
async fn printed(printer: &Printer) -> Job {
    let job = match printer.poll().await {
        ..=3 => Job::Queued,
        poll @ 4..=5 => Job::Printing { page: poll - 3 },
        _ => Job::Done { pages: 2 },
    };
    println!("job: {job:?}");
    job
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let printer = Printer::default();
    if !is_warm(&printer).await {
        println!("The printer does not get warm.");
        return;
    }
    // When the time is over, the last value is returned, whatever it is.
    match printed(&printer).await {
        Job::Done { pages } => println!("Printed {pages} pages."),
        Job::Printing { page } => println!("Still at page {page}."),
        Job::Queued => println!("Still not begun."),
    }
}
