//! PROMISE 7.9: a policy is named by tower layers, which run the same engine.

use std::fmt;
use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use backoff_runtime::tower::RetryLayer;
use backoff_runtime::{
    AnyJitter, AttemptTimeout, Class, LivePolicy, Paced, Pacer, Policy, RetryBudget, Timed, Transient,
};
use tokio::time::Instant;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// A status, as a response or as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status(u16);

impl Transient for Status {
    fn class(&self) -> Class {
        match self.0 {
            429 => Class::RateLimit { retry_after: Some(Duration::from_secs(7)) },
            503 => Class::TRANSIENT,
            _ => Class::Final,
        }
    }
}

impl From<AttemptTimeout> for Status {
    fn from(_: AttemptTimeout) -> Self {
        Self(504)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.0)
    }
}

impl std::error::Error for Status {}

type Answer = Result<Status, Status>;

/// Answers in this order, and then always as it did last; counts the requests.
#[derive(Clone)]
struct Server {
    answers: &'static [Answer],
    requests: Arc<AtomicU32>,
}

impl Server {
    fn new(answers: &'static [Answer]) -> Self {
        Self { answers, requests: Arc::default() }
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl<R> Service<R> for Server {
    type Response = Status;
    type Error = Status;
    type Future = std::future::Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: R) -> Self::Future {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) as usize;
        ready(self.answers[number.min(self.answers.len() - 1)])
    }
}

static API: Policy = Policy::constant("1s").max_tries(4).jitter(AnyJitter::None);

