//! Jitters and generators of the user's own that have a state, or ask not to be jittered.

use std::time::Duration;

use backoff_runtime::{DecorrelatedJitter, Jitter, Wait, decorrelated_jitter, on_predicate, runtime};
use backoff_tests::trace::{self, seconds};
use backoff_tests::waits;

/// Remembers how often it was asked.
struct Growing(u32);

impl Jitter for Growing {
    fn jitter(&mut self, wait: Duration, _longest: Option<Duration>) -> Duration {
        self.0 += 1;
        wait * self.0
    }
}

fn growing() -> Growing {
    Growing(0)
}

#[test]
fn a_jitter_with_a_state_is_made_once_per_call() {
    assert_eq!(waits!(constant, jitter = growing), [1, 2, 3, 4, 5].map(seconds));
    assert_eq!(waits!(constant, jitter = || Growing(1)), [2, 3, 4, 5, 6].map(seconds));
}

#[test]
fn a_jitter_of_another_name_keeps_its_state_too() {
    fn spread() -> DecorrelatedJitter {
        decorrelated_jitter()
    }
    #[on_predicate(
        constant,
        jitter = spread,
        max_tries = 1001,
        logger = none,
        on_backoff = |d| waits.extend(d.wait),
    )]
    fn call(waits: &mut Vec<Duration>) {}
    let mut waits = vec![];
    trace::blocking(|_| call(&mut waits));
    assert!(waits.iter().any(|wait| *wait > seconds(3)), "it remembers the last wait");
}

#[test]
fn runtime_as_an_expression_is_not_jittered_unless_asked() {
    assert_eq!(waits!(runtime().value(|(): &()| 8)), [8; 5].map(seconds));
    let drawn = waits!(runtime().value(|(): &()| 8), jitter = |wait| wait / 2);
    assert_eq!(drawn, [12; 5].map(seconds), "what was asked for is never shortened");
}

/// Waits that a server asked for.
struct Asked;

impl Wait<()> for Asked {
    fn next_wait(&mut self, (): &()) -> Option<Duration> {
        Some(seconds(8))
    }

    fn is_asked_for(&self) -> bool {
        true
    }
}

#[test]
fn a_generator_of_waits_that_were_asked_for_is_not_jittered_unless_asked() {
    assert_eq!(waits!(Asked), [8; 5].map(seconds));
    assert_eq!(waits!(Asked, jitter = |wait| wait / 2), [12; 5].map(seconds), "and never shortened");
    assert_eq!(waits!(Asked, jitter = |wait| wait * 2), [16; 5].map(seconds));
}
