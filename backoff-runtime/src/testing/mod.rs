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
//! # What is in a scope
//! A scope is in force on the thread that entered it ([`run`](Scope::run)) or in the future that runs in it
//! ([`run_async`](Scope::run_async)), so tests that run in parallel don't disturb each other. A thread or task that the
//! test starts enters a clone of the scope. One that the tested code starts by itself is reached by a scope of the whole
//! process: [`everywhere`](Scope::everywhere), one at a time.
//!
//! # Whose time it is
//! Each call has a time of its own: what passes on the real clock (in a sync function without waits none does), what its
//! own waits and those of the calls in its attempts skip, and what the scope is [advanced](Scope::advance) by. Calls that
//! run at once, joined, in tasks or in threads, don't wait for each other:
//!
//! ```
//! use backoff_runtime::{on_exception, testing::Scope};
//! use std::cell::Cell;
//!
//! #[on_exception(constant, interval = interval, jitter = none, max_time = 10)]
//! async fn fetch(interval: u64, tries: &Cell<u32>) -> Result<(), String> {
//!     tries.set(tries.get() + 1);
//!     Err("unreachable".to_owned())
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let (short, long) = (Cell::new(0), Cell::new(0));
//! let scope = Scope::new().without_waits();
//! let _ = scope.run_async(async { tokio::join!(fetch(1, &short), fetch(5, &long)) }).await;
//! assert_eq!((short.get(), long.get()), (11, 3));
//! # }
//! ```
//!
//! In a future that runs in a scope, waits end in their order, each when nothing else in the future goes on: what a paused
//! clock shows. Elsewhere (in a task that the tested code spawns, in a runtime that is started in [`run`](Scope::run))
//! they end soon after they began.
//!
//! Which calls are in the attempts of another is seen from this: they began after the attempt, in the same future or on the
//! same thread, and don't wait when it ends. So a call that begins beside the attempt of another, which takes its time
//! elsewhere (an answer of a server, tokio's clock), may count for that attempt. Let each of such calls run in
//! the scope by itself: `join!(scope.run_async(one()), scope.run_async(other()))`.
//!
//! A [`Pacer`] and a [`RetryBudget`] have one clock for all their callers, the furthest that any call has come. A
//! `static` one is made as new by a scope that [resets](Scope::reset) it.

use std::fmt;
use std::future::Future;
use std::panic::RefUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::budget::RetryBudget;
use crate::pacer::Pacer;

mod asked;
mod clock;
mod current;
mod everywhere;
mod lane;
#[cfg(feature = "tokio")]
mod skip;

pub(crate) use asked::{Asked, ask};
use clock::Clock;
use current::Entered;
pub(crate) use current::{back_off, begin, capped, deadline, elapsed, now, seeded, skip, skips};
pub use everywhere::{Busy, Everywhere};
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
    resets: Vec<&'static dyn Reset>,
    entered: Arc<OnceLock<()>>,
}

/// What calls share and tests use one after the other: a [`Pacer`], a [`RetryBudget`], or something of the user's own.
pub trait Reset: fmt::Debug + Send + Sync + RefUnwindSafe {
    /// Makes it as new.
    fn reset(&self);
}

impl Reset for Pacer {
    fn reset(&self) {
        Self::reset(self);
    }
}

impl Reset for RetryBudget {
    fn reset(&self) {
        Self::reset(self);
    }
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

    /// Makes a `static` pacer or budget as new when the scope is entered for the first time, so that nothing of one test
    /// is left for the next.
    ///
    /// ```
    /// use backoff_runtime::{Pacer, on_exception, testing::Scope};
    ///
    /// static SMS: Pacer = Pacer::per_second(0.1).margin(1.0);
    ///
    /// #[on_exception(expo, pacer = SMS)]
    /// fn send() -> Result<(), String> {
    ///     Ok(())
    /// }
    ///
    /// for _test in 0..3 {
    ///     let scope = Scope::new().without_waits().reset(&SMS);
    ///     assert!(scope.run(send).is_ok());
    ///     assert!(scope.elapsed().is_zero(), "nobody called before");
    /// }
    /// ```
    pub fn reset(mut self, what: &'static impl Reset) -> Self {
        self.resets.push(what);
        self
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
        self.reset_once();
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
        self.reset_once();
        let (lane, driver) = (Lane::future(), Driver::default());
        InScope { scope: self, lane, driver, future: pin!(future) }.await
    }

    /// Puts the whole process in the scope, until what this gives is dropped: all threads and tasks, those that the tested
    /// code starts by itself, too. A thread or task that entered a scope of its own stays in that one.
    ///
    /// ```
    /// use backoff_runtime::{on_exception, testing::Scope};
    ///
    /// #[on_exception(constant, interval = 3600, max_tries = 3)]
    /// fn send() -> Result<(), String> {
    ///     Err("refused".to_owned())
    /// }
    ///
    /// fn send_in_the_background() -> std::thread::JoinHandle<Result<(), String>> {
    ///     std::thread::spawn(send)
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let everywhere = Scope::new().without_waits().everywhere()?;
    /// assert!(send_in_the_background().join().unwrap().is_err());
    /// drop(everywhere);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Tests run at the same time, and one that knows nothing of this is in the scope, too, while it lasts. So let such a
    /// test be the only one in its process (a file of its own in `tests/`), or let all tests beside it that retry enter
    /// scopes: of their own, or of the process by [`everywhere_blocking`](Self::everywhere_blocking).
    ///
    /// # Errors
    /// [`Busy`], while another scope is in force in the whole process.
    pub fn everywhere(&self) -> Result<Everywhere, Busy> {
        Everywhere::enter(self)
    }

    /// [`everywhere`](Self::everywhere), which blocks the thread until no other test holds the process.
    ///
    /// A test that holds it already waits for itself, without end.
    pub fn everywhere_blocking(&self) -> Everywhere {
        Everywhere::wait(self)
    }

    fn reset_once(&self) {
        if !self.resets.is_empty() {
            self.entered.get_or_init(|| self.resets.iter().for_each(|what| what.reset()));
        }
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
