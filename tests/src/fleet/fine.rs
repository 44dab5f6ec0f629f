//! Waits shorter than a millisecond, under a paused clock: a runtime's timers count milliseconds, and a message is faster.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::{self, Instant};

/// Wakes at exact times, and moves the paused clock there.
#[derive(Debug)]
pub(super) struct Fine {
    start: Instant,
    waits: Mutex<Waits>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waits {
    by_time: BinaryHeap<Reverse<(Instant, u64)>>,
    /// By number from the first that is still there; who gave up is not there any more.
    woken: std::collections::HashMap<u64, oneshot::Sender<()>>,
    number: u64,
}

impl Fine {
    /// Starts when the runtime does, whose milliseconds count from there.
    pub(super) fn start() -> Arc<Self> {
        let fine = Arc::new(Self {
            start: Instant::now(),
            waits: Mutex::new(Waits::default()),
            changed: Notify::new(),
        });
        tokio::spawn(fine.clone().run());
        fine
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        self.sleep_until(Instant::now() + duration).await;
    }

    pub(super) async fn sleep_until(&self, at: Instant) {
        let (wake, woken) = oneshot::channel();
        {
            let mut waits = self.waits.lock().expect("no wait panics");
            waits.number += 1;
            let number = waits.number;
            waits.by_time.push(Reverse((at, number)));
            waits.woken.insert(number, wake);
        }
        self.changed.notify_one();
        woken.await.expect("it is woken, or the runtime is gone");
    }

    fn next(&self) -> Option<Instant> {
        let waits = self.waits.lock().expect("no wait panics");
        waits.by_time.peek().map(|Reverse((at, _))| *at)
    }

    async fn run(self: Arc<Self>) {
        loop {
            let Some(at) = self.next() else {
                self.changed.notified().await;
                continue;
            };
            let millis = at.saturating_duration_since(self.start).as_millis() as u64;
            let tick = self.start + Duration::from_millis(millis);
            if Instant::now() < tick {
                let _ = time::timeout_at(tick, self.changed.notified()).await;
                continue;
            }
            // What happens in the same millisecond may ask for an earlier time.
            yield_now().await;
            if self.next() != Some(at) {
                continue;
            }
            let left = at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                time::advance(left).await;
            }
            self.wake();
        }
    }

    fn wake(&self) {
        let mut waits = self.waits.lock().expect("no wait panics");
        if let Some(Reverse((_, number))) = waits.by_time.pop()
            && let Some(wake) = waits.woken.remove(&number)
        {
            let _ = wake.send(());
        }
    }
}
