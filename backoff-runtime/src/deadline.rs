//! The end of a call's time, as the calls inside of it see it.
//!
//! A future that is bounded is polled with its end in a thread-local, so that a loop inside gives up in time, with an
//! error of its own, and is not cut in the middle of a wait.

use std::cell::Cell;
#[cfg(feature = "tokio")]
use std::future::Future;
#[cfg(feature = "tokio")]
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::mode::Mode;

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What is left of the time of the calls around this one, if it is bounded.
#[inline]
pub(crate) fn left<M: Mode>() -> Option<Duration> {
    current().map(|deadline| deadline.saturating_duration_since(M::now()))
}

#[inline]
fn current() -> Option<Instant> {
    DEADLINE.with(Cell::get)
}

/// A future with an end of time for what it calls.
#[cfg(feature = "tokio")]
pub(crate) struct Within<'f, F> {
    deadline: Instant,
    future: Pin<&'f mut F>,
}

#[cfg(feature = "tokio")]
impl<'f, F: Future> Within<'f, F> {
    pub(crate) fn new(deadline: Instant, future: Pin<&'f mut F>) -> Self {
        Self { deadline, future }
    }
}

#[cfg(feature = "tokio")]
impl<F: Future> Future for Within<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = Entered::new(self.deadline);
        self.future.as_mut().poll(context)
    }
}

/// The end of time, while this lives; then that around it again, also after a panic.
#[cfg(feature = "tokio")]
struct Entered(Option<Instant>);

#[cfg(feature = "tokio")]
impl Entered {
    fn new(deadline: Instant) -> Self {
        let around = current();
        let nearest = around.map_or(deadline, |around| around.min(deadline));
        DEADLINE.with(|current| current.set(Some(nearest)));
        Self(around)
    }
}

#[cfg(feature = "tokio")]
impl Drop for Entered {
    fn drop(&mut self) {
        DEADLINE.with(|current| current.set(self.0));
    }
}
