//! The program hears of the calls of layers, and nothing of what is in requests and responses.

use std::future::ready;
use std::sync::Mutex;
use std::task::{Context, Poll};

use backoff_runtime::program::{self, Event, Observer};
use backoff_runtime::tower::RetryLayer;
use backoff_runtime::{GiveUp, Policy};
use tower::{Layer, Service, ServiceExt};

/// What was heard: how often a call was tried, why it gave up, and the line that tells it.
struct Heard(Mutex<Vec<(u32, Option<GiveUp>, String)>>);

impl Observer for Heard {
    fn on_success(&self, event: &Event<'_>) {
        self.hear(event);
    }

    fn on_backoff(&self, event: &Event<'_>) {
        self.hear(event);
    }

    fn on_giveup(&self, event: &Event<'_>) {
        self.hear(event);
    }
}

impl Heard {
    fn hear(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push((event.tries, event.reason, event.to_string()));
    }

    fn take(&self) -> Vec<(u32, Option<GiveUp>, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

static HEARD: Heard = Heard(Mutex::new(Vec::new()));

/// A service whose answers are what it is asked for.
#[derive(Clone)]
struct Bank;

impl Service<Result<String, u8>> for Bank {
    type Response = String;
    type Error = u8;
    type Future = std::future::Ready<Result<String, u8>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), u8>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Result<String, u8>) -> Self::Future {
        ready(request)
    }
}

// One test, as the observer is the program's.
#[tokio::test(start_paused = true)]
async fn the_program_hears_of_the_calls_of_a_service_by_the_name_of_its_type() {
    static API: Policy = Policy::constant("0s").max_tries(2);
    program::observe(&HEARD);
    let all = RetryLayer::new(&API).retry_if(|_: &Result<String, u8>| true);
    let secret = Ok("secret".to_owned());

    let _ = all.layer(Bank).oneshot(secret.clone()).await;
    let backoff = (1, None, "backing off Bank after 1 tries, for 0.0s: a response".to_owned());
    let giveup = "giving up Bank after 2 tries, max_tries: a response".to_owned();
    assert_eq!(HEARD.take(), [backoff, (2, Some(GiveUp::MaxTries), giveup)]);

    let _ = all.clone().clone_request(|_: &Result<String, u8>| None).layer(Bank).oneshot(Err(7)).await;
    let giveup = "giving up Bank after 1 tries, giveup: 7".to_owned();
    assert_eq!(HEARD.take(), [(1, Some(GiveUp::Predicate), giveup)], "it passes once");

    let shown = all.log_outcome(|answer: &Result<String, u8>| answer.is_ok());
    let _ = shown.layer(Bank).oneshot(secret.clone()).await;
    assert!(HEARD.take()[0].2.ends_with(": true"));

    let none = RetryLayer::new(&API).retry_if(|_: &Result<String, u8>| false);
    let _ = none.layer(Bank).oneshot(secret).await;
    assert_eq!(HEARD.take(), [(1, None, "Bank, attempt 1".to_owned())]);
    let _ = none.layer(Bank).oneshot(Err(7)).await;
    assert_eq!(HEARD.take(), [], "an error that is not retried is no success");

    program::disable_retries();
    let all = RetryLayer::new(&API).retry_if(|_: &Result<String, u8>| true);
    let _ = all.layer(Bank).oneshot(Err(7)).await;
    assert_eq!(HEARD.take()[0].1, Some(GiveUp::SwitchedOff));
    program::enable_retries();
}
