//! What becomes of what failed while a [`Call`](super::Call) waits.

#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::details::GiveUp;
#[cfg(feature = "tokio")]
use crate::mode::Async;
use crate::mode::{Blocking, Mode};
use crate::stop::Stop;

/// What becomes of what failed while the call waits, and what may end the wait.
pub trait Keeps<O>: Copy {
    /// What is kept.
    type Kept: Default;

    /// What may end the wait.
    fn stop(&self) -> Option<&Stop>;

    /// Keeps or drops it.
    fn keep(&self, outcome: O) -> Self::Kept;

    /// What was kept.
    fn kept(kept: Self::Kept) -> Option<O>;

    /// Waits, for a call that began then; then why there is no other attempt, if there is none.
    #[cfg(feature = "tokio")]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send;

    /// Waits by blocking the thread.
    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp>;
}

/// It is dropped before the wait; the default.
#[derive(Clone, Copy, Debug)]
pub struct Dropped;

impl<O> Keeps<O> for Dropped {
    type Kept = ();

    #[inline]
    fn stop(&self) -> Option<&Stop> {
        None
    }

    #[inline]
    fn keep(&self, _: O) {}

    #[inline]
    fn kept((): ()) -> Option<O> {
        None
    }

    #[cfg(feature = "tokio")]
    #[inline]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send {
        let mut delay = Async::delay(wait, call);
        std::future::poll_fn(move |context| Pin::new(&mut delay).poll(context).map(|()| None))
    }

    #[inline]
    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp> {
        Blocking::delay(wait, call);
        None
    }
}

/// It is kept, as a call that is told to stop returns it.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'p>(pub(super) Option<&'p Stop>);

impl<O> Keeps<O> for Kept<'_> {
    type Kept = Option<O>;

    fn stop(&self) -> Option<&Stop> {
        self.0
    }

    fn keep(&self, outcome: O) -> Option<O> {
        crate::pacing::keep(self.0, outcome)
    }

    fn kept(kept: Option<O>) -> Option<O> {
        kept
    }

    #[cfg(feature = "tokio")]
    fn delay(&self, wait: Duration, call: Option<Instant>) -> impl Future<Output = Option<GiveUp>> + Send {
        Async::delay_unless(wait, call, self.0)
    }

    fn delay_blocking(&self, wait: Duration, call: Option<Instant>) -> Option<GiveUp> {
        Blocking::delay_unless(wait, call, self.0)
    }
}
