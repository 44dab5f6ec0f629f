//! Something to retry.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// Fails twice, then succeeds.
#[derive(Debug, Default)]
pub struct Flaky {
    calls: AtomicU32,
}

/// How a call fails; with the number of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed(pub u32);

impl Flaky {
    /// One that was not called yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: AtomicU32::new(0) }
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls it, and returns the number of the call.
    ///
    /// # Errors
    /// On the first two calls.
    pub fn call(&self) -> Result<u32, Failed> {
        match self.calls.fetch_add(1, Ordering::Relaxed) + 1 {
            call @ 1..=2 => Err(Failed(call)),
            call => Ok(call),
        }
    }

    /// [`call`](Self::call), after one turn of the other tasks.
    ///
    /// # Errors
    /// On the first two calls.
    pub async fn call_later(&self) -> Result<u32, Failed> {
        let mut turned = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut turned, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        self.call()
    }
}

impl backoff_runtime::Transient for Failed {
    fn class(&self) -> backoff_runtime::Class {
        backoff_runtime::Class::TRANSIENT
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} failed", self.0)
    }
}

impl Error for Failed {}
