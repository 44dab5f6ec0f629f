//! What runs one after the other in a scope: a thread that entered it, or a future that runs in it.
//!
//! Waits of a future that are skipped end in the order in which they would, each when the future can do nothing else:
//! what a paused clock does for a whole runtime.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A future can do nothing else when this many polls found nothing of it woken: tokio may wake what yields as late as
/// after 61.
pub(super) const QUIET: u32 = 64;

/// A future that only lets others run, without end, may wait for what it keeps from going on: after so many polls the
/// next wait ends anyway.
const BUSY: u32 = 1000;

/// A lane; a future's has timers.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) number: u64,
    pub(super) timers: Option<Arc<Timers>>,
}

impl Lane {
    /// The lane of this thread.
    pub(super) fn thread() -> Self {
        thread_local! {
            static NUMBER: Cell<u64> = const { Cell::new(0) };
        }
        let number = NUMBER.get();
        let number = if number == 0 { next_number() } else { number };
        NUMBER.set(number);
        Self { number, timers: None }
    }

    pub(super) fn future() -> Self {
        Self { number: next_number(), timers: Some(Arc::default()) }
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Where a wait stands among the others: by its end, then by its beginning.
pub(super) type Place = (Duration, u64);

/// The waits of a lane.
#[derive(Debug, Default)]
pub(super) struct Timers {
    waiting: Mutex<BTreeMap<Place, Waker>>,
    begun: AtomicU64,
}

#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only tokio's functions wait as futures"))]
impl Timers {
    /// Begins a wait.
    pub(super) fn begin(&self, due: Duration, waker: &Waker) -> Place {
        let place = (due, self.begun.fetch_add(1, Ordering::Relaxed));
        self.lock().insert(place, waker.clone());
        place
    }

    /// Whether a wait is over; if not, this is whom to wake.
    pub(super) fn is_over(&self, place: Place, waker: &Waker) -> bool {
        match self.lock().get_mut(&place) {
            Some(known) => {
                known.clone_from(waker);
                false
            }
            None => true,
        }
    }

    pub(super) fn leave(&self, place: Place) {
        let left = self.lock().remove(&place);
        drop(left);
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Ends the wait that is over first.
    fn end_first(&self) {
        let first = self.lock().pop_first();
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Polls a future, and ends its waits one by one, when nothing else is left to do.
#[derive(Debug, Default)]
pub(super) struct Driver {
    root: Arc<Root>,
    /// Polls since a wait ended, and those of them since something of the future was woken.
    polls: u32,
    quiet: u32,
}

impl Driver {
    pub(super) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        timers: &Timers,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        self.polls += 1;
        self.quiet += 1;
        if self.root.is_to_be_polled(context.waker()) {
            self.quiet = 0;
            let output = future.poll(&mut Context::from_waker(&self.root.clone().into()));
            if output.is_ready() {
                return output;
            }
        }
        if timers.is_empty() {
            return Poll::Pending;
        }
        if self.quiet >= QUIET || self.polls >= BUSY {
            (self.polls, self.quiet) = (0, 0);
            timers.end_first();
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Wakes a task, and remembers that it did.
#[derive(Debug, Default)]
struct Root {
    task: Mutex<Option<Waker>>,
    /// Not since the last poll.
    is_asleep: AtomicBool,
}

impl Root {
    fn is_to_be_polled(&self, waker: &Waker) -> bool {
        match &mut *self.task() {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        !self.is_asleep.swap(true, Ordering::Relaxed)
    }

    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_asleep.store(false, Ordering::Relaxed);
        let task = self.task().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}
