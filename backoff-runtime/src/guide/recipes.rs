//! Recipes: what is not built in, as it needs nothing that isn't there.
//!
//! # Circuit breaker
//!
//! After some failures in a row no call is made for a while; then one, which decides. It stands *inside* the attempt, so
//! that it sees each one; its refusal is a failure like any other, which comes back when the breaker will be asked again.
//!
//! ```
//! use backoff_runtime::{Transient, retry};
//! use std::sync::Mutex;
//! use std::time::Duration;
//! use tokio::time::Instant;
//!
//! struct Breaker {
//!     failures: u32,
//!     pause: Duration,
//!     state: Mutex<(u32, Option<Instant>)>,
//! }
//!
//! impl Breaker {
//!     const fn new(failures: u32, pause: Duration) -> Self {
//!         Self { failures, pause, state: Mutex::new((0, None)) }
//!     }
//!
//!     async fn call<T, E: Transient>(&self, call: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, Broken<E>> {
//!         {
//!             let (_, open_until) = &mut *self.state.lock().unwrap();
//!             let left = open_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
//!             if left > Duration::ZERO {
//!                 return Err(Broken::Open { left });
//!             }
//!             // The one that decides: until it has, the others find the breaker open.
//!             *open_until = open_until.map(|_| Instant::now() + self.pause);
//!         }
//!         let result = call().await;
//!         let (failed, open_until) = &mut *self.state.lock().unwrap();
//!         match &result {
//!             // A failure that is the caller's own fault says nothing of the server.
//!             Err(error) if error.is_transient() => {
//!                 *failed += 1;
//!                 *open_until = (*failed >= self.failures).then(|| Instant::now() + self.pause);
//!             }
//!             _ => (*failed, *open_until) = (0, None),
//!         }
//!         result.map_err(Broken::Failed)
//!     }
//! }
//!
//! #[derive(Debug, Transient)]
//! enum Broken<E> {
//!     #[transient(retry_after = left)]
//!     Open { left: Duration },
//!     #[transient(source)]
//!     Failed(E),
//! }
//!
//! static STORE: Breaker = Breaker::new(3, Duration::from_secs(30));
//!
//! #[retry(expo, transient, max_tries = 8)]
//! async fn fetch(up: impl Fn() -> bool) -> Result<u32, Broken<std::io::Error>> {
//!     STORE.call(async || if up() { Ok(7) } else { Err(std::io::ErrorKind::ConnectionRefused.into()) }).await
//! }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! # let (start, asked) = (Instant::now(), std::cell::Cell::new(0));
//! # let up = || { asked.set(asked.get() + 1); start.elapsed() > Duration::from_secs(50) };
//! # assert_eq!(fetch(up).await.unwrap(), 7);
//! # assert!(asked.get() < 8, "some attempts met the open breaker, {}", asked.get());
//! # }
//! ```
//!
//! Drop the mark on `Open` to fail at once instead of coming back. A [`RetryBudget`](crate::RetryBudget) does most of what
//! breakers are built for, with less to set: it bounds the retries of all callers together, and lets first attempts pass.
//!
//! # Bulkhead
//!
//! No more calls at once than so many, so that one slow server doesn't take all of a program's connections or memory. A
//! pacer does that by itself, and keeps callers in order; an attempt that waits before its retry holds no place:
//!
//! ```
//! use backoff_runtime::{Pacer, on_exception};
//!
//! static REPORTS: Pacer = Pacer::per(1_000, "1s").max_in_flight(10);
//!
//! #[on_exception(expo, max_tries = 5, pacer = REPORTS)]
//! async fn report(id: u64) -> Result<String, String> {
//!     Ok(format!("report {id}"))
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { report(7).await.unwrap(); }
//! ```
//!
//! Without a limit of time, or to refuse at once who finds it full, a semaphore of tokio's inside the attempt:
//!
//! ```
//! use backoff_runtime::{Transient, retry};
//! use tokio::sync::Semaphore;
//!
//! #[derive(Debug, Transient)]
//! enum Failure {
//!     #[transient]
//!     Full,
//! }
//!
//! static PLACES: Semaphore = Semaphore::const_new(10);
//!
//! #[retry(expo, transient, max_tries = 5)]
//! async fn report(id: u64) -> Result<String, Failure> {
//!     let _place = PLACES.try_acquire().map_err(|_| Failure::Full)?;
//!     Ok(format!("report {id}"))
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { report(7).await.unwrap(); }
//! ```
//!
//! # Hedging
//!
//! A call that takes longer than most gets a second one beside it, and whoever answers first wins; the other is dropped.
//! That is no retry, as nothing has failed: it cuts the long tail of answers, at the price of a few more calls. Only for
//! calls that [may be made twice](super::what_may_be_retried).
//!
//! ```
//! use backoff_runtime::on_exception;
//! use std::time::Duration;
//! use tokio::time::sleep;
//!
//! /// The call, and after `delay` the same once more beside it.
//! async fn hedged<T, E>(delay: Duration, call: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
//!     let first = call();
//!     tokio::pin!(first);
//!     tokio::select! {
//!         // Also if it has failed: then there is a retry, not a hedge.
//!         result = &mut first => return result,
//!         () = sleep(delay) => {}
//!     }
//!     let second = call();
//!     tokio::pin!(second);
//!     tokio::select! {
//!         result = &mut first => if result.is_ok() { result } else { second.await },
//!         result = &mut second => if result.is_ok() { result } else { first.await },
//!     }
//! }
//!
//! #[on_exception(expo, max_tries = 3)]
//! async fn search(words: &str, server: impl AsyncFn(&str) -> Result<usize, String>) -> Result<usize, String> {
//!     // Of a hundred answers ninety-five come within 80 ms.
//!     hedged(Duration::from_millis(80), async || server(words).await).await
//! }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! # let (start, asked) = (tokio::time::Instant::now(), std::cell::Cell::new(0));
//! # let server = async |words: &str| {
//! #     asked.set(asked.get() + 1);
//! #     sleep(if asked.get() == 1 { Duration::from_secs(9) } else { Duration::from_millis(20) }).await;
//! #     Ok(words.len())
//! # };
//! # assert_eq!(search("abc", server).await, Ok(3));
//! # assert_eq!((asked.get(), start.elapsed()), (2, Duration::from_millis(100)));
//! # }
//! ```
//!
//! A pacer stands outside of both calls, and counts one. To count each, put the pacer on the inner function.
