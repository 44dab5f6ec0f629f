//! A call that is told to stop ends its wait at once and gives up with its last error.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use backoff_runtime::{AttemptTimeout, GiveUp, Pacer, Place, Stop, constant, on_exception, on_predicate};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A call that waits for a year.
#[on_exception(constant, interval = "365d", jitter = none, stop = stop, logger = none, on_giveup = |d| told.0.send(d.reason).unwrap())]
async fn later(stop: &Stop, told: &Told, error: u32) -> Result<(), u32> {
    Err(error)
}

/// The same, by blocking its thread.
#[on_exception(constant, interval = "365d", jitter = none, stop = stop, logger = none, on_backoff = |_| told.0.send(None).unwrap(), on_giveup = |d| told.0.send(d.reason).unwrap())]
fn blocking(stop: &Stop, told: &Told, error: u32) -> Result<(), u32> {
    Err(error)
}

#[derive(Clone)]
struct Told(mpsc::Sender<Option<GiveUp>>);

#[test]
fn a_sync_wait_ends_at_once_with_the_last_error() {
    let (told, reasons) = mpsc::channel();
    let (stop, told) = (Arc::new(Stop::new()), Told(told));
    let call = thread::spawn({
        let (stop, told) = (stop.clone(), told.clone());
        move || blocking(&stop, &told, 7)
    });
    assert_eq!(reasons.recv().unwrap(), None, "it waits");
    stop.stop();
    assert_eq!(call.join().unwrap(), Err(7));
    assert_eq!(reasons.recv().unwrap(), Some(GiveUp::Stopped));

    // One that is stopped already makes its first attempt, and waits for nothing.
    assert_eq!(blocking(&stop, &told, 8), Err(8));
    assert_eq!(reasons.recv().unwrap(), Some(GiveUp::Stopped));
}

