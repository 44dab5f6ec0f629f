//! A pacer hears only what is a refusal: what `throttled` says, or else a failure with a hint.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "predicates take references")]

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::{Pacer, constant, expo, on_exception, on_predicate};
use backoff_tests::rate_limits::paused;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a server answers that is down for a while, and then lets a call pass each tenth of a second.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refusal {
    Down,
    TooMany,
}

impl Refusal {
    fn is_too_many(&self) -> bool {
        *self == Self::TooMany
    }

    fn hint(&self) -> Option<Duration> {
        self.is_too_many().then_some(Duration::from_millis(100))
    }
}

struct Server {
    start: Instant,
    outage: Duration,
    pacer: Pacer,
    free: Mutex<Instant>,
}

impl Server {
    fn new(outage: u64, pacer: Pacer) -> Arc<Self> {
        let start = Instant::now();
        Arc::new(Self { start, outage: seconds(outage), pacer, free: Mutex::new(start) })
    }

    async fn call(&self) -> Result<(), Refusal> {
        sleep(Duration::from_millis(50)).await;
        if self.start.elapsed() < self.outage {
            return Err(Refusal::Down);
        }
        let mut free = self.free.lock().expect("no caller panics");
        if Instant::now() < *free {
            return Err(Refusal::TooMany);
        }
        *free = Instant::now() + Duration::from_millis(99);
        Ok(())
    }
}

#[on_exception(expo, max_value = 10, pacer = server.pacer, throttled = Refusal::is_too_many, logger = none)]
async fn told(server: &Server) -> Result<(), Refusal> {
    server.call().await
}

#[on_exception(expo, max_value = 10, pacer = server.pacer, retry_after = Refusal::hint, logger = none)]
async fn hinted(server: &Server) -> Result<(), Refusal> {
    server.call().await
}

#[on_exception(expo, max_value = 10, pacer = server.pacer, logger = none)]
async fn untold(server: &Server) -> Result<(), Refusal> {
    server.call().await
}

async fn by_closure(server: &Server) -> Result<(), Refusal> {
    let call = on_exception(expo().max_value(10)).pacer(&server.pacer).retry_after(Refusal::hint);
    call.logger(None).run(|| server.call()).await
}

/// How long it takes until a hundred calls are through.
macro_rules! hundred {
    ($outage:expr, $pacer:expr, $send:ident) => {
        paused(async {
            let server = Server::new($outage, $pacer);
            let mut tasks = JoinSet::new();
            for _ in 0..100 {
                let server = server.clone();
                tasks.spawn(async move { $send(&server).await });
            }
            assert!(tasks.join_all().await.iter().all(Result::is_ok));
            server.start.elapsed().as_secs_f64()
        })
    };
}

#[test]
fn an_outage_with_another_error_slows_the_pacer_as_little_as_where_throttled_names_the_refusal() {
    for outage in [5, 60, 600] {
        let named = hundred!(outage, Pacer::adaptive(), told);
        let by_hint = hundred!(outage, Pacer::adaptive(), hinted);
        let by_closure = hundred!(outage, Pacer::adaptive(), by_closure);
        assert!(
            by_hint <= 1.1 * named && by_closure <= 1.1 * named,
            "{outage}: {named} {by_hint} {by_closure}"
        );
        let named = hundred!(outage, Pacer::per_second(10.0), told);
        let untold = hundred!(outage, Pacer::per_second(10.0), untold);
        assert!(untold <= 1.1 * named, "{outage}: {named} {untold}");
        // The last wait is at most ten seconds, and then a hundred calls at ten a second.
        assert!(named <= outage as f64 + 10.0 + 12.0, "{outage}: {named}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_keeps_its_interval_beside_a_pacer() {
    static ACCOUNT: Pacer = Pacer::per_second(10.0);
    #[on_predicate(constant, interval = 5, jitter = none, max_time = 60, pacer = ACCOUNT, logger = none)]
    async fn done(polls: &Cell<u32>) -> bool {
        polls.set(polls.get() + 1);
        false
    }
    let polls = Cell::new(0);
    assert!(!done(&polls).await);
    assert_eq!(polls.get(), 13);

    let polls = Cell::new(0);
    let call = on_predicate(constant().interval(5)).jitter(None).max_time(60).pacer(&ACCOUNT).logger(None);
    let done = call.run(async || {
        polls.set(polls.get() + 1);
        false
    });
    assert!(!done.await);
    assert_eq!(polls.get(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_call_backs_off_from_a_server_that_restarts_beside_a_pacer() {
    static ACCOUNT: Pacer = Pacer::per_second(20.0);
    #[on_exception(expo, max_tries = 10, pacer = ACCOUNT, logger = none)]
    async fn send(start: Instant) -> Result<(), u16> {
        sleep(Duration::from_millis(20)).await;
        if start.elapsed() < seconds(5) { Err(503) } else { Ok(()) }
    }
    assert_eq!(send(Instant::now()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_throttled_denies_is_no_refusal_though_it_has_a_hint() {
    static ACCOUNT: Pacer = Pacer::per_second(10.0);
    #[on_exception(constant, jitter = none, max_tries = 2, pacer = ACCOUNT, throttled = |status| *status == 429, retry_after = |_| 60, logger = none)]
    async fn send(status: u16) -> Result<(), u16> {
        Err(status)
    }
    let start = Instant::now();
    let unavailable = tokio::spawn(send(503));
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_eq!(send(200).await.unwrap_err(), 200);
    assert!((60.0..61.0).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    assert!(unavailable.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_not_retried_is_heard_too() {
    #[on_exception(constant, |status| *status == 503, pacer = pacer, throttled = |status| *status == 429, retry_after = |_| 30, logger = none)]
    async fn told(pacer: &Pacer, status: u16) -> Result<(), u16> {
        if status == 200 { Ok(()) } else { Err(status) }
    }
    let (pacer, start) = (Pacer::per_second(10.0), Instant::now());
    assert_eq!(told(&pacer, 429).await, Err(429));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(told(&pacer, 404).await, Err(404));
    assert_eq!(start.elapsed(), seconds(30));
    assert_eq!(told(&pacer, 200).await, Ok(()));
    assert!(start.elapsed() < seconds(31), "404 is no refusal: {:?}", start.elapsed());

    let pacer = Pacer::per_second(10.0);
    let start = Instant::now();
    let policy = || on_exception(expo()).exception(|status: &u16| *status == 503).pacer(&pacer).logger(None);
    let policy = || policy().retry_after(|status: &u16| (*status == 429).then_some(30));
    assert_eq!(policy().run(async || Err::<(), u16>(429)).await, Err(429));
    assert_eq!(policy().run(async || Ok::<(), u16>(())).await, Ok(()));
    assert_eq!(start.elapsed(), seconds(30));
}
