//! With tonic.
//!
//! With the feature `tonic`, [`Transient`](trait@crate::Transient) says which statuses pass by themselves, and reads the server's
//! hint. tonic itself makes no call again, whatever a service's configuration says.
//!
//! ```
//! # mod pb {
//! #     // What `tonic-prost-build` writes.
//! #     #[derive(Clone)]
//! #     pub struct GreeterClient<T>(pub T);
//! #     impl<T> GreeterClient<T> {
//! #         pub async fn say_hello(&mut self, _: impl tonic::IntoRequest<HelloRequest>)
//! #             -> Result<tonic::Response<HelloReply>, tonic::Status> { Err(tonic::Status::unavailable("busy")) }
//! #     }
//! #     pub struct HelloRequest { pub name: String }
//! #     pub struct HelloReply { pub message: String }
//! # }
//! # type Channel = ();
//! use backoff_runtime::retry;
//! use pb::{GreeterClient, HelloRequest};
//! use std::time::Duration;
//! use tonic::{Request, Status};
//!
//! #[retry(expo, transient, max_tries = 5, max_time = 30)]
//! async fn greet(client: &GreeterClient<Channel>, name: &str) -> Result<String, Status> {
//!     let mut request = Request::new(HelloRequest { name: name.to_owned() });
//!     request.set_timeout(Duration::from_secs(5));
//!     // A clone of a client shares its connection.
//!     Ok(client.clone().say_hello(request).await?.into_inner().message)
//! }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() { assert_eq!(greet(&GreeterClient(()), "me").await.unwrap_err().code(), tonic::Code::Unavailable); }
//! ```
//!
//! - **A deadline of its own for each attempt** is `Request::set_timeout`: the server is told, and stops when nobody waits
//!   any more. `Endpoint::timeout` is cut here alone; tonic calls both `Cancelled`, and both are transient.
//! - **A limit of its own**: `ResourceExhausted` is a refusal, so `pacer = ...` is all that is needed.
//! - **A hint** is the `RetryInfo` in the details of the status, or `grpc-retry-pushback-ms` in its metadata. A server that
//!   wants no retry says so by a pushback below zero, and is obeyed.
//! - **Metadata** for all attempts, such as an idempotency key, is an argument: each attempt makes its own request, as its
//!   messages are used up by sending them.
//! - **Requests that stream** are made anew in each attempt, inside the function. Of **responses that stream**, the call has
//!   succeeded when the stream begins: read it inside the function, or go on from the last message that arrived, which only
//!   you can know.
//!
//! # Aborted
//!
//! A server that says `Aborted` wants more to be made again than the call: the reading that came before the writing. So it
//! is final to the call, and transient to the function that does both:
//!
//! ```
//! use backoff_runtime::{Transient, on_exception};
//! use tonic::{Code, Status};
//!
//! # struct Client;
//! # impl Client {
//! #     async fn read(&self) -> Result<(u64, u64), Status> { Ok((1, 2)) }
//! #     async fn write(&self, _: u64, _: u64) -> Result<(), Status> { Ok(()) }
//! # }
//! #[on_exception(expo, |status| status.is_transient() || status.code() == Code::Aborted, max_tries = 5)]
//! async fn add(client: &Client, amount: u64) -> Result<(), Status> {
//!     let (version, balance) = client.read().await?;
//!     client.write(version, balance + amount).await
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { add(&Client, 5).await.unwrap(); }
//! ```
//!
//! # Time
//!
//! A call that may end without a status (`attempt_timeout`, `timeout`, a pacer with `max_time`) needs
//! `on_timeout = |t| Status::deadline_exceeded(t.to_string())`.
//!
//! Of a call that changes something think first: [what may be retried](super::what_may_be_retried).
