//! The layers inside of a real HTTP server, around its handlers.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use backoff_runtime::tower::{PacerLayer, RetryLayer, with_body};
use backoff_runtime::{AnyJitter, Pacer, Policy};
use http::StatusCode;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

type Answer = Result<Response, Infallible>;

static BACKEND: Policy = Policy::constant("0s").max_tries(3).jitter(AnyJitter::None);

/// Fails twice.
async fn flaky(State(requests): State<Arc<AtomicU32>>, request: Request) -> StatusCode {
    assert_eq!(request.headers()["x-key"], "7", "each attempt has the whole request");
    assert_eq!(request.uri().query(), Some("page=2"));
    match requests.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

fn is_unavailable(answer: &Answer) -> bool {
    answer.as_ref().is_ok_and(|response| response.status() == StatusCode::SERVICE_UNAVAILABLE)
}

/// A copy of a request that has no body; one with a body passes once.
fn without_body(request: &Request) -> Option<Request> {
    request.body().is_end_stream().then(|| with_body(request, Body::empty()))
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/?page=2")
}

async fn ask(uri: &str, body: &'static str) -> StatusCode {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request =
        http::Request::builder().method(method).uri(uri).header("x-key", "7").body(Body::from(body));
    let client = Client::builder(TokioExecutor::new()).build_http();
    client.request(request.unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn a_handler_is_asked_again_unless_its_request_has_a_body() {
    let requests = Arc::new(AtomicU32::new(0));
    let layer = RetryLayer::new(&BACKEND).retry_if(is_unavailable).clone_request(without_body);
    let app = Router::new().route("/", any(flaky)).layer(layer).with_state(Arc::clone(&requests));
    let uri = serve(app).await;
    assert_eq!(ask(&uri, "hello").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(requests.swap(0, Ordering::Relaxed), 1);
    assert_eq!(ask(&uri, "").await, StatusCode::OK);
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn requests_wait_before_a_handler_for_their_turn() {
    static LIMIT: Pacer = Pacer::per(2, "1h");
    let requests = Arc::new(AtomicU32::new(7));
    let layer = PacerLayer::new(&LIMIT).throttled(is_unavailable);
    let app = Router::new().route("/", any(flaky)).layer(layer).with_state(Arc::clone(&requests));
    let uri = serve(app).await;
    assert_eq!((ask(&uri, "").await, ask(&uri, "hello").await), (StatusCode::OK, StatusCode::OK));
    let third = tokio::spawn(async move { ask(&uri, "").await });
    // It has come, and waits.
    while LIMIT.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(requests.load(Ordering::Relaxed), 9);
    third.abort();
    // The client has hung up, so the server drops the request, which gives up its place.
    while LIMIT.waiting() > 0 {
        tokio::task::yield_now().await;
    }
}
