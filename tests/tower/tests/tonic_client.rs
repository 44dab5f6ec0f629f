//! The layers around a real gRPC client, with a real server on loopback.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use backoff_runtime::tower::{PacerLayer, RetryLayer};
use backoff_runtime::{AnyJitter, Class, Pacer, Policy, Timed};
use http_body_util::{BodyExt, Full};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::{BoxError, ServiceBuilder};

type Answer<E> = Result<http::Response<Body>, E>;

static API: Policy = Policy::constant("0s").max_tries(3).jitter(AnyJitter::None);

/// Fails twice, then answers with what it was asked for.
#[derive(Clone)]
struct Flaky {
    requests: Arc<AtomicU32>,
    code: Code,
}

#[tonic::async_trait]
impl Health for Flaky {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        assert_eq!(request.metadata().get("x-key").unwrap(), "7");
        assert_eq!(request.into_inner().service, "sms", "each attempt has the whole message");
        match self.requests.fetch_add(1, Ordering::Relaxed) {
            0 | 1 if self.code == Code::DeadlineExceeded => std::future::pending().await,
            0 | 1 => Err(Status::new(self.code, "not now")),
            _ => Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() })),
        }
    }

    type WatchStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}

/// A server that fails so, how many requests it saw, and a channel to it.
async fn serve(code: Code) -> (Arc<AtomicU32>, Channel) {
    let requests = Arc::new(AtomicU32::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        Server::builder().add_service(HealthServer::new(Flaky { requests: Arc::clone(&requests), code }));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (requests, channel(address))
}

fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

fn question() -> Request<HealthCheckRequest> {
    let mut request = Request::new(HealthCheckRequest { service: "sms".to_owned() });
    request.metadata_mut().insert("x-key", "7".parse().unwrap());
    request
}

/// What a gRPC server refuses at once is in the headers of its answer.
fn class<E>(answer: &Answer<E>) -> Class {
    let Ok(response) = answer else { return Class::TRANSIENT };
    match Status::from_header_map(response.headers()).map(|status| status.code()) {
        Some(Code::Unavailable) => Class::TRANSIENT,
        Some(Code::ResourceExhausted) => Class::RATE_LIMIT,
        _ => Class::Final,
    }
}

/// The request with its body collected, which can be cloned.
async fn collected(request: http::Request<Body>) -> Result<http::Request<Full<bytes::Bytes>>, Status> {
    let (head, body) = request.into_parts();
    Ok(http::Request::from_parts(head, Full::new(body.collect().await?.to_bytes())))
}

/// A channel whose unary requests are sent again: the body is collected, so that it can be cloned.
macro_rules! retried {
    ($layer:expr, $channel:expr) => {
        HealthClient::new(
            ServiceBuilder::new()
                .filter_async(collected)
                .layer($layer)
                .map_request(|request: http::Request<Full<bytes::Bytes>>| request.map(Body::new))
                .service($channel),
        )
    };
}

#[tokio::test]
async fn a_unary_call_is_made_again_when_its_body_is_collected() {
    let (requests, channel) = serve(Code::Unavailable).await;
    let mut client = retried!(RetryLayer::new(&API).classify(class), channel);
    let answer = client.check(question()).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn what_a_server_refuses_for_good_is_not_asked_again() {
    let (requests, channel) = serve(Code::NotFound).await;
    let mut client = retried!(RetryLayer::new(&API).classify(class), channel);
    assert_eq!(client.check(question()).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_request_whose_body_streams_passes_once() {
    let (requests, channel) = serve(Code::Unavailable).await;
    let layer = RetryLayer::new(&API).classify(class).clone_request(|_: &http::Request<Body>| None);
    let mut client = HealthClient::new(ServiceBuilder::new().layer(layer).service(channel));
    assert_eq!(client.check(question()).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_as_often_as_the_policy_says() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let counted = ServiceBuilder::new().map_request(move |request: http::Request<Body>| {
        seen.fetch_add(1, Ordering::Relaxed);
        request
    });
    let mut client = retried!(RetryLayer::new(&API).classify(class), counted.service(channel(address)));
    assert!(client.check(question()).await.is_err());
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_attempt_that_hangs_is_cut() {
    static HASTY: Policy<Timed> = Policy::constant("0s").max_tries(3).attempt_timeout("100ms");
    let (requests, channel) = serve(Code::DeadlineExceeded).await;
    // The channel's own error can't say it, and tower's can.
    let channel = ServiceBuilder::new().map_err(BoxError::from).service(channel);
    let mut client = retried!(RetryLayer::new(&HASTY).classify(class), channel);
    let answer = client.check(question()).await.unwrap().into_inner();
    assert_eq!((answer.status(), requests.load(Ordering::Relaxed)), (ServingStatus::Serving, 3));
}

#[tokio::test]
async fn a_pacer_hears_that_the_limit_refused_a_call() {
    static LIMIT: Pacer = Pacer::adaptive();
    let (requests, channel) = serve(Code::ResourceExhausted).await;
    let layer = PacerLayer::new(&LIMIT).classify(class);
    let mut client = HealthClient::new(ServiceBuilder::new().layer(layer).service(channel));
    assert_eq!(client.check(question()).await.unwrap_err().code(), Code::ResourceExhausted);
    assert!(LIMIT.state().closed_until.is_some(), "{:?}", LIMIT.state());
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}