#[tokio::test(start_paused = true)]
async fn an_async_wait_ends_at_once_with_the_last_error() {
    let (told, reasons) = mpsc::channel();
    let (stop, told, start) = (Arc::new(Stop::new()), Told(told), Instant::now());
    let call = tokio::spawn({
        let (stop, told) = (stop.clone(), told.clone());
        async move { later(&stop, &told, 7).await }
    });
    tokio::task::yield_now().await;
    assert!(!call.is_finished());
    stop.stop();
    assert_eq!(call.await.unwrap(), Err(7));
    assert_eq!((reasons.recv().unwrap(), start.elapsed()), (Some(GiveUp::Stopped), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn closures_are_stopped_too() {
    let (stop, start) = (Arc::new(Stop::new()), Instant::now());
    let call = tokio::spawn({
        let stop = stop.clone();
        async move {
            let policy = on_predicate(constant().interval(1e9)).stop(&stop).logger(None);
            policy.run_reported(async |_| false).await
        }
    });
    tokio::task::yield_now().await;
    stop.stop();
    let stopped = call.await.unwrap();
    assert_eq!((stopped.result, stopped.tries, stopped.reason), (false, 1, Some(GiveUp::Stopped)));
    assert_eq!(start.elapsed(), Duration::ZERO);

    let calls = Cell::new(0);
    let policy = on_exception(constant().interval(1e9)).stop(&stop).logger(None);
    let stopped = policy.run_blocking_reported(|attempt| {
        calls.set(attempt);
        Err::<(), _>("no")
    });
    assert_eq!((stopped.result, stopped.reason, calls.get()), (Err("no"), Some(GiveUp::Stopped), 1));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_waiting_calls_are_stopped_at_once() {
    const CALLS: usize = 100_000;
    let (told, reasons) = mpsc::channel();
    let (stop, told, start) = (Arc::new(Stop::new()), Told(told), Instant::now());
    let mut calls = JoinSet::new();
    for n in 0..CALLS {
        let (stop, told) = (stop.clone(), told.clone());
        calls.spawn(async move { later(&stop, &told, n as u32).await });
    }
    tokio::task::yield_now().await;
    // Some are cancelled before.
    let mut cancelled = JoinSet::new();
    for _ in 0..1000 {
        let (stop, told) = (stop.clone(), told.clone());
        cancelled.spawn(async move { later(&stop, &told, 0).await });
    }
    tokio::task::yield_now().await;
    cancelled.shutdown().await;
    stop.stop();
    let mut errors: Vec<_> = calls.join_all().await.into_iter().map(Result::unwrap_err).collect();
    errors.sort_unstable();
    assert!(errors.into_iter().eq(0..CALLS as u32), "each has its own last error");
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop((stop, told));
    assert_eq!(reasons.iter().filter(|reason| *reason == Some(GiveUp::Stopped)).count(), CALLS);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_their_turn_are_stopped_too() {
    static ENDED: AtomicUsize = AtomicUsize::new(0);

    #[on_exception(constant, stop = stop, pacer = pacer, logger = none, on_giveup = |d| {
        assert_eq!(d.reason, Some(GiveUp::Stopped));
        ENDED.fetch_add(1, Ordering::Relaxed);
    })]
    async fn paced(stop: &Stop, pacer: &Pacer) -> Result<(), AttemptTimeout> {
        Ok(())
    }

    #[on_exception(constant, stop = stop, pacer = pacer, logger = none)]
    fn paced_blocking(stop: &Stop, pacer: &Pacer) -> Result<(), AttemptTimeout> {
        Ok(())
    }

    let (stop, pacer, start) = (Arc::new(Stop::new()), Arc::new(Pacer::per_second(1e-6)), Instant::now());
    pacer.turn(Place::back(), None).await.unwrap().accepted();
    let mut calls = JoinSet::new();
    for _ in 0..10_000 {
        let (stop, pacer) = (stop.clone(), pacer.clone());
        calls.spawn(async move { paced(&stop, &pacer).await });
    }
    let blocked: Vec<_> = (0..4)
        .map(|_| {
            let (stop, pacer) = (stop.clone(), pacer.clone());
            thread::spawn(move || paced_blocking(&stop, &pacer))
        })
        .collect();
    while pacer.waiting() < 10_004 {
        tokio::task::yield_now().await;
    }
    stop.stop();
    for call in calls.join_all().await.into_iter().chain(blocked.into_iter().map(|call| call.join().unwrap()))
    {
        let error = call.unwrap_err();
        assert!(error.stopped && !error.made, "{error:?}");
        assert_eq!(error.to_string(), "stopped before there was a turn for a call");
    }
    assert_eq!((ENDED.load(Ordering::Relaxed), start.elapsed()), (10_000, Duration::ZERO));
    assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_running_attempt_is_not_cut_and_its_success_counts() {
    #[on_exception(constant, stop = stop, logger = none)]
    async fn call(stop: &Stop) -> Result<u32, ()> {
        stop.stop();
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(1)
    }
    assert_eq!(call(&Stop::new()).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_method_that_changes_itself_may_be_stopped_by_its_own_field() {
    struct Client {
        stop: Option<Arc<Stop>>,
        calls: u32,
    }
    impl Client {
        #[on_exception(constant, max_tries = 3, stop = self.stop, logger = none)]
        async fn get(&mut self) -> Result<(), u32> {
            self.calls += 1;
            Err(self.calls)
        }

        #[on_exception(constant, interval = 0, max_tries = 3, stop = self.stop, logger = none)]
        fn get_blocking(&mut self) -> Result<(), u32> {
            self.calls += 1;
            Err(self.calls)
        }
    }
    let mut client = Client { stop: None, calls: 0 };
    assert_eq!(client.get().await, Err(3));
    client.stop = Some(Arc::default());
    assert_eq!(client.get_blocking(), Err(6));
    client.stop.as_ref().unwrap().stop();
    assert_eq!(client.get().await, Err(7));
}
