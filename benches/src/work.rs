//! The work that is retried: the same for all.

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// How often a call is made at most.
pub(crate) const TRIES: u32 = 5;
/// The first wait, in seconds.
pub(crate) const FACTOR: f64 = 0.1;
/// The longest wait, in seconds.
pub(crate) const LONGEST: u64 = 10;
/// The wait of a sleeping task, in seconds: long enough for a million tasks to be spawned in the meantime.
pub(crate) const SLEEP: u64 = 5;
/// How many waits a batch has.
pub(crate) const BATCH: usize = 10;

/// The first wait.
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(LONGEST);
/// The wait of a sleeping task.
pub(crate) const SLEEP_WAIT: Duration = Duration::from_secs(SLEEP);

/// What an attempt ends with.
pub(crate) type Answer = Result<u64, Failed>;

/// An operation that fails as often as it is told to.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    failures_left: AtomicU64,
    succeeded: AtomicU64,
}

/// What it fails with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl Error for Failed {}

impl From<Failed> for io::Error {
    fn from(failed: Failed) -> Self {
        Self::other(failed)
    }
}

impl Operation {
    /// An operation that outlives every task.
    #[must_use]
    pub(crate) fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    /// Fails this often from now on.
    pub(crate) fn fail(&self, times: u64) {
        self.failures_left.store(times, Ordering::Relaxed);
    }

    /// How many failures are still to come.
    #[must_use]
    pub(crate) fn failures_left(&self) -> u64 {
        self.failures_left.load(Ordering::Relaxed)
    }

    /// How many attempts have succeeded.
    #[must_use]
    pub(crate) fn succeeded(&self) -> u64 {
        self.succeeded.load(Ordering::Relaxed)
    }

    /// One attempt, which the compiler can neither see through nor move into the loop around it.
    ///
    /// # Errors
    /// As often as it was told to fail.
    #[inline(never)]
    pub(crate) fn attempt_now(&self) -> Answer {
        // Loads and stores instead of one atomic step: all tasks are on one thread.
        let left = self.failures_left();
        if left == 0 {
            self.succeeded.store(self.succeeded() + 1, Ordering::Relaxed);
            Ok(black_box(7))
        } else {
            self.failures_left.store(left - 1, Ordering::Relaxed);
            Err(Failed)
        }
    }

    /// One attempt as a future of 16 bytes.
    pub(crate) fn attempt(&'static self) -> Attempt {
        Attempt { operation: self, polls: 0 }
    }
}

/// An attempt; over when it is first polled.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Attempt {
    operation: &'static Operation,
    polls: u64,
}

impl Future for Attempt {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        self.polls += 1;
        Poll::Ready(self.operation.attempt_now())
    }
}

/// A wait of zero, for those who take a future of a named type: other tasks have a turn.
#[derive(Debug, Default)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Yield {
    yielded: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
