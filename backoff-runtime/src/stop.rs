//! Telling calls to stop: waits end at once, and calls give up with what they have.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Tells all calls that name it to stop, for instance when the program is to end.
///
/// ```
/// use backoff_runtime::{GiveUp, Stop, on_exception};
/// use std::time::Duration;
///
/// static STOP: Stop = Stop::new();
///
/// #[on_exception(constant, interval = "1h", stop = STOP, on_giveup = |d| assert_eq!(d.reason, Some(GiveUp::Stopped)))]
/// fn import() -> Result<(), String> {
///     Err("unreachable".to_owned())
/// }
///
/// let call = std::thread::spawn(import);
/// STOP.stop();
/// assert_eq!(call.join().unwrap(), Err("unreachable".to_owned()));
/// ```
///
/// A call that waits, for the next attempt or for its turn at a [`Pacer`](crate::Pacer), wakes at once. It gives up with
/// the reason [`Stopped`](crate::GiveUp::Stopped) and returns its last error or value. An attempt that is running is not
/// cut: it ends by itself, and if it fails, the call gives up. A call that begins later makes one attempt; with a pacer it
/// makes none.
///
/// A waiting call keeps what failed last, to return it when it is stopped. Without `stop` that is dropped before the
/// wait.
pub struct Stop {
    stopped: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// Those to be woken.
struct Waiting {
    /// How often calls were stopped.
    stops: u64,
    issued: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Stop {
    /// Nothing is stopped.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stopped: AtomicBool::new(false),
            waiting: Mutex::new(Waiting { stops: 0, issued: 0, wakers: BTreeMap::new() }),
        }
    }

    /// Stops all calls that name this, those that wait now and those that fail later, until [`resume`](Self::resume).
    pub fn stop(&self) {
        let mut waiting = self.lock();
        self.stopped.store(true, Ordering::SeqCst);
        waiting.stops += 1;
        let wakers = std::mem::take(&mut waiting.wakers);
        // A waker may do anything, so not under the lock.
        drop(waiting);
        wakers.into_values().for_each(Waker::wake);
    }

    /// Whether calls are to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Lets calls wait again. What was stopped stays so.
    pub fn resume(&self) {
        self.stopped.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("is_stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}

/// One who waits, and is woken by a stop.
#[derive(Debug)]
pub(crate) struct Listener<'s> {
    stop: Option<&'s Stop>,
    entry: Option<Entry>,
}

/// The key of a waker, and how often calls had been stopped before.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    stops: u64,
}

impl<'s> Listener<'s> {
    pub(crate) const fn new(stop: Option<&'s Stop>) -> Self {
        Self { stop, entry: None }
    }

    /// Whether it is stopped; if not, the waker is woken when it is.
    pub(crate) fn is_stopped(&mut self, waker: &Waker) -> bool {
        let Some(stop) = self.stop else { return false };
        let mut waiting = stop.lock();
        let entry = *self.entry.get_or_insert_with(|| {
            waiting.issued += 1;
            Entry { key: waiting.issued, stops: waiting.stops }
        });
        // Under the lock, so that no stop comes between the question and the entry; and a call that was stopped and did
        // not look yet stays so when others may go on.
        if stop.is_stopped() || waiting.stops != entry.stops {
            return true;
        }
        match waiting.wakers.get_mut(&entry.key) {
            Some(known) => known.clone_from(waker),
            None => {
                waiting.wakers.insert(entry.key, waker.clone());
            }
        }
        false
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if let (Some(stop), Some(Entry { key, .. })) = (self.stop, self.entry) {
            // The lock is released before a waker is dropped, which may do anything.
            let _waker = stop.lock().wakers.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_stop_wakes_each_who_waits_once_and_forgets_who_left() {
        let stop = Stop::new();
        let woken = Arc::new(Count::default());
        let waker = Waker::from(woken.clone());
        let mut listeners: Vec<_> = (0..5).map(|_| Listener::new(Some(&stop))).collect();
        for listener in &mut listeners {
            assert!(!listener.is_stopped(&waker) && !listener.is_stopped(&waker));
        }
        listeners.truncate(3);
        stop.stop();
        assert_eq!(woken.0.load(Ordering::Relaxed), 3);
        stop.resume();
        assert!(
            listeners.iter_mut().all(|listener| listener.is_stopped(&waker)),
            "what was stopped stays so"
        );
        drop(listeners);
        assert!(!Listener::new(Some(&stop)).is_stopped(&waker));
        assert!(stop.lock().wakers.is_empty());
    }
}
