//! Nobody waits for a future that isn't polled: a turn that is due and not taken at once is offered to the next caller.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use backoff_runtime::{Pacer, Place, WaitForTurn, on_exception, testing};
use backoff_tests::rate_limits::{Random, paused};
use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, iter};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

const LONG: Duration = Duration::from_secs(3600);

fn pacer(rate: f64) -> &'static Pacer {
    Box::leak(Box::new(Pacer::per_second(rate).margin(1.0)))
}

/// A runtime on a paused clock; what takes an hour of it hangs.
fn in_time<T>(test: impl Future<Output = T>) -> T {
    paused(async { timeout(LONG, test).await.expect("it hangs") })
}

/// The same for what takes real time, though not much of it.
fn in_real_time(test: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let test = thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(test));
        let _ = done.send(());
        result
    });
    let ended = ended.recv_timeout(Duration::from_secs(60));
    assert!(ended.is_ok(), "it hangs");
    assert!(test.join().is_ok_and(|result| result.is_ok()));
}

/// Takes a turn and ends it.
async fn go(pacer: &Pacer) {
    pacer.turn(Place::back(), None).await.expect("there is no deadline").accepted();
}

fn go_blocking(pacer: &Pacer) {
    pacer.turn_blocking(Place::back(), None).expect("there is no deadline").accepted();
}

