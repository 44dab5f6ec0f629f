//! For tests of code that retries: waits that take no time, fewer tries, and jitter that repeats.
//!
//! Nothing of it needs a change in the annotated function. An async function under a paused tokio clock
//! (`#[tokio::test(start_paused = true)]`) needs nothing from here: its waits are instant, and its limits of time hold.
//! A [`Scope`] does the same for sync functions, and more for both.
//!
//! ```
//! use std::time::Duration;
//! use backoff_runtime::{Details, on_exception, testing};
//!
//! #[on_exception(expo, max_time = 300, on_backoff = |d: &Details<'_, String>| waits.push(d.wait.unwrap()))]
//! fn fetch(waits: &mut Vec<Duration>) -> Result<(), String> {
//!     Err("unreachable".to_owned())
//! }
//!
//! let mut waits = Vec::new();
//! let error = testing::Scope::new().without_waits().seed(7).run(|| fetch(&mut waits));
//! assert!(error.is_err());
//! // Five minutes went by, on the scope's clock.
//! assert!(waits.iter().sum::<Duration>() <= Duration::from_secs(300));
//! ```
//!
//! A scope is in force on the thread that entered it, so tests that run in parallel don't disturb each other. Work that
//! a test hands to other threads or spawns as other tasks enters a clone of the scope there.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

mod asked;
mod clock;
mod current;
mod lane;
#[cfg(feature = "tokio")]
mod skip;

pub(crate) use asked::{Asked, ask};
use clock::Clock;
use current::Entered;
pub(crate) use current::{back_off, begin, capped, deadline, elapsed, now, seeded, skip};
use lane::{Driver, Lane};
#[cfg(feature = "tokio")]
pub(crate) use skip::{Skip, skipped};

/// Rules for the retries of a test; see the [module](self).
///
/// Clones share the clock and the jitter.
#[derive(Clone, Debug, Default)]
#[must_use = "a scope does nothing until something runs in it"]
pub struct Scope {
    without_waits: bool,
    max_tries: Option<u32>,
    random: Option<Arc<Mutex<SmallRng>>>,
    clock: Arc<Clock>,
}

impl Scope {
    /// A scope without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits take no time, and move the scope's clock on instead: `elapsed` and `max_time` are as if they had been
    /// waited for. The clock of sync functions moves by nothing else then, but for [`advance`](Self::advance).
    pub fn without_waits(self) -> Self {
        Self { without_waits: true, ..self }
    }

    /// No call makes more attempts than this, whatever its own `max_tries`; at least 1.
    pub fn max_tries(self, max_tries: u32) -> Self {
        Self { max_tries: Some(max_tries.max(1)), ..self }
    }

    /// Jitter draws the same numbers whenever a scope is made with this seed. One scope that runs several calls goes on
    /// drawing, so that their waits differ from each other. A last wait under `max_time` depends on the elapsed time,
    /// too: it repeats in a sync function [without waits](Self::without_waits), and in an async one under a paused clock.
    pub fn seed(self, seed: u64) -> Self {
        Self { random: Some(Arc::new(Mutex::new(SmallRng::seed_from_u64(seed)))), ..self }
    }

    /// What a paused clock would have moved by: the waits that calls in this scope have skipped so far, and what the
    /// scope was advanced by. The waits of calls that follow each other add up; of those that run at once in one future
    /// that runs in the scope ([`run_async`](Self::run_async)) the longest counts. Of threads it is not known that they
    /// run at once, so theirs add up, too.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.lock().furthest()
    }

    /// Moves the scope's clock on, for all its calls, as an attempt that takes its time would.
    pub fn advance(&self, time: Duration) {
        self.clock.lock().advance(time);
    }

    /// Runs a function in the scope.
    pub fn run<T>(&self, function: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(self, Lane::thread);
        function()
    }

    /// Runs a future in the scope, wherever it is polled.
    ///
    /// ```
    /// use backoff_runtime::{on_predicate, testing};
    ///
    /// #[on_predicate(expo)]
    /// async fn ready() -> bool {
    ///     false
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// assert!(!testing::Scope::new().max_tries(1).run_async(ready()).await);
    /// # }
    /// ```
    pub async fn run_async<F: Future>(&self, future: F) -> F::Output {
        let (lane, driver) = (Lane::future(), Driver::default());
        InScope { scope: self, lane, driver, future: pin!(future) }.await
    }

    /// Whether two are clones.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.clock, &other.clock)
    }
}

/// Polls a future in a scope.
struct InScope<'a, F> {
    scope: &'a Scope,
    lane: Lane,
    driver: Driver,
    future: Pin<&'a mut F>,
}

impl<F: Future> Future for InScope<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { scope, lane, driver, future } = &mut *self;
        let _entered = Entered::new(scope, || lane.clone());
        match &lane.timers {
            Some(timers) if scope.without_waits => driver.poll(future.as_mut(), timers, context),
            _ => future.as_mut().poll(context),
        }
    }
}
