//! Retry a function by annotating it.
//!
//! ```
//! use backoff_runtime::on_exception;
//! use std::io;
//!
//! #[on_exception(expo, io::Error, max_tries = 5)]
//! async fn settings(path: &str) -> io::Result<String> {
//!     std::fs::read_to_string(path)
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { assert!(settings("Cargo.toml").await.is_ok()); }
//! ```
//!
//! A call that fails waits up to 1 s, 2 s, 4 s, 8 s, each time a random part of that (full jitter) so that callers don't
//! come back together, and after the fifth attempt returns the last error. In every other way the function is what it
//! was: what is written wrong in the attribute is one compile error at its place, and until a call has to wait the
//! attribute costs [next to nothing](guide::what_it_costs).
//!
//! - The attributes, each with all its options: [`on_exception`](macro@on_exception) retries on errors,
//!   [`on_predicate`](macro@on_predicate) on values. [`retry`](macro@retry) is another name of `on_exception`.
//! - The same without an attribute, for closures and calls into other crates: [`on_exception()`], [`on_predicate()`].
//! - Wait generators: [`expo`], [`fibo`], [`constant`], [`decay`], [`runtime`], or your own ([`Wait`]).
//! - Jitters: [`full_jitter`], [`equal_jitter`], [`random_jitter`], [`decorrelated_jitter`], [`none`], or a function.
//! - Rate limits: [`Pacer`], shared by all that call the same API; [`RetryBudget`], to spare a server in trouble.
//! - Which failures pass by themselves: [`Transient`](trait@Transient), which can be derived, and is there for errors of other crates.
//! - Ends: [`Stop`] tells calls to stop, [`AttemptTimeout`] is what one returns that took too long.
//! - What handlers are told: [`Details`], why a call gave up: [`GiveUp`], and what comes beside a result: [`Retried`].
//! - A whole program: [`program`] has hooks that hear of all its retries, and a switch that turns them off.
//! - Tests of code that retries: [`testing`].
//! - One policy for many functions: [`Policy`], a value that is a `static`, set at run time, or replaced ([`LivePolicy`]).
//! - Jobs of a queue that come back after a restart, too: [`Policy::next_wait`] is the policy's next wait as a value.
//! - The [`guide`]: from Python, choosing a policy, handlers, testing, sync and async, rate limits, what may be retried,
//!   reqwest, tonic and sqlx, recipes, seen from outside, what it costs.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! | --- | --- | --- |
//! | `macros` | yes | the attributes, and `#[derive(Transient)]` |
//! | `tokio` | yes | waits in async functions |
//! | `tracing` | yes | log lines as structured events, and a span for each attempt (`attempt_span = true`) |
//! | `log` | no | log lines for loggers of the crate `log`, where no subscriber of `tracing` listens |
//! | `metrics` | no | metrics of all retries and of pacers, for the recorder of the crate `metrics` 0.24 that the program installs |
//! | `anyhow` | no | `on_exception(expo, io::Error)` looks inside an `anyhow::Error` |
//! | `eyre` | no | `on_exception(expo, io::Error)` looks inside an `eyre::Report` (eyre 0.6) |
//! | `retry-after` | no | `RetryAfter`, which reads `Retry-After` headers |
//! | `http` | no | `RateLimit::from_headers`, `RetryAfter::from_headers`: what a response says of its server's limits (http 1); [`Transient`](trait@Transient) for its status and for responses |
//! | `reqwest` | no | [`Transient`](trait@Transient) for errors and responses of reqwest 0.13 |
//! | `tonic` | no | [`Transient`](trait@Transient) for the statuses of gRPC (tonic 0.14), with their hints |
//! | `sqlx` | no | [`Transient`](trait@Transient) for errors of databases (sqlx 0.8 and 0.9) |
//! | `serde` | no | a `Policy` is read from TOML, JSON and other formats of `serde` |
//! | `tower` | no | `RetryLayer`, `PacerLayer` for services of tower |
//!
//! With `default-features = false, features = ["macros"]` sync functions work and no async runtime is pulled in.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod budget;
mod call;
mod deadline;
mod details;
mod duration;
pub mod guide;
mod jitter;
mod log;
#[cfg(feature = "metrics")]
pub mod metrics;
mod mode;
mod outcome;
mod pacer;
mod pacers;
mod pacing;
mod policy;
pub mod program;
mod rate_limit;
mod retry;
#[cfg(feature = "retry-after")]
mod retry_after;
mod span;
mod stop;
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;
mod transient;
mod value;
mod wait;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use budget::RetryBudget;
pub use call::{Call, IntoCall, OnException, OnPredicate, Retryable, on_exception, on_predicate};
pub use details::{Details, GiveUp, GivenUp, Retried};
pub use jitter::{
    AnyJitter, ChosenJitter, DecorrelatedJitter, DefaultJitter, IntoJitter, Jitter, NoJitter,
    decorrelated_jitter, equal_jitter, full_jitter, none, random_jitter,
};
pub use log::Level;
pub use outcome::Falsy;
#[cfg(feature = "tokio")]
pub use pacer::WaitForTurn;
#[cfg(feature = "fleet")]
pub use pacer::fleet;
pub use pacer::{Learned, Pacer, PacerState, Place, RateError, Turn};
pub use pacers::Pacers;
pub use pacing::AttemptTimeout;
pub use policy::{EnvError, LivePolicy, NextWait, Paced, Plain, Policy, Snapshot, Timed, Tried};
pub use rate_limit::{QuotaUnit, RateLimit};
#[cfg(feature = "retry-after")]
pub use retry_after::RetryAfter;
pub use stop::Stop;
pub use transient::{Class, Transient};
pub use value::{IntoCost, IntoMaxTime, IntoMaxTries, IntoNumber, IntoSeconds, IntoTrueCost};
pub use wait::{
    AnyWait, Constant, Decay, Expo, Fibo, Interval, IntoInterval, IntoWaitValue, MissingValue, Runtime, Wait,
    Waits, constant, decay, expo, fibo, runtime,
};

#[cfg(feature = "macros")]
pub use backoff_macros::{Transient, on_exception, on_predicate, retry};
