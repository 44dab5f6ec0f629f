//! The scope that is in force, and what the engine asks it.

use std::cell::RefCell;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;

use super::clock::Times;
use super::lane::Lane;
use super::{Scope, asked, everywhere};
use crate::mode::Mode;
use crate::retry::Limits;

/// A scope, and where in it something runs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) scope: Scope,
    pub(super) lane: Lane,
}

thread_local! {
    static CURRENT: RefCell<Option<Entry>> = const { RefCell::new(None) };
}

/// How many scopes are entered, on all threads: a program that tests nothing pays one load for the question.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

/// Counts as an entered scope for as long as it lives.
#[derive(Debug)]
pub(super) struct Counted(());

impl Counted {
    pub(super) fn new() -> Self {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A scope is entered for as long as this lives; then the one around it is in force again.
pub(super) struct Entered {
    before: Option<Entry>,
    _counted: Counted,
}

impl Entered {
    /// Enters a scope, in the lane that this thread is in if it is the same scope's, or else in one of its own.
    pub(super) fn new(scope: &Scope, lane: impl FnOnce() -> Lane) -> Self {
        let counted = Counted::new();
        let lane = own().filter(|entry| entry.scope.is_same(scope)).map_or_else(lane, |entry| entry.lane);
        let before = replace(Some(Entry { scope: scope.clone(), lane }));
        Self { before, _counted: counted }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(self.before.take());
    }
}

/// Enters a scope, or none; gives the one before. While a thread ends, other thread-locals may still retry something
/// in their destructors, where a panic would abort: the thread is in no scope then.
fn replace(entry: Option<Entry>) -> Option<Entry> {
    CURRENT.try_with(|current| current.replace(entry)).ok().flatten()
}

/// What this thread has entered.
pub(super) fn own() -> Option<Entry> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Something of the current scope, if there is one.
#[inline]
fn current<T>(get: impl FnOnce(&Entry) -> Option<T>) -> Option<T> {
    // Relaxed is enough: a thread sees its own entering, and what was entered before it began or was told to go on.
    if SCOPES.load(Ordering::Relaxed) == 0 { None } else { entered(get) }
}

#[cold]
fn entered<T>(get: impl FnOnce(&Entry) -> Option<T>) -> Option<T> {
    let entry = own().or_else(|| Some(Entry { scope: everywhere::held()?, lane: Lane::thread() }))?;
    get(&entry)
}

/// Something of the current scope, if it skips waits.
#[inline]
pub(super) fn skipping<T>(get: impl FnOnce(&Entry) -> T) -> Option<T> {
    current(|entry| entry.scope.without_waits.then(|| get(entry)))
}

impl Entry {
    /// The clock of all calls: what is skipped doesn't move it. In sync functions without waits nothing but
    /// [`advance`](Scope::advance) does.
    pub(super) fn clock<M: Mode>(&self, times: &Times) -> Instant {
        let stands_still = M::BLOCKS && self.scope.without_waits;
        let now = if stands_still { self.scope.clock.start } else { M::real() };
        now + times.advanced()
    }

    fn with<T>(&self, get: impl FnOnce(&mut Times) -> T) -> T {
        get(&mut self.scope.clock.lock())
    }

    /// The furthest that any call has come.
    fn now<M: Mode>(&self, times: &Times) -> Instant {
        self.clock::<M>(times) + times.furthest().saturating_sub(times.advanced())
    }
}

/// The limits, as the scope caps them.
#[inline]
pub(crate) fn capped(limits: Limits) -> Limits {
    match current(|entry| entry.scope.max_tries) {
        Some(cap) => Limits { max_tries: cap.min(limits.max_tries), ..limits },
        None => limits,
    }
}

/// Draws from the scope's seeded jitter, if it has one.
#[inline]
pub(crate) fn seeded<T>(draw: impl FnOnce(&mut SmallRng) -> T) -> Option<T> {
    current(|entry| {
        let mut random = entry.scope.random.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(draw(&mut random))
    })
}

/// The clock that all callers share: of a scope the furthest that any call has come, so that it never goes back.
#[inline]
pub(crate) fn now<M: Mode>() -> Instant {
    current(|entry| Some(entry.with(|times| entry.now::<M>(times)))).unwrap_or_else(M::real)
}

/// The start of a call.
#[inline]
pub(crate) fn begin<M: Mode>() -> Instant {
    let of_scope = |entry: &Entry| {
        entry.with(|times| {
            let now = entry.clock::<M>(times);
            if entry.scope.without_waits { times.begin(now, entry.lane.number) } else { now }
        })
    };
    current(|entry| Some(of_scope(entry))).unwrap_or_else(M::real)
}

/// The time since a call began.
#[inline]
pub(crate) fn elapsed<M: Mode>(call: Instant) -> Duration {
    let of_scope = |entry: &Entry| {
        asked::asks(None);
        entry.with(|times| {
            let now = entry.clock::<M>(times);
            times.elapsed(call, now, entry.lane.number)
        })
    };
    current(|entry| Some(of_scope(entry))).unwrap_or_else(|| M::real().saturating_duration_since(call))
}

/// When a call that asks for a turn has to be over, on the clock that all callers share.
pub(crate) fn deadline<M: Mode>(call: Instant, max_time: Option<Duration>) -> Option<Instant> {
    let of_scope = |entry: &Entry| {
        asked::asks(Some(call));
        entry.with(|times| {
            let elapsed = times.elapsed(call, entry.clock::<M>(times), entry.lane.number);
            entry.now::<M>(times).checked_add(max_time?)?.checked_sub(elapsed)
        })
    };
    current(|entry| Some(of_scope(entry))).unwrap_or_else(|| call.checked_add(max_time?))
}

/// An attempt of a call is over, and a wait begins; gives the call's start, which one that needed no clock has from now.
#[inline]
pub(crate) fn back_off<M: Mode>(call: Option<Instant>) -> Option<Instant> {
    let of_scope = |entry: &Entry| {
        entry.with(|times| {
            let now = entry.clock::<M>(times);
            times.back_off(call, now, entry.lane.number)
        })
    };
    skipping(of_scope).or(call)
}

/// Whether waits are skipped.
#[inline]
pub(crate) fn skips() -> bool {
    skipping(|_| ()).is_some()
}

/// Skips a wait of a call, or of none, if the scope does; true if it did.
#[inline]
pub(crate) fn skip<M: Mode>(wait: Duration, call: Option<Instant>) -> bool {
    let of_scope = |entry: &Entry| {
        entry.with(|times| {
            let due = times.due(wait);
            times.reach(due);
            if let Some(call) = call {
                let now = entry.clock::<M>(times);
                times.wake(call, now, wait, entry.lane.number);
            }
        });
    };
    skipping(of_scope).is_some()
}
