//! Those who share a pacer: several functions, threads, callers that are dropped or have no time, and very many of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use backoff_runtime::{AttemptTimeout, Pacer, Place, on_exception, on_predicate, testing};
use backoff_tests::rate_limits::{Api, Limit, Random, TooMany, paused, send, send_all};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Another function of the same server.
#[on_predicate(expo, pacer = api.pacer, logger = none)]
async fn is_up(api: &Api) -> bool {
    api.call().await.is_ok()
}

#[test]
fn several_functions_keep_to_one_limit() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(10.0, 10.0), 0.002, 2);
        let mut tasks = JoinSet::new();
        for _ in 0..500 {
            let (one, other) = (api.clone(), api.clone());
            tasks.spawn(async move { send(&one).await.is_ok() });
            tasks.spawn(async move { is_up(&other).await });
        }
        assert!(tasks.join_all().await.into_iter().all(|passed| passed));
        assert!(api.calls() < 1050 && api.seconds() < 99.0 * 1.07, "{} {}", api.calls(), api.seconds());
    });
}

#[test]
fn two_pacers_do_not_delay_each_other() {
    paused(async {
        let slow = Api::new(Pacer::per_second(1.0), Limit::bucket(1.0, 1.0), 0.0, 0);
        let fast = Api::new(Pacer::per_second(100.0), Limit::bucket(100.0, 10.0), 0.0, 0);
        tokio::join!(send_all(&slow, 100), send_all(&fast, 1000));
        assert!(fast.seconds() < 10.8, "{}", fast.seconds());
        assert!(slow.seconds() > 99.0, "{}", slow.seconds());
    });
}

#[test]
fn callers_that_are_dropped_at_random_leave_nothing_behind() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(50.0, 10.0), 0.002, 4);
        let (mut random, mut tasks) = (Random(11), JoinSet::new());
        let sent = Arc::new(AtomicU32::new(0));
        for n in 0..2000 {
            let (api, sent) = (api.clone(), sent.clone());
            // Every second one is dropped, in the queue or in its call.
            let patience = if n % 2 == 0 { f64::MAX } else { random.uniform() * 20.0 };
            tasks.spawn(async move {
                let patience = Duration::try_from_secs_f64(patience).unwrap_or(Duration::MAX);
                if timeout(patience, send(&api)).await.is_ok() {
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tasks.join_all().await;
        assert!(sent.load(Ordering::Relaxed) >= 1000);
        assert_eq!((api.pacer.waiting(), api.pacer.in_flight()), (0, 0));
        // No turn is lost with those who leave: as many calls without them take about as long.
        let alone = Api::new(Pacer::adaptive(), Limit::bucket(50.0, 10.0), 0.002, 4);
        send_all(&alone, sent.load(Ordering::Relaxed)).await;
        assert!(api.seconds() < 1.15 * alone.seconds(), "{} of {}", api.seconds(), alone.seconds());
    });
}

/// A message that must be out in half a minute.
#[on_exception(expo, max_time = 30, pacer = api.pacer, throttled = Late::is_refused, logger = none)]
async fn send_soon(api: &Api) -> Result<(), Late> {
    api.call().await.map_err(|refused| Late(Some(refused)))
}

#[derive(Debug)]
struct Late(Option<TooMany>);

impl Late {
    fn is_refused(&self) -> bool {
        self.0.is_some()
    }
}

impl From<AttemptTimeout> for Late {
    fn from(_: AttemptTimeout) -> Self {
        Self(None)
    }
}

#[test]
fn who_gets_no_turn_in_time_makes_no_call() {
    paused(async {
        let api = Api::new(Pacer::per_second(1.0).margin(1.0), Limit::bucket(1.0, 1.0), 0.0, 0);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..500 {
            let api = api.clone();
            tasks.spawn(async move { send_soon(&api).await.is_ok() });
        }
        let sent = tasks.join_all().await.into_iter().filter(|sent| *sent).count();
        assert_eq!((sent, api.calls()), (31, 31), "at second 0, 1, ... 30");
        assert!(start.elapsed() < Duration::from_secs(31), "{:?}", start.elapsed());
        assert_eq!((api.pacer.waiting(), api.pacer.in_flight()), (0, 0));
    });
}

#[test]
fn one_hundred_thousand_callers_wait_in_line() {
    static PACER: Pacer = Pacer::per_second(1000.0).margin(1.0);
    const CALLERS: u32 = 100_000;
    paused(async {
        let start = Instant::now();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for n in 0..CALLERS {
            let order = order.clone();
            tasks.spawn(async move {
                let turn = PACER.turn(Place::back(), None).await.expect("there is no deadline");
                order.lock().expect("no caller panics").push(n);
                turn.accepted();
            });
        }
        sleep(Duration::from_millis(1)).await;
        assert!(PACER.waiting() > 99_990);
        tasks.join_all().await;
        assert!((99.9..100.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert!(
            order.lock().expect("no caller panics").iter().copied().eq(0..CALLERS),
            "in the order they came"
        );
    });
}

#[on_exception(constant, pacer = *pacer, retry_after = |hint: &Duration| *hint, logger = none)]
fn send_blocking(pacer: &Pacer, bucket: &Mutex<u32>) -> Result<(), Duration> {
    let mut left = bucket.lock().expect("no caller panics");
    if left.is_multiple_of(10) {
        *left += 1;
        return Err(Duration::from_millis(5));
    }
    *left += 1;
    Ok(())
}

#[test]
fn threads_share_a_pacer() {
    let (pacer, bucket) = (Pacer::per_second(5000.0), Mutex::new(1));
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..45 {
                    send_blocking(&pacer, &bucket).expect("it is retried until it passes");
                }
            });
        }
    });
    // Of ten calls, one is refused.
    assert_eq!(bucket.into_inner().expect("no caller panics"), 1 + 400 - 1);
    assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
}

#[test]
fn a_test_without_waits_skips_the_wait_for_a_turn() {
    let (pacer, bucket) = (Pacer::per_second(0.01).margin(1.0), Mutex::new(1));
    let scope = testing::Scope::new().without_waits();
    scope.run(|| {
        for _ in 0..5 {
            send_blocking(&pacer, &bucket).expect("it passes");
        }
    });
    assert_eq!(scope.elapsed(), Duration::from_secs(400));
}
