//! The retries of a whole program: one place that hears of all, and a switch that turns all off.
//!
//! # Hooks
//! [`observe`] adds an [`Observer`], who hears of the attempts, successes, back-offs and give-ups of every annotated
//! function and every [`Call`](crate::Call), those in other crates of the program too.
//!
//! ```
//! use backoff_runtime::program::{self, Event, Observer};
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! #[derive(Default)]
//! struct Retries(AtomicU32);
//!
//! impl Observer for Retries {
//!     fn on_backoff(&self, _: &Event<'_>) {
//!         self.0.fetch_add(1, Ordering::Relaxed);
//!     }
//!
//!     fn on_giveup(&self, event: &Event<'_>) {
//!         eprintln!("{event}");
//!     }
//! }
//!
//! static RETRIES: Retries = Retries(AtomicU32::new(0));
//! program::observe(&RETRIES);
//!
//! #[backoff_runtime::on_exception(constant, interval = 0, max_tries = 3)]
//! fn fetch() -> Result<(), String> {
//!     Err("unreachable".to_owned())
//! }
//!
//! // Prints: giving up fetch after 3 tries, max_tries: unreachable
//! assert!(fetch().is_err());
//! assert_eq!(RETRIES.0.load(Ordering::Relaxed), 2);
//! ```
//!
//! An observer is told after the log line and before the function's own handlers, on the thread that runs the call, also
//! where the function has `logger = none`. It is not async, and the call waits for it, so let it be quick. A panic in it goes
//! through, as one of a handler does. A retried function that it calls is heard, too.
//!
//! What it does not hear of: an error that is not retried, which is returned without an event, and a call that is
//! cancelled (its future is dropped), which runs nothing any more. So there may be more attempts than ends of them.
//!
//! While there is no observer, a call whose first attempt succeeds pays for one load of a flag and two comparisons. An
//! observer that is added while a call is under way may hear only a part of it.
//!
//! # Off switch
//! [`disable_retries`] lets every call make one attempt and no more, until [`enable_retries`]: for an overload that
//! retries would make worse, for a program that shuts down, or to see failures as they are.
//!
//! ```
//! use backoff_runtime::{GiveUp, Retried, on_exception, program};
//!
//! #[on_exception(expo, max_tries = 5)]
//! fn fetch() -> Retried<Result<(), String>> {
//!     Err("unreachable".to_owned())
//! }
//!
//! program::disable_retries();
//! let fetched = fetch();
//! assert_eq!((fetched.tries, fetched.reason), (1, Some(GiveUp::SwitchedOff)));
//! program::enable_retries();
//! ```
//!
//! A call that fails then gives up with the reason [`GiveUp::SwitchedOff`], in the usual way: with its log line, its
//! handlers and its fallback. Where another reason holds as well (`giveup`, `max_tries`, a limit of time), that is told. A
//! pacer still makes each attempt wait for its turn.
//!
//! A call that is waiting when retries are turned off waits to the end, makes the attempt that it waited for, and gives up
//! if that fails. To end waits at once, there is [`Stop`](crate::Stop).
//!
//! The switch is asked only when an attempt has failed. It is one for the process, so tests that use it must not run
//! beside others that retry; [`testing::Scope::max_tries`](crate::testing::Scope::max_tries) does the same for a scope.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::details::GiveUp;
use crate::log::Seconds;

