//! PROMISE 7.9: requests of a service wait for their turn.

use std::fmt;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::tower::{PacerLayer, RetryLayer};
use backoff_runtime::{AnyJitter, Class, Pacer, Policy, RateLimit, Transient};
use tokio::time::Instant;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status(u16);

impl Transient for Status {
    fn class(&self) -> Class {
        match self.0 {
            429 => Class::RateLimit { retry_after: Some(Duration::from_secs(30)) },
            503 => Class::TRANSIENT,
            _ => Class::Final,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.0)
    }
}

type Answer = Result<Status, Status>;

#[tokio::test(start_paused = true)]
async fn requests_wait_for_their_turn() {
    static LIMIT: Pacer = Pacer::per_second(1.0).margin(1.0);
    let service = PacerLayer::new(&LIMIT).layer(service_fn(|()| ready(Ok::<_, Status>(Status(200)))));
    let start = Instant::now();
    for _ in 0..4 {
        assert_eq!(service.clone().oneshot(()).await, Ok(Status(200)));
    }
    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_secs(3) && elapsed < Duration::from_millis(3100), "{elapsed:?}");
    assert_eq!((LIMIT.waiting(), LIMIT.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_closes_the_pacer_for_as_long_as_its_hint_says() {
    static LIMIT: Pacer = Pacer::adaptive();
    let answers = Arc::new(Mutex::new(vec![Ok(Status(200)), Ok(Status(429))]));
    let service =
        PacerLayer::new(&LIMIT).layer(service_fn(move |()| ready(answers.lock().unwrap().pop().unwrap())));
    let start = Instant::now();
    let first: Answer = service.clone().oneshot(()).await;
    assert_eq!((first, start.elapsed()), (Ok(Status(429)), Duration::ZERO), "a pacer alone retries nothing");
    assert_eq!(service.oneshot(()).await, Ok(Status(200)));
    assert!(start.elapsed() >= Duration::from_secs(30), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_refusal_does_not_close_the_pacer() {
    for answer in [Ok(Status(503)), Err(Status(503)), Ok(Status(404)), Err(Status(404))] {
        let limit = Arc::new(Pacer::adaptive());
        let service = PacerLayer::new(Arc::clone(&limit)).layer(service_fn(move |()| ready(answer)));
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(service.clone().oneshot(()).await, answer);
        }
        assert!(start.elapsed() < Duration::from_secs(1) && limit.state().learned.is_none(), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_says_which_answers_are_refusals() {
    for (answer, is_refused) in [(Ok(200), false), (Ok(429), true), (Err(429), true), (Err(503), false)] {
        let limit = Arc::new(Pacer::adaptive());
        let layer = PacerLayer::new(Arc::clone(&limit))
            .throttled(|answer: &Result<u16, u16>| matches!(answer, Ok(429) | Err(429)));
        let service = layer.layer(service_fn(move |()| ready(answer)));
        assert_eq!(service.oneshot(()).await, answer);
        assert_eq!(limit.state().closed_until.is_some(), is_refused, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_tells_of_its_limits_is_heard() {
    static LIMIT: Pacer = Pacer::adaptive();
    let told = |_: &Answer| RateLimit::new().with_remaining(0).with_reset(Duration::from_secs(60));
    let service = PacerLayer::new(&LIMIT).limit(told).layer(service_fn(|()| ready(Ok(Status(200)))));
    let start = Instant::now();
    assert_eq!(service.clone().oneshot(()).await, Ok(Status(200)));
    assert_eq!(service.oneshot(()).await, Ok(Status(200)));
    assert!(start.elapsed() >= Duration::from_secs(59), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn under_a_retry_layer_each_attempt_waits_for_a_turn() {
    static API: Policy = Policy::constant("0s").max_tries(4).jitter(AnyJitter::None);
    static LIMIT: Pacer = Pacer::per_second(1.0).margin(1.0);
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(&API))
        .layer(PacerLayer::new(&LIMIT))
        .service(service_fn(|()| ready(Err::<Status, _>(Status(503)))));
    let start = Instant::now();
    assert_eq!(service.oneshot(()).await, Err(Status(503)));
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_while_it_waits_gives_up_its_place() {
    static LIMIT: Pacer = Pacer::per_second(1.0).max_in_flight(1);
    let service = PacerLayer::new(&LIMIT).layer(service_fn(|()| pending::<Answer>()));
    let runs = tokio::spawn(service.clone().oneshot(()));
    tokio::task::yield_now().await;
    let waits = tokio::spawn(service.oneshot(()));
    tokio::task::yield_now().await;
    assert_eq!((LIMIT.in_flight(), LIMIT.waiting()), (1, 1));
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    assert_eq!((LIMIT.in_flight(), LIMIT.waiting()), (1, 0));
    runs.abort();
    assert!(runs.await.unwrap_err().is_cancelled());
    assert_eq!(LIMIT.in_flight(), 0);
}
