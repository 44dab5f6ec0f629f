//! Services of tower: HTTP clients and servers, and gRPC.
//!
//! The feature `tower` brings two [layers](crate::tower). [`RetryLayer`](crate::tower::RetryLayer) sends a request again
//! while its answer is transient, by the same policies and the same engine as everything else here, so with the same log
//! lines, observers and off switch. [`PacerLayer`](crate::tower::PacerLayer) lets each request wait for its turn.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tower::BoxError> {
//! use backoff_runtime::tower::RetryLayer;
//! use backoff_runtime::{Policy, Timed};
//! use http::{Request, Response};
//! use tower::{BoxError, ServiceBuilder, ServiceExt};
//!
//! static API: Policy<Timed> = Policy::expo().max_value("30s").max_tries(5).attempt_timeout("2s");
//!
//! # let client = tower::service_fn(async |_: Request<String>| Ok::<_, std::io::Error>(Response::new(String::new())));
//! let service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(&API).retry_if(|answer: &Result<Response<_>, BoxError>| match answer {
//!         Ok(response) => response.status().is_server_error(),
//!         Err(_) => true,
//!     }))
//!     .map_err(BoxError::from)
//!     .service(client);
//!
//! let response = service.oneshot(Request::new("hello".to_owned())).await?;
//! assert!(response.status().is_success());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! ```
//!
//! # Which answers are transient
//! A server that is in trouble often says so by a response, which is an `Ok` here: status 503, or 429. So the layer looks at
//! the whole `Result`, and asks both types ([`Transient`](crate::Transient)). Where they say nothing, or something else is
//! meant, there are [`retry_if`](crate::tower::RetryLayer::retry_if), which says yes or no, and
//! [`classify`](crate::tower::RetryLayer::classify), which also says what the limit refused, and when to come back. A
//! `PacerLayer` has `classify`, too, and `throttled`, which says which answers are the limit speaking.
//!
//! A request is sent again only if that is safe: see to it that it is idempotent, or give it an idempotency key before it
//! comes to the layer, so that all its attempts have the same.
//!
//! # Requests that can't be cloned
//! Each attempt but the last keeps a copy of the request for the next one. By default it is a clone, which an
//! `http::Request` has if its body has one. A body that streams has none, and the compiler says so; then
//! [`clone_request`](crate::tower::RetryLayer::clone_request) says how a copy is made, or `None` where a request is to pass
//! once. That is the end of a call that gives up: the line in the log says it, with the reason `giveup`.
//!
//! - *No request has a copy*: `.clone_request(|_| None)`.
//! - *Only those without a body*, as on a server of axum: `with_body` (with the feature `http`, too) makes a copy with another
//!   body:
//!
//!   ```
//!   # #[cfg(all(feature = "tower", feature = "http"))]
//!   # fn main() {
//!   use backoff_runtime::Policy;
//!   use backoff_runtime::tower::{RetryLayer, with_body};
//!   # use http_body::Body as _;
//!   # type Body = http_body_util::Empty<bytes::Bytes>;
//!   # static API: Policy = Policy::expo().max_tries(5);
//!
//!   let layer = RetryLayer::new(&API).clone_request(|request: &http::Request<Body>| {
//!       request.body().is_end_stream().then(|| with_body(request, Body::default()))
//!   });
//!   # let _ = layer;
//!   # }
//!   # #[cfg(not(all(feature = "tower", feature = "http")))]
//!   # fn main() {}
//!   ```
//! - *All, as bodies are small*: collect the body above the layer, and make it what the client takes below it. A message of a
//!   unary call of gRPC is there as a whole before the call begins, so this is how tonic's client is retried, whose
//!   `tonic::body::Body` has no clone:
//!
//!   ```
//!   # #[cfg(feature = "tower")]
//!   # #[tokio::main(flavor = "current_thread")]
//!   # async fn main() -> Result<(), tower::BoxError> {
//!   use backoff_runtime::Policy;
//!   use backoff_runtime::tower::RetryLayer;
//!   use bytes::Bytes;
//!   use http::{Request, Response};
//!   use http_body_util::{BodyExt, Full};
//!   use tower::{BoxError, ServiceBuilder, ServiceExt};
//!
//!   static API: Policy = Policy::expo().max_tries(5);
//!
//!   # type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;
//!   # let boxed = |body: Full<Bytes>| Body::new(body.map_err(BoxError::from));
//!   async fn collected(request: Request<Body>) -> Result<Request<Full<Bytes>>, BoxError> {
//!       let (head, body) = request.into_parts();
//!       Ok(Request::from_parts(head, Full::new(body.collect().await?.to_bytes())))
//!   }
//!
//!   # let channel = tower::service_fn(async |_: Request<Body>| Ok::<_, BoxError>(Response::new(())));
//!   let service = ServiceBuilder::new()
//!       .filter_async(collected)
//!       .layer(RetryLayer::new(&API).retry_if(|answer: &Result<Response<_>, BoxError>| answer.is_err()))
//!       .map_request(move |request: Request<Full<Bytes>>| request.map(boxed))
//!       .service(channel);
//!   # service.oneshot(Request::new(boxed(Full::from("hello")))).await?;
//!   # Ok(())
//!   # }
//!   # #[cfg(not(feature = "tower"))]
//!   # fn main() {}
//!   ```
//!
//!   With tonic, `boxed` is `tonic::body::Body::new`, and the service goes into the generated client: `Client::new(service)`.
//!   What a server refuses at once is in the headers of the answer: `Status::from_header_map(response.headers())`. Calls whose
//!   requests stream go through a client without these layers, as a stream that isn't ended can't be collected.
//!
//! # The order of layers
//! The layer that is named first is the outermost:
//!
//! | outermost to innermost | what it does |
//! | --- | --- |
//! | `TimeoutLayer`, `RetryLayer`, `PacerLayer`, client | each attempt waits for a turn, and the timeout is that of all attempts |
//! | `RetryLayer`, client, with the pacer in the policy | the same, and a request that the limit refused comes back to its old place in the queue; no turn is waited for that can't come before `max_time` |
//! | `PacerLayer`, `RetryLayer`, client | wrong: one turn for all attempts, so retries exceed the limit |
//! | `RetryLayer`, `TimeoutLayer`, client | each attempt has the timeout; so does `attempt_timeout` of a `Policy<Timed>` |
//!
//! Put only one of a pacer in the policy and a `PacerLayer`. `ConcurrencyLimit` and `Buffer` below the layers keep their
//! permits only for the attempts, and their backpressure is told through the layers: a service is ready when what is below
//! is ready.
//!
//! # What it costs
//! One allocation for each request and layer: the response's future is boxed, as the type of the engine's can't be written.
//! It is `Send`, so the service, its requests and its answers have to be. A service is cloned once for each request, as
//! tower's own retry does, and once more for each further attempt, which waits until that clone is ready. An error of readiness then is the answer of the attempt; one that comes before there is
//! a request goes to the caller.
//!
//! # Seen in logs
//! A call has the name of the service's type: `Backing off Channel(...) for 0.9s (...)`. An error is shown by its `Debug`, a
//! response only as one, since headers may hold what is secret; `log_outcome` shows more:
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # fn main() {
//! use backoff_runtime::Policy;
//! use backoff_runtime::tower::RetryLayer;
//! use http::Response;
//!
//! static API: Policy = Policy::expo().max_tries(5);
//!
//! let layer = RetryLayer::new(&API).log_outcome(|answer: &Result<Response<String>, std::io::Error>| match answer {
//!     Ok(response) => response.status().to_string(),
//!     Err(error) => error.to_string(),
//! });
//! # let _ = layer;
//! # }
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! ```