/// Polls once, so that the caller stands in the queue.
async fn stand<F: Future + Unpin>(future: &mut F) {
    poll_fn(|context| {
        assert!(Pin::new(&mut *future).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Callers that stand in the queue and are not polled again.
async fn not_polled(pacer: &Pacer, callers: usize) -> Vec<WaitForTurn<'_>> {
    let mut waits: Vec<_> = (0..callers).map(|_| pacer.turn(Place::back(), None)).collect();
    for wait in &mut waits {
        stand(wait).await;
    }
    waits
}

/// Polls a caller once and forgets it, unless it has its turn.
async fn forget(pacer: &Pacer) {
    let mut wait = pacer.turn(Place::back(), None);
    match poll_fn(|context| Poll::Ready(Pin::new(&mut wait).poll(context))).await {
        Poll::Ready(turn) => turn.expect("there is no deadline").accepted(),
        Poll::Pending => std::mem::forget(wait),
    }
}

fn assert_idle(pacer: &Pacer) {
    assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
}

#[on_exception(expo, max_tries = 3, pacer = *pacer, logger = none)]
async fn call(pacer: &Pacer, n: u32) -> Result<u32, String> {
    sleep(Duration::from_millis(20)).await;
    Ok(n)
}

#[test]
fn buffer_unordered_and_its_consumer_share_a_pacer() {
    for pacer in [Pacer::per_second(100.0), Pacer::per_second(1.0), Pacer::adaptive()] {
        in_time(async {
            let mut pages = iter(0..10).map(|n| call(&pacer, n)).buffer_unordered(4);
            let mut stored = 0;
            while let Some(page) = pages.next().await {
                call(&pacer, page.expect("it never fails")).await.expect("it never fails");
                stored += 1;
            }
            assert_eq!(stored, 10);
        });
        assert_idle(&pacer);
    }
}

#[test]
fn a_future_kept_in_select_holds_up_nobody() {
    let pacer = pacer(10.0);
    in_time(async {
        go(pacer).await;
        let mut kept = pin!(pacer.turn(Place::back(), None));
        tokio::select! {
            biased;
            _ = &mut kept => panic!("its turn is later"),
            () = sleep(Duration::from_millis(1)) => go(pacer).await,
        }
        go(pacer).await;
        kept.await.expect("there is no deadline").accepted();
    });
    assert_idle(pacer);
}

#[test]
fn tasks_of_a_join_set_that_wait_for_something_else_hold_up_nobody() {
    let pacer = pacer(10.0);
    in_time(async {
        go(pacer).await;
        let resume = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        for _ in 0..5 {
            let resume = resume.clone();
            tasks.spawn(async move {
                let mut wait = pacer.turn(Place::back(), None);
                stand(&mut wait).await;
                resume.notified().await;
                wait.await.expect("there is no deadline").accepted();
            });
        }
        sleep(Duration::from_millis(1)).await;
        assert_eq!(pacer.waiting(), 5);
        go(pacer).await;
        resume.notify_waiters();
        tasks.join_all().await;
    });
    assert_idle(pacer);
}

#[test]
fn a_forgotten_future_holds_up_nobody() {
    let pacer = pacer(10.0);
    in_time(async {
        go(pacer).await;
        not_polled(pacer, 3).await.into_iter().for_each(std::mem::forget);
        go(pacer).await;
    });
    assert_idle(pacer);
}

#[test]
fn a_sync_call_on_the_only_thread_of_a_runtime_gets_its_turn() {
    in_real_time(|| {
        let pacer = pacer(50.0);
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
        runtime.block_on(async {
            go(pacer).await;
            let ahead = tokio::spawn(go(pacer));
            tokio::task::yield_now().await;
            assert_eq!(pacer.waiting(), 1);
            go_blocking(pacer);
            ahead.await.expect("it does not panic");
        });
        assert_idle(pacer);
    });
}

/// A runtime of one thread, with a caller at the head.
fn at_the_head(pacer: &'static Pacer) -> Runtime {
    let builder = &mut Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime can be made");
    runtime.block_on(go(pacer));
    runtime.spawn(go(pacer));
    while pacer.waiting() == 0 {
        thread::yield_now();
    }
    runtime
}

fn elsewhere<T>(test: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be made").block_on(test)
}

#[test]
fn a_runtime_that_is_dropped_holds_up_nobody() {
    in_real_time(|| {
        let pacer = pacer(20.0);
        let runtime = at_the_head(pacer);
        let other = thread::spawn(|| elsewhere(go(pacer)));
        drop(runtime);
        other.join().expect("it does not panic");
        assert_idle(pacer);
    });
}

#[test]
fn a_runtime_that_is_blocked_holds_up_nobody() {
    in_real_time(|| {
        let pacer = pacer(20.0);
        let runtime = at_the_head(pacer);
        let (unblock, blocked) = mpsc::channel::<()>();
        runtime.spawn(async move { blocked.recv() });
        elsewhere(go(pacer));
        go_blocking(pacer);
        drop(unblock);
        while pacer.waiting() + pacer.in_flight() > 0 {
            thread::yield_now();
        }
    });
}

#[test]
fn a_turn_that_is_held_and_not_polled_holds_up_nobody() {
    for pacer in [Pacer::adaptive(), Pacer::per_second(10.0)] {
        in_time(async {
            let turn = pacer.turn(Place::back(), None).await;
            for _ in 0..3 {
                go(&pacer).await;
            }
            drop(turn);
        });
        assert_idle(&pacer);
    }
}

#[test]
fn those_who_are_not_polled_cost_the_others_a_little_time_once() {
    for callers in [1, 7, 100, 1000, 20_000] {
        let pacer = pacer(10.0);
        in_time(async {
            let start = Instant::now();
            go(pacer).await;
            let _kept = not_polled(pacer, callers).await;
            go(pacer).await;
            // A crowd costs no more than a quarter of a second, however large it is.
            let bound = Duration::from_millis(100 + callers.min(256) as u64 + 2);
            assert!(start.elapsed() <= bound, "{callers} callers cost {:?}", start.elapsed());
            // Nobody waits for them again; what they cost is made up for as a late timer is.
            let start = Instant::now();
            for _ in 0..10 {
                go(pacer).await;
            }
            assert!(start.elapsed() <= Duration::from_secs(1), "{:?}", start.elapsed());
        });
        assert_idle(pacer);
    }
}

#[test]
fn whoever_loses_its_turn_keeps_its_age() {
    let pacer = pacer(10.0);
    in_time(async {
        go(pacer).await;
        let mut kept = not_polled(pacer, 1).await.remove(0);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for n in 0..3 {
            let order = order.clone();
            tasks.spawn(async move {
                go(pacer).await;
                order.lock().expect("nobody panics").push(n);
            });
        }
        sleep(Duration::from_millis(150)).await;
        assert_eq!((pacer.waiting(), &order.lock().expect("nobody panics")[..]), (2, &[0][..]));
        stand(&mut kept).await;
        assert_eq!(pacer.waiting(), 3);
        kept.await.expect("there is no deadline").accepted();
        assert_eq!(order.lock().expect("nobody panics")[..], [0], "it goes before all who came after it");
        tasks.join_all().await;
        assert_eq!(order.lock().expect("nobody panics")[..], [0, 1, 2]);
    });
    assert_idle(pacer);
}

#[test]
fn only_its_own_deadline_ends_the_wait_of_one_who_lost_its_turn() {
    let pacer = pacer(10.0);
    in_time(async {
        let start = Instant::now();
        go(pacer).await;
        let deadline = |seconds| Some((start + Duration::from_secs(seconds)).into_std());
        let (mut soon, mut late) =
            (pacer.turn(Place::back(), deadline(1)), pacer.turn(Place::back(), deadline(60)));
        stand(&mut soon).await;
        stand(&mut late).await;
        go(pacer).await;
        sleep(Duration::from_secs(2)).await;
        assert!(soon.await.is_none());
        late.await.expect("there is time left").accepted();
    });
    assert_idle(pacer);
}

/// In which order so many callers got their turns, polled by one task.
async fn polled_together(pacer: &Pacer, callers: u32) -> Vec<u32> {
    let order = Mutex::new(Vec::new());
    let call = async |n| {
        go(pacer).await;
        order.lock().expect("nobody panics").push(n);
    };
    let mut calls: FuturesUnordered<_> = (0..callers).map(call).collect();
    // The set begins with the last.
    while calls.next().await.is_some() {}
    drop(calls);
    order.into_inner().expect("nobody panics")
}

#[test]
fn those_who_are_polled_go_in_the_order_in_which_they_came() {
    for rate in [1.0, 300.0, 1000.0, 7777.7, 100_000.0] {
        let pacer = pacer(rate);
        in_time(async {
            let callers = if rate < 10.0 { 200 } else { 2000 };
            let order = polled_together(pacer, callers).await;
            let came: Vec<_> =
                if order[0] == 0 { (0..callers).collect() } else { (0..callers).rev().collect() };
            assert_eq!(order, came, "FuturesUnordered at {rate}/s");

            let order = Mutex::new(Vec::new());
            let call = async |n| {
                go(pacer).await;
                order.lock().expect("nobody panics").push(n);
            };
            // The first to be polled changes with each poll.
            tokio::join!(call(0), call(1), call(2), call(3), call(4), call(5), call(6), call(7));
            assert_eq!(
                order.into_inner().expect("nobody panics"),
                (0..8).collect::<Vec<_>>(),
                "join! at {rate}/s"
            );
        });
        assert_idle(pacer);
    }
}

#[test]
fn forgotten_futures_are_passed_by_whatever_the_rate() {
    for rate in [10.0, 1000.0, 10_000.0, 1e6] {
        let pacer = pacer(rate);
        in_time(async {
            let callers = 2000;
            let start = Instant::now();
            let mut tasks = JoinSet::new();
            // Each third is forgotten; at the end, many in a row.
            for n in 0..callers {
                if n % 3 == 0 || (1800..1900).contains(&n) {
                    forget(pacer).await;
                } else {
                    tasks.spawn(go(pacer));
                    tokio::task::yield_now().await;
                }
            }
            let (forgotten, polled) = (pacer.waiting() - tasks.len(), tasks.len());
            tasks.join_all().await;
            let least = Duration::from_secs_f64(polled as f64 / rate);
            let late = start.elapsed().saturating_sub(least);
            let bound = Duration::from_millis(4 * forgotten as u64);
            assert!(late <= bound, "{forgotten} forgotten cost {late:?} at {rate}/s");
            assert_idle(pacer);
        });
    }
}

#[test]
fn one_who_is_not_polled_costs_little_after_a_storm_of_cancellations() {
    let pacer = pacer(0.1);
    in_time(async {
        go(pacer).await;
        let mut leaving: Vec<_> = (0..20_000).map(|_| tokio::spawn(go(pacer))).collect();
        sleep(Duration::from_millis(1)).await;
        let kept = not_polled(pacer, 3).await;
        let stays = tokio::spawn(go(pacer));
        sleep(Duration::from_millis(1)).await;
        assert_eq!(pacer.waiting(), 20_004);
        let start = Instant::now();
        for leaving in leaving.drain(..) {
            leaving.abort();
        }
        stays.await.expect("it does not panic");
        assert!(start.elapsed() <= Duration::from_millis(10_010), "{:?}", start.elapsed());
        drop(kept);
    });
    assert_idle(pacer);
}

#[test]
fn half_of_one_hundred_thousand_callers_are_forgotten() {
    const CALLERS: u32 = 100_000;
    let pacer = pacer(100_000.0);
    in_time(async {
        let calls = Arc::new(AtomicU32::new(0));
        let mut random = Random(3);
        let mut tasks = JoinSet::new();
        for _ in 0..CALLERS {
            let forgotten = random.uniform() < 0.5;
            let calls = calls.clone();
            tasks.spawn(async move {
                if forgotten {
                    forget(pacer).await;
                } else {
                    go(pacer).await;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tasks.join_all().await;
        assert!(calls.load(Ordering::Relaxed) > CALLERS / 3);
        go(pacer).await;
    });
    assert_idle(pacer);
}

#[test]
fn a_slow_runtime_gets_its_share_beside_a_fast_one() {
    let pacer = pacer(10.0);
    in_time(async {
        let mut fast = JoinSet::new();
        for _ in 0..200 {
            fast.spawn(go(pacer));
        }
        sleep(Duration::from_millis(1)).await;
        // Polled each 5 ms only: it is never there in the very moment.
        let mut slow = JoinSet::new();
        for _ in 0..5 {
            slow.spawn(async move {
                let mut wait = pin!(pacer.turn(Place::back(), None));
                loop {
                    let polled = poll_fn(|context| Poll::Ready(wait.as_mut().poll(context))).await;
                    if let Poll::Ready(turn) = polled {
                        return turn.expect("there is no deadline").accepted();
                    }
                    sleep(Duration::from_millis(5)).await;
                }
            });
        }
        sleep(Duration::from_millis(1)).await;
        for _ in 0..2000 {
            fast.spawn(go(pacer));
        }
        slow.join_all().await;
        assert!(pacer.waiting() > 1900, "{} of those who came later still wait", pacer.waiting());
        fast.abort_all();
        while fast.join_next().await.is_some() {}
    });
    assert_idle(pacer);
}

#[test]
fn in_a_test_without_waits_nobody_waits_for_a_future_that_is_not_polled() {
    let scope = testing::Scope::new().without_waits();
    let pacer = pacer(0.1);
    in_time(scope.run_async(async {
        go(pacer).await;
        let kept = not_polled(pacer, 2).await;
        go(pacer).await;
        drop(kept);
    }));
    assert!(scope.elapsed() >= Duration::from_secs(10), "{:?}", scope.elapsed());
    let scope = testing::Scope::new().without_waits();
    scope.run(|| {
        go_blocking(pacer);
        in_time(not_polled(pacer, 2)).into_iter().for_each(std::mem::forget);
        go_blocking(pacer);
    });
    assert_idle(pacer);
}