/// Hears of the retries of a whole program; see the [module](self). Each method does nothing unless it is written.
pub trait Observer: Send + Sync {
    /// An attempt is about to be made.
    fn on_try(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// An attempt succeeded.
    fn on_success(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// An attempt failed, and there will be another.
    fn on_backoff(&self, event: &Event<'_>) {
        let _ = event;
    }

    /// An attempt failed, and there will be no other.
    fn on_giveup(&self, event: &Event<'_>) {
        let _ = event;
    }
}

macro_rules! observes_as_its_target {
    ($($pointer:ty),*) => {$(
        impl<O: Observer + ?Sized> Observer for $pointer {
            fn on_try(&self, event: &Event<'_>) {
                (**self).on_try(event);
            }

            fn on_success(&self, event: &Event<'_>) {
                (**self).on_success(event);
            }

            fn on_backoff(&self, event: &Event<'_>) {
                (**self).on_backoff(event);
            }

            fn on_giveup(&self, event: &Event<'_>) {
                (**self).on_giveup(event);
            }
        }
    )*};
}
observes_as_its_target!(&O, Arc<O>, Box<O>);

/// What an [`Observer`] is told, whatever the types of the function. Its arguments are never told.
///
/// As text, it is one line: `backing off fetch after 1 tries, for 0.9s: unreachable`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The function's name; of a closure, the name of the function that it stands in.
    pub target: &'static str,
    /// Attempts so far, this one included.
    pub tries: u32,
    /// Time since the call began, on a monotonic clock. Of a call that began before there was an observer it may be zero.
    pub elapsed: Duration,
    /// The wait before the next attempt, jitter included; only for `on_backoff`.
    pub wait: Option<Duration>,
    /// Why there is no next attempt; only for `on_giveup`.
    pub reason: Option<GiveUp>,
    /// What failed, as log lines show it: at most 200 characters without line breaks, or what the function's
    /// `log_outcome` makes of it. `None` where log lines show nothing, and for `on_try` and `on_success`.
    pub outcome: Option<&'a dyn fmt::Display>,
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, tries, .. } = self;
        match (self.wait, self.reason) {
            (Some(wait), _) => write!(f, "backing off {target} after {tries} tries, for {}", Seconds(wait))?,
            (None, Some(reason)) => write!(f, "giving up {target} after {tries} tries, {reason}")?,
            (None, None) => write!(f, "{target}, attempt {tries}")?,
        }
        self.outcome.map_or(Ok(()), |outcome| write!(f, ": {outcome}"))
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("target", &self.target)
            .field("tries", &self.tries)
            .field("elapsed", &self.elapsed)
            .field("wait", &self.wait)
            .field("reason", &self.reason)
            .field("outcome", &self.outcome.map(ToString::to_string))
            .finish()
    }
}

/// Whether there is an observer. Apart from the list, so that the question is one load.
static IS_OBSERVED: AtomicBool = AtomicBool::new(false);

/// The observers, in the order in which they were added. A list that only grows needs no lock, so an observer may add
/// another one while it is told something.
static FIRST: OnceLock<&'static Node> = OnceLock::new();

struct Node {
    observer: Box<dyn Observer>,
    next: OnceLock<&'static Self>,
}

/// Adds an observer, who hears of the retries of the whole program from now on, behind those that were added before.
///
/// It stays for as long as the program runs; one that may fall silent decides that by itself. What is added twice hears
/// everything twice. A library leaves this to the program.
pub fn observe(observer: impl Observer + 'static) {
    let node: &'static Node =
        Box::leak(Box::new(Node { observer: Box::new(observer), next: OnceLock::new() }));
    let mut last = &FIRST;
    while last.set(node).is_err() {
        if let Some(taken) = last.get() {
            last = &taken.next;
        }
    }
    IS_OBSERVED.store(true, Ordering::Relaxed);
}

/// Whether anybody observes.
#[inline]
pub(crate) fn is_observed() -> bool {
    // Relaxed is enough: who sees this before the list is told of nothing yet.
    IS_OBSERVED.load(Ordering::Relaxed)
}

/// What an observer is told by one of its methods.
pub(crate) type Tells = fn(&dyn Observer, &Event<'_>);

/// Tells all observers, in order.
#[cold]
#[inline(never)]
pub(crate) fn tell(event: &Event<'_>, tells: Tells) {
    for node in std::iter::successors(FIRST.get(), |node| node.next.get()) {
        tells(&*node.observer, event);
    }
}

static IS_OFF: AtomicBool = AtomicBool::new(false);

/// Turns all retries of the program off: every call makes one attempt, until [`enable_retries`]. See the
/// [module](self#off-switch).
pub fn disable_retries() {
    IS_OFF.store(true, Ordering::Relaxed);
}

/// Turns retries on again, as they are from the beginning.
pub fn enable_retries() {
    IS_OFF.store(false, Ordering::Relaxed);
}

/// Whether retries are on.
#[must_use]
pub fn are_retries_enabled() -> bool {
    !IS_OFF.load(Ordering::Relaxed)
}
