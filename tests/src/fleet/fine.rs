//! Waits shorter than a millisecond, under a paused clock: a runtime's timers count milliseconds, and a message is faster.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::{self, Instant};

/// In nanoseconds.
const MILLISECOND: u64 = 1_000_000;
/// So often others have their turn before time moves on.
const ROUNDS: u32 = 2;

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
            // What happens now may ask for times that come soon.
            for _ in 0..ROUNDS {
                yield_now().await;
            }
            let (now, at) = (Instant::now(), self.next());
            let since = now.saturating_duration_since(self.start).as_nanos() as u64;
            let tick = self.start + Duration::from_nanos(since.next_multiple_of(MILLISECOND));
            match at {
                Some(at) if at <= now => self.wake(),
                Some(at) if at < tick => time::advance(at - now).await,
                // The runtime goes on by whole milliseconds, from wherever it is.
                _ if now < tick => time::advance(tick - now).await,
                None => self.changed.notified().await,
                Some(at) => {
                    let since = at.saturating_duration_since(self.start).as_nanos() as u64;
                    let tick = self.start + Duration::from_nanos(since / MILLISECOND * MILLISECOND);
                    if tick > now {
                        let _ = time::timeout_at(tick, self.changed.notified()).await;
                    } else {
                        time::advance(at - now).await;
                    }
                }
            }
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
