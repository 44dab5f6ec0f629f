//! The layers around a real HTTP client, with a real server on loopback.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use backoff_runtime::tower::{PacerLayer, RetryLayer};
use backoff_runtime::{AnyJitter, Class, Pacer, Policy, RateLimit, RetryAfter, Timed};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};

type Answer = Result<Response<Incoming>, Error>;

static API: Policy = Policy::constant("0s").max_tries(5).jitter(AnyJitter::None);

/// Answers as told, in this order, and with 200 then; keeps the bodies of all requests.
#[derive(Clone, Default)]
struct Server {
    answers: Arc<Mutex<Vec<Response<Body>>>>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Server {
    async fn serve(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.serve_on(listener);
        address
    }

    fn serve_on(self, listener: TcpListener) {
        let app = Router::new().route("/", post(answer)).with_state(self);
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    }
}

async fn answer(State(server): State<Server>, body: Bytes) -> Response<Body> {
    server.bodies.lock().unwrap().push(body);
    server.answers.lock().unwrap().pop().unwrap_or_default()
}

fn refused(status: u16, headers: &[(&'static str, &'static str)]) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::empty()).unwrap()
}

fn request(address: SocketAddr) -> Request<Full<Bytes>> {
    let body = Full::from("hello");
    Request::post(format!("http://{address}/")).header("x-key", "7").body(body).unwrap()
}

/// What HTTP says of itself.
fn class(answer: &Answer) -> Class {
    match answer {
        Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
            Class::RATE_LIMIT.after(RetryAfter::from_headers(response.headers()).map(RetryAfter::wait))
        }
        Ok(response) if response.status().is_server_error() => Class::TRANSIENT,
        Ok(_) => Class::Final,
        Err(_) => Class::TRANSIENT,
    }
}

#[tokio::test]
async fn a_request_of_a_client_is_sent_again_whole() {
    let server = Server::default();
    server.answers.lock().unwrap().extend([refused(500, &[]), refused(503, &[])]);
    let client = ServiceBuilder::new()
        .layer(RetryLayer::new(&API).classify(class))
        .service(Client::builder(TokioExecutor::new()).build_http());
    let address = server.clone().serve().await;
    let response = client.oneshot(request(address)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(*server.bodies.lock().unwrap(), ["hello"; 3]);
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn a_server_that_comes_later_is_reached() {
    // It was free a moment ago, and nobody listens there until the first attempt has failed.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::default();
    let comes = server.clone();
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let layer = RetryLayer::new(&API).retry_if(move |answer: &Answer| {
        if answer.is_err() && seen.fetch_add(1, Ordering::Relaxed) == 0 {
            let listener = std::net::TcpListener::bind(address).unwrap();
            listener.set_nonblocking(true).unwrap();
            comes.clone().serve_on(TcpListener::from_std(listener).unwrap());
        }
        answer.is_err()
    });
    let client =
        ServiceBuilder::new().layer(layer).service(Client::builder(TokioExecutor::new()).build_http());
    assert_eq!(client.oneshot(request(address)).await.unwrap().status(), 200);
    assert!(attempts.load(Ordering::Relaxed) > 0);
    assert_eq!(*server.bodies.lock().unwrap(), ["hello"]);
}

#[tokio::test]
async fn a_pacer_hears_what_the_server_tells() {
    static LIMIT: Pacer = Pacer::adaptive();
    let server = Server::default();
    server.answers.lock().unwrap().extend([
        refused(
            200,
            &[("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "98"), ("x-ratelimit-reset", "60")],
        ),
        refused(429, &[("retry-after", "0")]),
    ]);
    let client = ServiceBuilder::new()
        .layer(RetryLayer::new(&API).classify(class))
        .layer(PacerLayer::new(&LIMIT).classify(class).limit(|answer: &Answer| {
            answer.as_ref().map_or(Vec::new(), |r| RateLimit::from_headers(r.headers()))
        }))
        .service(Client::builder(TokioExecutor::new()).build_http());
    let address = server.clone().serve().await;
    assert_eq!(client.oneshot(request(address)).await.unwrap().status(), 200);
    assert_eq!(LIMIT.state().told[0].remaining, Some(98));
    assert_eq!(server.bodies.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_an_error_of_the_clients_own_kind() {
    static HASTY: Policy<Timed> = Policy::constant("0s").max_tries(2).attempt_timeout("20ms");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Connections are taken and nothing is answered.
    let client = ServiceBuilder::new()
        .layer(RetryLayer::new(&HASTY).retry_if(|_: &Result<Response<_>, tower::BoxError>| false))
        .map_err(tower::BoxError::from)
        .service(Client::builder(TokioExecutor::new()).build_http());
    let error = client.oneshot(request(address)).await.unwrap_err();
    let timeout = error.downcast_ref::<backoff_runtime::AttemptTimeout>().unwrap();
    assert!(timeout.made && timeout.limit == Duration::from_millis(20));
    drop(listener);
}
