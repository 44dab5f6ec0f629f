//! Layers for services of [tower](https://docs.rs/tower): [`RetryLayer`] retries requests, [`PacerLayer`] makes them wait
//! for their turn.
//!
//! They run the same engine by the same policies as the attributes and closures, with the same log lines, observers and
//! off switch.
//!
//! ```
//! use backoff_runtime::tower::{PacerLayer, RetryLayer};
//! use backoff_runtime::{Pacer, Policy};
//! use std::io;
//! use tower::{Service, ServiceBuilder, ServiceExt};
//!
//! static API: Policy = Policy::expo().max_value("30s").max_tries(5);
//! static LIMIT: Pacer = Pacer::per_second(10.0);
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> io::Result<()> {
//! let mut service = ServiceBuilder::new()
//!     .layer(RetryLayer::new(&API).retry_if(|answer: &io::Result<String>| answer.is_err()))
//!     .layer(PacerLayer::new(&LIMIT).throttled(|answer: &io::Result<String>| {
//!         answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::QuotaExceeded)
//!     }))
//!     .service_fn(async |name: String| Ok::<_, io::Error>(format!("hello {name}")));
//!
//! let answer = service.ready().await?.call("world".to_owned()).await?;
//! assert_eq!(answer, "hello world");
//! # Ok(())
//! # }
//! ```
//!
//! The [guide](crate::guide::tower) has a chapter on HTTP and gRPC: which answers are transient, requests that can't be
//! cloned, and the order of layers.

mod answer;
mod classify;
mod future;
mod pacer;
mod request;
mod retry;

pub use self::classify::{By, ByType, Classify, If, Throttled};
pub use self::future::ResponseFuture;
pub use self::pacer::{Pace, PacerLayer, Tells, Told, Untold};
#[cfg(feature = "http")]
pub use self::request::with_body;
pub use self::request::{CloneRequest, Cloned, ClonedBy};
pub use self::retry::{Options, Retry, RetryLayer};
pub use crate::policy::Source;

/// The service that is ready. What stays behind is a clone, which has to become ready.
fn take_ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
