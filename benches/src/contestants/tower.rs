//! tower: a policy of the user's own around a service, with tower's exponential waits.


use tokio::time::{Sleep, sleep};
use tower::retry::backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff};
use tower::retry::{Policy, Retry};
use tower::util::{Oneshot, ServiceExt, service_fn};
use tower::{Service, util::rng::HasherRng};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, Attempt, BATCH, FIRST_WAIT, Failed, LONGEST_WAIT, Operation, SLEEP_WAIT, Yield};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("tower");
    bench.first(|operation| call(Tries::waiting(waits()), operation));
    bench.at_once(|operation| call(Tries::waiting(AtOnce), operation));
    // Its waits come only as timers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _entered = runtime.enter();
    bench.waits(|| {
        let mut waits = waits();
        let start = tokio::time::Instant::now();
        (0..BATCH).map(|_| waits.next_backoff().deadline().saturating_duration_since(start)).sum()
    });
    bench.tasks(|operation| call(Tries::waiting(Slowly), operation));
    bench.lacks("has no limit of time");
    bench.lacks("has no handlers");
    bench.lacks("has no sync form");
    bench.source(Source {
        dependencies: r#"tower = { version = "0.5.3", features = ["retry", "util"] }"#,
        once: "
use std::time::Duration;
use tower::ServiceExt;
use tower::retry::backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff};
use tower::retry::{Policy, Retry};
use tower::util::{rng::HasherRng, service_fn};
#[derive(Clone)]
struct Tries(u32, ExponentialBackoff);
impl Tries {
    fn new() -> Self {
        let (shortest, longest) = (Duration::from_millis(100), Duration::from_secs(10));
        Self(4, ExponentialBackoffMaker::new(shortest, longest, 1.0, HasherRng::default()).unwrap().make_backoff())
    }
}
impl<Q: Clone, T, E> Policy<Q, T, E> for Tries {
    type Future = tokio::time::Sleep;
    fn retry(&mut self, _: &mut Q, result: &mut Result<T, E>) -> Option<Self::Future> {
        if result.is_ok() || self.0 == 0 { return None; }
        self.0 -= 1;
        Some(self.1.next_backoff())
    }
    fn clone_request(&mut self, request: &Q) -> Option<Q> { Some(request.clone()) }
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    Retry::new(Tries::new(), service_fn(async |(client, id): (&Client, u64)| -> io::Result<String> { BODY }))
        .oneshot((client, id))
        .await
}
",
    });
}

fn waits() -> ExponentialBackoff {
    let maker = ExponentialBackoffMaker::new(FIRST_WAIT, LONGEST_WAIT, 1.0, HasherRng::default());
    maker.expect("the bounds are in order").make_backoff()
}

fn call<W: Backoff + Clone>(
    policy: Tries<W>,
    operation: &'static Operation,
) -> Oneshot<Retry<Tries<W>, impl Service<&'static Operation, Response = u64, Error = Failed, Future = Attempt> + Clone>, &'static Operation>
{
    Retry::new(policy, service_fn(Operation::attempt)).oneshot(operation)
}

/// Five tries, as its documentation has users write it.
#[derive(Clone)]
struct Tries<W> {
    left: u32,
    waits: W,
}

impl<W> Tries<W> {
    fn waiting(waits: W) -> Self {
        Self { left: 4, waits }
    }
}

impl<W: Backoff> Policy<&'static Operation, u64, Failed> for Tries<W> {
    type Future = W::Future;

    fn retry(&mut self, _: &mut &'static Operation, answer: &mut Answer) -> Option<W::Future> {
        if answer.is_ok() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.waits.next_backoff())
    }

    fn clone_request(&mut self, request: &&'static Operation) -> Option<&'static Operation> {
        Some(request)
    }
}

#[derive(Clone)]
struct AtOnce;

impl Backoff for AtOnce {
    type Future = Yield;

    fn next_backoff(&mut self) -> Yield {
        Yield::default()
    }
}

#[derive(Clone)]
struct Slowly;

impl Backoff for Slowly {
    type Future = Sleep;

    fn next_backoff(&mut self) -> Sleep {
        sleep(SLEEP_WAIT)
    }
}
