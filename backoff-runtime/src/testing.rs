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

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::retry::Limits;

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

/// The clock of a scope: stands still in sync functions, but for the waits that were skipped.
#[derive(Debug)]
struct Clock {
    start: Instant,
    skipped_nanos: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: Instant::now(), skipped_nanos: AtomicU64::new(0) }
    }
}

impl Clock {
    fn skipped(&self) -> Duration {
        Duration::from_nanos(self.skipped_nanos.load(Ordering::Relaxed))
    }

    fn skip(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        // Saturates: after 584 years of waits the clock stands still.
        let add = |skipped: u64| Some(skipped.saturating_add(nanos));
        let _ = self.skipped_nanos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
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

    /// The time that calls in this scope have skipped so far, and by which it was advanced.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.skipped()
    }

    /// Moves the scope's clock on, as an attempt that takes its time would.
    pub fn advance(&self, time: Duration) {
        self.clock.skip(time);
    }

    /// Runs a function in the scope.
    pub fn run<T>(&self, function: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(self);
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
        InScope { scope: self, future: pin!(future) }.await
    }
}

/// Polls a future in a scope.
struct InScope<'a, F> {
    scope: &'a Scope,
    future: Pin<&'a mut F>,
}

impl<F: Future> Future for InScope<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = Entered::new(self.scope);
        self.future.as_mut().poll(context)
    }
}

/// A scope is entered for as long as this lives; then the one around it is in force again.
struct Entered(Option<Scope>);

impl Entered {
    fn new(scope: &Scope) -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        Self(replace(Some(scope.clone())))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(self.0.take());
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Enters a scope, or none; gives the one before. While a thread ends, other thread-locals may still retry something
/// in their destructors, where a panic would abort: there is no scope then.
fn replace(scope: Option<Scope>) -> Option<Scope> {
    CURRENT.try_with(|current| current.replace(scope)).ok().flatten()
}

/// How many scopes are entered, on all threads: a program that tests nothing pays one load for the question.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

/// Something of the current scope, if there is one.
#[inline]
fn current<T>(get: impl FnOnce(&Scope) -> Option<T>) -> Option<T> {
    // Relaxed is enough: a thread sees its own entering, and only its own scope matters to it.
    if SCOPES.load(Ordering::Relaxed) == 0 { None } else { entered(get) }
}

#[cold]
fn entered<T>(get: impl FnOnce(&Scope) -> Option<T>) -> Option<T> {
    CURRENT.try_with(|scope| scope.borrow().as_ref().and_then(get)).ok().flatten()
}

/// The limits, as the scope caps them.
#[inline]
pub(crate) fn capped(limits: Limits) -> Limits {
    match current(|scope| scope.max_tries) {
        Some(cap) => Limits { max_tries: cap.min(limits.max_tries), ..limits },
        None => limits,
    }
}

/// Skips a wait, if the scope does; true if it did.
#[inline]
pub(crate) fn skip(wait: Duration) -> bool {
    current(|scope| scope.without_waits.then(|| scope.clock.skip(wait))).is_some()
}

/// The time that was skipped, to be added to a clock that knows nothing of it.
#[cfg(feature = "tokio")]
#[inline]
pub(crate) fn skipped() -> Option<Duration> {
    current(|scope| Some(scope.clock.skipped()))
}

/// The clock of sync functions: of a scope that skips waits, one that moves by nothing else.
#[inline]
pub(crate) fn blocking_now() -> Instant {
    let of_scope = |scope: &Scope| {
        let start = if scope.without_waits { scope.clock.start } else { Instant::now() };
        Some(start + scope.clock.skipped())
    };
    current(of_scope).unwrap_or_else(Instant::now)
}

/// Draws from the scope's seeded jitter, if it has one.
#[inline]
pub(crate) fn seeded<T>(draw: impl FnOnce(&mut SmallRng) -> T) -> Option<T> {
    current(|scope| {
        let mut random = scope.random.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(draw(&mut random))
    })
}