#[tokio::test(start_paused = true)]
async fn transient_errors_and_transient_responses_are_retried() {
    let server = Server::new(&[Err(Status(503)), Ok(Status(503)), Ok(Status(200))]);
    let start = Instant::now();
    let answer = RetryLayer::new(&API).layer(server.clone()).oneshot("request").await;
    assert_eq!((answer, server.requests()), (Ok(Status(200)), 3));
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn what_is_final_is_returned_at_once() {
    for answer in [Ok(Status(404)), Err(Status(404))] {
        let answers: &'static [Answer] =
            if answer.is_ok() { &[Ok(Status(404))] } else { &[Err(Status(404))] };
        let server = Server::new(answers);
        let got = RetryLayer::new(&API).layer(server.clone()).oneshot("request").await;
        assert_eq!((got, server.requests()), (answer, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_on_returns_its_last_answer() {
    let server = Server::new(&[Err(Status(503)), Ok(Status(503))]);
    let answer = RetryLayer::new(&API).layer(server.clone()).oneshot("request").await;
    assert_eq!((answer, server.requests()), (Ok(Status(503)), 4));
}

#[tokio::test(start_paused = true)]
async fn the_hint_in_an_answer_is_obeyed() {
    let server = Server::new(&[Ok(Status(429)), Ok(Status(200))]);
    let start = Instant::now();
    let answer = RetryLayer::new(&API).layer(server.clone()).oneshot("request").await;
    assert_eq!((answer, start.elapsed()), (Ok(Status(200)), Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn a_classifier_of_ones_own_says_what_is_transient() {
    let server = Server::new(&[Ok(Status(404)), Ok(Status(200))]);
    let layer = RetryLayer::new(&API).retry_if(|answer: &Answer| *answer == Ok(Status(404)));
    assert_eq!((layer.layer(server.clone()).oneshot(1).await, server.requests()), (Ok(Status(200)), 2));

    let server = Server::new(&[Ok(Status(404)), Ok(Status(200))]);
    let layer = RetryLayer::new(&API).classify(|answer: &Answer| match answer {
        Ok(Status(404)) => Class::TRANSIENT.after(Some(Duration::from_secs(9))),
        _ => Class::Final,
    });
    let start = Instant::now();
    assert_eq!((layer.layer(server.clone()).oneshot(1).await, server.requests()), (Ok(Status(200)), 2));
    assert!(start.elapsed() >= Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn a_closure_need_not_name_the_types_of_the_service() {
    let mut failures = 2;
    let mut service = ServiceBuilder::new()
        .layer(RetryLayer::new(&API).retry_if(|answer: &Result<_, _>| answer.is_err()))
        .buffer(1)
        .service_fn(move |name: &'static str| {
            failures -= 1;
            ready(if failures < 0 { Ok(name) } else { Err(BoxError::from("refused")) })
        });
    assert!(service.ready().await.is_ok());
    // A buffer is what makes a service `Clone` that is not.
    assert!(service.call("page").await.is_ok());
}

/// No copy of it can be made.
#[derive(Debug)]
struct Stream;

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_cloned_passes_once() {
    let server = Server::new(&[Err(Status(503)), Ok(Status(200))]);
    let layer = RetryLayer::new(&API).clone_request(|_: &Stream| None);
    let start = Instant::now();
    assert_eq!((layer.layer(server.clone()).oneshot(Stream).await, server.requests()), (Err(Status(503)), 1));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_but_the_last_keeps_a_copy_of_the_request() {
    let copies = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&copies);
    let layer = RetryLayer::new(&API).clone_request(move |number: &u32| {
        count.fetch_add(1, Ordering::Relaxed);
        Some(number + 1)
    });
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let service = service_fn(move |number: u32| {
        requests.lock().unwrap().push(number);
        ready(Err::<Status, _>(Status(503)))
    });
    assert_eq!(layer.layer(service).oneshot(1).await, Err(Status(503)));
    assert_eq!((&*seen.lock().unwrap(), copies.load(Ordering::Relaxed)), (&vec![1, 2, 3, 4], 3));
}

#[tokio::test(start_paused = true)]
async fn copies_may_run_out_while_a_request_is_retried() {
    let server = Server::new(&[Err(Status(503))]);
    let layer = RetryLayer::new(&API).clone_request(|left: &u32| left.checked_sub(1));
    assert_eq!((layer.layer(server.clone()).oneshot(1).await, server.requests()), (Err(Status(503)), 2));
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_be_static_a_value_or_live() {
    static LIVE: LivePolicy = LivePolicy::new(Policy::constant("0s").max_tries(2));
    let requests = async |layer: &RetryLayer| {
        let server = Server::new(&[Err(Status(503))]);
        let _ = layer.layer(server.clone()).oneshot(()).await;
        server.requests()
    };
    assert_eq!(requests(&RetryLayer::new(&API)).await, 4);
    assert_eq!(requests(&RetryLayer::of(Policy::constant("0s").max_tries(3))).await, 3);
    let layer = RetryLayer::new(&LIVE);
    assert_eq!(requests(&layer).await, 2);
    LIVE.set(Policy::constant("0s").max_tries(5));
    assert_eq!(requests(&layer).await, 5, "each request goes by the policy as it is when it is sent");
}

#[tokio::test(start_paused = true)]
async fn a_timed_policy_cuts_attempts() {
    static SLOW: Policy<Timed> =
        Policy::constant("1s").max_tries(2).attempt_timeout("2s").jitter(AnyJitter::None);
    let start = Instant::now();
    let hangs = service_fn(|()| pending::<Answer>());
    assert_eq!(RetryLayer::new(&SLOW).layer(hangs).oneshot(()).await, Err(Status(504)));
    assert_eq!(start.elapsed(), Duration::from_secs(5));

    let hangs = service_fn(|()| pending::<Result<Status, BoxError>>());
    let layer = RetryLayer::new(&SLOW).retry_if(|answer: &Result<Status, BoxError>| answer.is_err());
    let error = layer.layer(hangs).oneshot(()).await.unwrap_err();
    assert!(error.downcast_ref::<AttemptTimeout>().is_some(), "tower's own error can say it");

    let hangs = service_fn(|()| pending::<Result<Status, u8>>());
    let layer = RetryLayer::new(&SLOW).retry_if(|_: &Result<Status, u8>| true).on_timeout(|_| 9_u8);
    assert_eq!(layer.layer(hangs).oneshot(()).await, Err(9));
}

#[tokio::test(start_paused = true)]
async fn a_policy_with_a_pacer_waits_for_a_turn_before_each_attempt() {
    static LIMIT: Pacer = Pacer::per_second(1.0);
    static PACED: Policy<Paced> = Policy::constant("0s").max_tries(4).pacer(&LIMIT);
    let start = Instant::now();
    let server = Server::new(&[Err(Status(503))]);
    let _ = RetryLayer::new(&PACED).layer(server.clone()).oneshot(()).await;
    assert_eq!(server.requests(), 4);
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_budget_gives_nothing_when_an_error_is_all_that_came() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(1.0).per_second(0.0);
    static SPARING: Policy = Policy::constant("0s").max_tries(1000).budget(&BUDGET);
    let server = Server::new(&[Err(Status(404))]);
    for _ in 0..100 {
        let _ = RetryLayer::new(&SPARING).layer(server.clone()).oneshot(()).await;
    }
    let server = Server::new(&[Err(Status(503))]);
    let _ = RetryLayer::new(&SPARING).layer(server.clone()).oneshot(()).await;
    assert!(server.requests() < 100, "{} requests, though there was no success", server.requests());
}

/// Ready as often as it is allowed to be, and used only when it was.
struct Careful {
    server: Server,
    is_ready: bool,
    fails_to_be_ready: Arc<AtomicU32>,
}

impl Clone for Careful {
    fn clone(&self) -> Self {
        // As of services that hold a permit: a clone has none.
        let (server, fails_to_be_ready) = (self.server.clone(), Arc::clone(&self.fails_to_be_ready));
        Self { server, is_ready: false, fails_to_be_ready }
    }
}

impl Service<()> for Careful {
    type Response = Status;
    type Error = Status;
    type Future = std::future::Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        let fails = |left: u32| left.checked_sub(1);
        if self.server.requests() > 0
            && self.fails_to_be_ready.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fails).is_ok()
        {
            return Poll::Ready(Err(Status(503)));
        }
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        Service::<()>::call(&mut self.server, ())
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_service_that_is_ready_and_an_error_of_readiness_is_the_attempts() {
    let server = Server::new(&[Err(Status(503)), Ok(Status(200))]);
    let careful =
        Careful { server: server.clone(), is_ready: false, fails_to_be_ready: Arc::new(AtomicU32::new(2)) };
    let mut service = RetryLayer::new(&API).layer(careful);
    let start = Instant::now();
    let answer = service.ready().await.unwrap().call(()).await;
    assert_eq!((answer, server.requests()), (Ok(Status(200)), 2));
    assert_eq!(start.elapsed(), Duration::from_secs(3), "four attempts, of which two did not become ready");
    assert_eq!(service.ready().await.unwrap().call(()).await, Ok(Status(200)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_busy_says_so_through_the_layer() {
    let busy = ServiceBuilder::new()
        .load_shed()
        .layer(RetryLayer::new(&API).retry_if(|answer: &Answer| answer.is_err()))
        .concurrency_limit(1)
        .service(service_fn(|()| pending::<Answer>()));
    let running = tokio::spawn(busy.clone().oneshot(()));
    tokio::task::yield_now().await;
    let error = busy.oneshot(()).await.unwrap_err();
    assert!(error.is::<tower::load_shed::error::Overloaded>(), "{error}");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_leaves_nothing_behind() {
    static LIMIT: Pacer = Pacer::per_second(1.0);
    static PACED: Policy<Paced> = Policy::constant("5s").max_tries(9).pacer(&LIMIT);
    let server = Server::new(&[Err(Status(503))]);
    let running = tokio::spawn(RetryLayer::new(&PACED).layer(server.clone()).oneshot(()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let before = server.requests();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((server.requests(), LIMIT.waiting(), LIMIT.in_flight()), (before, 0, 0));
}

#[test]
fn a_service_is_send_and_its_type_can_be_written() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    type Client = backoff_runtime::tower::Retry<Server>;
    let client: Client = is_send(RetryLayer::new(&API).layer(Server::new(&[Ok(Status(200))])));
    drop(is_send(client.oneshot(())));
}
