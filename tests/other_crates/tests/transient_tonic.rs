//! Which statuses of tonic are transient, of a real server and a real client.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use backoff_runtime::{Class, Transient, on_exception};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tonic::codegen::tokio_stream::{self, Stream};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_types::{ErrorDetails, StatusExt};

/// A service that fails as it is told, and then succeeds.
struct Scripted {
    failures: Mutex<VecDeque<Status>>,
    /// Told of each call that is never answered.
    arrived: mpsc::UnboundedSender<()>,
}

type Answers = std::pin::Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for Scripted {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if request.get_ref().service == "slow" {
            _ = self.arrived.send(());
            std::future::pending::<()>().await;
        }
        match self.failures.lock().unwrap().pop_front() {
            Some(status) => Err(status),
            None => Ok(Response::new(HealthCheckResponse { status: 1 })),
        }
    }

    type WatchStream = Answers;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Answers>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::empty())))
    }
}

async fn serve(failures: impl IntoIterator<Item = Status>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let failures = Mutex::new(failures.into_iter().collect());
    let service = HealthServer::new(Scripted { failures, arrived: mpsc::unbounded_channel().0 });
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
    address
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{address}")).unwrap()
}

async fn check(client: &HealthClient<Channel>, service: &str) -> Result<i32, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(client.clone().check(request).await?.into_inner().status)
}

async fn failure(status: Status) -> Status {
    let client = HealthClient::new(endpoint(serve([status]).await).connect_lazy());
    check(&client, "").await.expect_err("it fails")
}

fn with_retry_info(code: Code, delay: Duration) -> Status {
    let mut details = ErrorDetails::with_retry_info(Some(delay));
    details.set_debug_info(["here".to_owned()], "busy");
    Status::with_error_details(code, "busy", details)
}

#[tokio::test]
async fn a_status_arrives_with_its_code_and_its_hint() {
    assert_eq!(failure(Status::unavailable("busy")).await.class(), Class::TRANSIENT);
    assert_eq!(failure(Status::resource_exhausted("quota")).await.class(), Class::RATE_LIMIT);
    assert_eq!(failure(Status::not_found("none")).await.class(), Class::Final);
    assert_eq!(failure(Status::cancelled("by the server")).await.class(), Class::Final);
    let hint = Duration::from_millis(1500);
    let status = failure(with_retry_info(Code::ResourceExhausted, hint)).await;
    assert_eq!(status.class(), Class::RATE_LIMIT.after(Some(hint)));
    let status = failure(with_retry_info(Code::FailedPrecondition, hint)).await;
    assert_eq!(status.class(), Class::TRANSIENT.after(Some(hint)));
}

#[tokio::test]
async fn a_server_may_push_back() {
    let mut status = Status::unavailable("busy");
    status.metadata_mut().insert("grpc-retry-pushback-ms", "1500".parse().unwrap());
    assert_eq!(failure(status.clone()).await.class().retry_after(), Some(Duration::from_millis(1500)));
    status.metadata_mut().insert("grpc-retry-pushback-ms", "-1".parse().unwrap());
    assert_eq!(failure(status).await.class(), Class::Final);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = HealthClient::new(endpoint(address).connect_lazy());
    let status = check(&client, "").await.expect_err("nobody is there");
    assert_eq!(status.class(), Class::TRANSIENT, "{status:?}");
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_middle_is_transient() {
    let (address, is_bound) = oneshot::channel();
    let (arrived, mut has_arrived) = mpsc::unbounded_channel();
    // A server on a thread of its own, whose connections end with it.
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            address.send(listener.local_addr().unwrap()).unwrap();
            let service = HealthServer::new(Scripted { failures: Mutex::default(), arrived });
            tokio::spawn(
                Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)),
            );
            has_arrived.recv().await.unwrap();
        });
    });
    let client = HealthClient::new(endpoint(is_bound.await.unwrap()).connect_lazy());
    let status = check(&client, "slow").await.expect_err("nobody is there any more");
    server.join().unwrap();
    assert_eq!(status.class(), Class::TRANSIENT, "{status:?}");
}

/// As servers close that are restarted. tonic calls the first `Internal`, and the second `Unavailable` or `Unknown`.
#[tokio::test]
async fn a_call_that_the_server_does_not_look_at_any_more_is_transient() {
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    // No stream was looked at (0), and nothing is wrong (`NO_ERROR`).
    const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Of stream 1: `REFUSED_STREAM`.
    const RESET: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
    for frame in [GOAWAY, RESET] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            connection.write_all(SETTINGS).await.unwrap();
            let mut sent = Vec::new();
            // The call: a frame of headers (1) on stream 1.
            while !sent.windows(9).any(|frame| frame[3] == 1 && frame[5..] == [0, 0, 0, 1]) {
                connection.read_buf(&mut sent).await.unwrap();
            }
            connection.write_all(frame).await.unwrap();
            // Until the client hangs up.
            while connection.read_buf(&mut sent).await.is_ok_and(|read| read > 0) {}
        });
        let status =
            check(&HealthClient::new(endpoint(address).connect_lazy()), "").await.expect_err("it fails");
        assert_eq!(status.class(), Class::TRANSIENT, "{status:?}");
        server.abort();
    }
}

#[tokio::test]
async fn a_timeout_of_the_client_is_transient_though_tonic_calls_it_cancelled() {
    let channel = endpoint(serve([]).await).timeout(Duration::from_millis(50)).connect_lazy();
    let status = check(&HealthClient::new(channel), "slow").await.expect_err("it takes too long");
    assert_eq!(status.code(), Code::Cancelled);
    assert_eq!(status.class(), Class::TRANSIENT);
}

#[tokio::test]
async fn a_call_is_made_again_while_its_status_is_transient() {
    #[on_exception(
        constant,
        Transient::is_transient,
        interval = 0,
        max_tries = 9,
        retry_after = |status| status.class().retry_after(),
    )]
    async fn call(client: &HealthClient<Channel>) -> Result<i32, Status> {
        check(client, "").await
    }
    let failures = [
        Status::unavailable("busy"),
        with_retry_info(Code::ResourceExhausted, Duration::from_nanos(1)),
        with_retry_info(Code::Internal, Duration::ZERO),
    ];
    let client = HealthClient::new(endpoint(serve(failures).await).connect_lazy());
    assert_eq!(call(&client).await.unwrap(), 1);
    let client = HealthClient::new(endpoint(serve([Status::not_found("none")]).await).connect_lazy());
    assert_eq!(call(&client).await.unwrap_err().code(), Code::NotFound);
}
