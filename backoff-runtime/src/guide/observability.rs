//! Seen from outside: what an operator sees of all retries of a program, and the switch that turns them off.
//!
//! | to see | there is |
//! | --- | --- |
//! | what one function does | its [handlers and log lines](crate::guide::handlers) |
//! | what all functions do, in code of your own | [hooks of the program](#hooks-of-the-program) |
//! | how much is retried, and how pacers stand | [metrics](#metrics) |
//! | which attempt of a request took so long | [a span for each attempt](#a-span-for-each-attempt) |
//!
//! # Hooks of the program
//!
//! Handlers are named on each function. An [`Observer`](crate::program::Observer) is added once, where the program starts,
//! and hears of all: of annotated functions and closures, in this crate and in others. Add several where several want to
//! hear. Here one keeps what gave up last, for a page on the health of the program:
//!
//! ```
//! use backoff_runtime::on_exception;
//! use backoff_runtime::program::{self, Event, Observer};
//! use std::sync::Mutex;
//!
//! struct Health {
//!     last: Mutex<Option<String>>,
//! }
//!
//! impl Observer for Health {
//!     fn on_giveup(&self, event: &Event<'_>) {
//!         *self.last.lock().unwrap() = Some(event.to_string());
//!     }
//! }
//!
//! static HEALTH: Health = Health { last: Mutex::new(None) };
//! program::observe(&HEALTH);
//!
//! #[on_exception(constant, interval = 0, max_tries = 2)]
//! fn send() -> Result<(), &'static str> {
//!     Err("unreachable")
//! }
//!
//! assert!(send().is_err());
//! let last = HEALTH.last.lock().unwrap();
//! assert_eq!(last.as_deref(), Some("giving up send after 2 tries, max_tries: unreachable"));
//! ```
//!
//! What it sees of an error is what log lines show of it, so `log_outcome` keeps a secret from both. It hears nothing of a
//! call that is cancelled, nor of an error that is not retried.
//!
//! # Metrics
//!
//! The feature `metrics` records to whatever recorder of the crate `metrics` the program installs, one for Prometheus for
//! instance. `backoff_runtime::metrics` has the table of names. In `Cargo.toml`:
//!
//! ```toml
//! backoff-runtime = { version = "0.1", features = ["metrics"] }
//! metrics-exporter-prometheus = { version = "0.18", default-features = false, features = ["http-listener"] }
//! ```
//!
//! and where the program starts:
//!
//! ```
//! # #[cfg(all(feature = "metrics", feature = "tokio"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use backoff_runtime::{Pacer, metrics};
//! use std::time::Duration;
//!
//! static SMS: Pacer = Pacer::per_second(10.0);
//!
//! // PrometheusBuilder::new().with_recommended_naming(true).install()?;
//! metrics::record();
//! metrics::watch_pacer("sms", &SMS);
//! tokio::spawn(metrics::refresh_every(Duration::from_secs(10)));
//! # }
//! # #[cfg(not(all(feature = "metrics", feature = "tokio")))]
//! # fn main() {}
//! ```
//!
//! What to watch, in the names that Prometheus shows:
//!
//! - `rate(backoff_retries_total[5m]) / rate(backoff_attempts_total[5m])`, the part of all attempts that are retries. If it
//!   rises, the server is in trouble; a [`RetryBudget`](crate::RetryBudget) bounds it.
//! - `sum by (code_function_name, backoff_reason) (rate(backoff_giveups_total[5m]))`, what users notice, and why.
//! - `backoff_pacer_queue_length`, by pacer: if it grows without end, more is sent than the limit allows.
//!
//! # A span for each attempt
//!
//! With the feature `tracing`, which is on by default, `attempt_span = true` puts a span `attempt` around each attempt. In a
//! trace the attempts of a call then stand side by side, with the waits as gaps between them. The target is `backoff` and the
//! level `info`. The fields are `target_fn`, `attempt` and, from the second attempt on, `http.request.resend_count`: where the
//! attempt is a request, that is OpenTelemetry's name for how often it has been sent again.
//!
//! ```
//! # #[cfg(all(feature = "macros", feature = "tracing", feature = "tokio"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use backoff_runtime::on_exception;
//!
//! #[on_exception(expo, max_tries = 5, attempt_span = true)]
//! async fn get(url: &str) -> Result<String, String> {
//!     Ok(format!("page {url}"))
//! }
//! # get("/").await.unwrap();
//! # }
//! # #[cfg(not(all(feature = "macros", feature = "tracing", feature = "tokio")))]
//! # fn main() {}
//! ```
//!
//! For a span around the whole call, waits included, put `#[instrument]` above the attribute.
//!
//! # Off switch
//!
//! When a server is down and retries make it worse, an operator may want them off at once, without a new release:
//!
//! ```
//! use backoff_runtime::{GiveUp, Retried, on_exception, program};
//!
//! /// What the operator's command calls.
//! fn set_retries(on: bool) {
//!     if on { program::enable_retries() } else { program::disable_retries() }
//! }
//!
//! #[on_exception(expo, max_tries = 5)]
//! fn send() -> Retried<Result<(), String>> {
//!     Err("down".to_owned())
//! }
//!
//! set_retries(false);
//! assert_eq!(send().reason, Some(GiveUp::SwitchedOff));
//! set_retries(true);
//! ```
//!
//! Each call then makes one attempt and gives up as usual: with its log line, handlers and fallback, counted under the
//! reason `switched_off`. Pacers go on to keep their limits. A call that is in a wait makes the attempt that it waits for, and no
//! other; [`Stop`](crate::Stop) ends waits at once. No variable of the environment turns retries off, so nobody does by
//! mistake; a program that wants one reads it and calls the function.
