//! What a response says in its headers is obeyed as it stands there.

use std::cell::RefCell;
use std::time::Duration;

use backoff_runtime::{GiveUp, RateLimit, Retried, RetryAfter, on_exception};
use http::{HeaderMap, Response};
use tokio::time::Instant;

/// A response as HTTP clients hand it over.
fn response(status: u16, lines: &[(&str, &str)]) -> Response<()> {
    let builder = lines
        .iter()
        .fold(Response::builder().status(status), |builder, (name, value)| builder.header(*name, *value));
    builder.body(()).expect("a response")
}

fn hint(refused: &Response<()>) -> Option<RetryAfter> {
    RetryAfter::from_headers(refused.headers())
}

/// Waits between attempts at a server that refuses each call with these headers.
async fn waits(lines: &[(&str, &str)]) -> (Vec<Duration>, Option<GiveUp>) {
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 3, retry_after = hint, logger = none)]
    async fn call(
        lines: &[(&str, &str)],
        attempts: &RefCell<Vec<Instant>>,
    ) -> Retried<Result<(), Response<()>>> {
        attempts.borrow_mut().push(Instant::now());
        Err(response(429, lines))
    }
    let attempts = RefCell::default();
    let Retried { reason, .. } = call(lines, &attempts).await;
    (attempts.borrow().windows(2).map(|two| two[1] - two[0]).collect(), reason)
}

#[tokio::test(start_paused = true)]
async fn a_hint_in_the_headers_is_waited_for_to_the_millisecond() {
    let with = |hint| vec![hint; 2];
    let thirty = with(Duration::from_secs(30));
    assert_eq!(waits(&[("Retry-After", "30")]).await.0, thirty);
    let dates = [("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Date", "Wed, 21 Oct 2015 07:27:30 GMT")];
    assert_eq!(waits(&dates).await.0, thirty);
    let milliseconds = [("Retry-After", "2"), ("Retry-After-Ms", "1250")];
    assert_eq!(waits(&milliseconds).await.0, with(Duration::from_millis(1250)));
}

#[tokio::test(start_paused = true)]
async fn headers_without_a_hint_leave_the_generator_its_waits() {
    for lines in [&[][..], &[("Retry-After", "soon")], &[("X-RateLimit-Reset", "30")]] {
        assert_eq!(waits(lines).await, (vec![Duration::from_secs(1); 2], Some(GiveUp::MaxTries)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_in_the_headers_beyond_an_hour_gives_up_at_once() {
    assert_eq!(waits(&[("Retry-After", "99999999999")]).await, (vec![], Some(GiveUp::RetryAfter)));
}

#[test]
fn a_success_tells_what_is_left() {
    let response = response(200, &[("X-RateLimit-Limit", "100"), ("X-RateLimit-Remaining", "0")]);
    let limits = RateLimit::from_headers(response.headers());
    assert_eq!(limits, [RateLimit::new().with_limit(100).with_remaining(0)]);
    assert_eq!(RateLimit::from_headers(&HeaderMap::new()), []);
}
