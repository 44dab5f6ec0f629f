//! Waits of one's own: from an iterator, and from a type that hears each outcome.
//!
//! ```text
//! cargo run --example own_generator
//! ```
//!
//! Expect three calls of a taxi rank that never answers, as the iterator has two waits; then a queue that moves up, where
//! each wait is as long as the line in front of us.

use std::{cell::Cell, iter, time::Duration};

use backoff_runtime::{Wait, on_exception};

/// How long one person takes at the counter. Short so that the example is quick.
const PER_PERSON: Duration = Duration::from_millis(10);

/// Any iterator over durations is a generator. When it ends, the call gives up.
fn impatient() -> impl Iterator<Item = Duration> {
    iter::successors(Some(Duration::from_millis(20)), |wait| Some(*wait * 2)).take(2)
}

// It is made afresh for each call, so the next call has all its waits again.
#[on_exception(
    impatient(), jitter = none,
    on_backoff = |details| println!("  again in {:?}", details.wait.unwrap()),
    on_giveup = |details| println!("  gave up after {} calls: {}", details.tries, details.reason.unwrap()),
)]
fn ring_taxi_rank() -> Result<(), &'static str> {
    println!("ringing the taxi rank");
    Err("nobody answers")
}

/// It is not our turn at the post office.
#[derive(Debug)]
struct NotYet {
    in_front: u32,
}

/// A generator that looks at the error: one wait per person in front of us.
struct AsLongAsTheLine;

impl Wait<NotYet> for AsLongAsTheLine {
    fn next_wait(&mut self, error: &NotYet) -> Option<Duration> {
        // A line as long as that is not worth it: no wait means giving up.
        (error.in_front < 100).then(|| PER_PERSON * error.in_front)
    }
}

#[on_exception(
    AsLongAsTheLine, jitter = none,
    on_backoff = |details| println!("  {} in front: wait {:?}", details.outcome.in_front, details.wait.unwrap()),
)]
fn buy_stamps(line: &Cell<u32>) -> Result<&'static str, NotYet> {
    // At the next look half of the people will be gone.
    match line.replace(line.get() / 2) {
        0 => Ok("stamps"),
        in_front => Err(NotYet { in_front }),
    }
}

fn main() {
    println!("taxi: {:?}\n", ring_taxi_rank());
    println!("post office:");
    println!("  {:?}", buy_stamps(&Cell::new(6)));
    println!("  {:?}", buy_stamps(&Cell::new(500)));
}
