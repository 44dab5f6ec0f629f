//! How to use this crate well, in chapters whose every example compiles.
//!
//! 1. [From Python](from_python)
//! 2. [Choosing a policy](choosing_a_policy)
//!    - [One policy, many functions](one_policy)
//! 3. [Handlers and log lines](handlers)
//! 4. [Testing](testing)
//! 5. [Sync and async](sync_and_async)
//! 6. [Rate limits](rate_limits)
//!    - [More than one machine](more_than_one_machine): one limit for many processes
//!    - [Scale](scale): hundreds of processes, many keys, several regions
//! 7. [What may be retried](what_may_be_retried)
//! 8. [Errors of other crates](errors_of_other_crates)
#![cfg_attr(feature = "reqwest", doc = "9. [With reqwest](with_reqwest)")]
#![cfg_attr(not(feature = "reqwest"), doc = "9. With reqwest: is there with the feature `reqwest`")]
#![cfg_attr(feature = "tonic", doc = "10. [With tonic](with_tonic)")]
#![cfg_attr(not(feature = "tonic"), doc = "10. With tonic: is there with the feature `tonic`")]
#![cfg_attr(feature = "sqlx", doc = "11. [With sqlx](with_sqlx)")]
#![cfg_attr(not(feature = "sqlx"), doc = "11. With sqlx: is there with the feature `sqlx`")]
//! 12. [Policies from configuration](configuration)
//! 13. [Services of tower](tower)
//! 14. [Recipes](recipes): circuit breaker, bulkhead, hedging
//! 15. [Seen from outside](observability)
//! 16. [Other queues](other_queues): SQS, MongoDB
//! 17. [What it costs](what_it_costs)

pub mod configuration;
pub mod more_than_one_machine;
pub mod observability;
pub mod other_queues;
pub mod recipes;
pub mod scale;
pub mod tower;
pub mod what_may_be_retried;
#[cfg(feature = "reqwest")]
pub mod with_reqwest;
#[cfg(feature = "sqlx")]
pub mod with_sqlx;
#[cfg(feature = "tonic")]
pub mod with_tonic;

/// From Python's `backoff`.
///
/// Names, defaults and the order of things are those of `backoff` 2.2:
///
/// | Python | Rust |
/// | --- | --- |
/// | `@backoff.on_exception(backoff.expo, RequestException, max_tries=8)` | `#[on_exception(expo, RequestError, max_tries = 8)]` |
/// | `@backoff.on_exception(backoff.expo, (Timeout, ConnectionError))` | `#[on_exception(expo, (Timeout, ConnectionError))]` |
/// | `@backoff.on_predicate(backoff.fibo, lambda x: x == 13)` | `#[on_predicate(fibo, \|x\| *x == 13)]` |
/// | `@backoff.on_predicate(backoff.constant, jitter=None, interval=1)` | `#[on_predicate(constant, jitter = none, interval = 1)]` |
/// | `giveup=lambda e: e.code == 400` | `giveup = \|e\| e.code == 400` |
/// | `backoff.runtime, value=lambda r: int(r.headers["Retry-After"])` | `runtime, value = \|r\| r.retry_after` |
/// | `max_time=lambda: config.max_time` | `max_time = config.max_time`, evaluated once per call |
/// | `on_backoff=[log, count]` | `on_backoff = [log, count]` |
/// | `raise_on_giveup=False` | `raise_on_giveup = false`, or `fallback = \|e\| ...` |
/// | `details["tries"]`, `["elapsed"]`, `["wait"]` | `details.tries`, `.elapsed`, `.wait`, also `.reason`, `.outcome` |
/// | `logger="sms"`, `backoff_log_level=logging.DEBUG` | `logger = "sms"`, `backoff_log_level = debug` |
///
/// ```
/// use backoff_runtime as backoff;
///
/// #[backoff::on_predicate(backoff::expo, max_time = 300)]
/// fn is_ready() -> bool {
///     true
/// }
/// # assert!(is_ready());
/// ```
///
/// What differs, on purpose:
///
/// - The elapsed time is read after the attempt, so `max_time` means what it says, also when attempts take long.
/// - A jittered wait that doesn't fit into `max_time` is not cut to what is left but drawn anew from it; else all
///   callers that began together would wake together, at `max_time`. `max_time` is thus at most: a call may give up
///   before it.
/// - What the server said is never shortened: `runtime` isn't jittered unless it is asked for, and then jitter adds to the
///   wait. A wait by `runtime` that doesn't fit into `max_time` gives up at once.
/// - Giving up is one path, whatever the reason, and the reason is told: [`GiveUp`](crate::GiveUp).
/// - `max_tries = 0` is refused: it counts the first attempt.
/// - A generator is made afresh for each call, also one of your own.
/// - What is wrong in the attribute is an error when the program is compiled, not when the function first fails.
pub mod from_python {}

/// Choosing a policy.
///
/// **Always bound it.** `max_tries` or `max_time`, or both: a call without either retries until it succeeds.
///
/// **Leave the jitter on.** Of callers that fail together, full jitter spreads the next attempts over the whole wait;
/// without it they come back together, and are refused together.
///
/// **Cap the waits** of `expo` where a call may be tried for long: the tenth wait is over eight minutes.
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[on_exception(expo, max_value = "30s", max_time = "10m")]
/// fn import() -> Result<(), String> {
///     Ok(())
/// }
/// # import().unwrap();
/// ```
///
/// **Give up on what will not get better.** A refused password is refused again. Name the errors that pass, or say
/// which don't:
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[derive(Debug)]
/// enum ApiError {
///     Status(u16),
///     Timeout,
/// }
///
/// #[on_exception(expo, matches!(ApiError::Timeout | ApiError::Status(429 | 500..)), max_tries = 6)]
/// async fn fetch() -> Result<String, ApiError> {
///     # if false { return Err(ApiError::Status(404)); }
///     Ok("page".to_owned())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { fetch().await.unwrap(); }
/// ```
///
/// Or let the error's type say it, once for all functions that return it: [`Transient`](trait@crate::Transient) can be derived,
/// and is there for the errors of other crates.
///
/// ```
/// use backoff_runtime::{Transient, retry};
/// use std::io;
///
/// #[derive(Debug, Transient)]
/// enum ApiError {
///     #[transient(source)]
///     Io(io::Error),
///     #[transient(rate_limit)]
///     TooMany,
///     Refused,
/// }
///
/// #[retry(expo, transient, max_tries = 6)]
/// async fn fetch() -> Result<String, ApiError> {
///     # if false { return Err(ApiError::Refused); }
///     Ok("page".to_owned())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { fetch().await.unwrap(); }
/// ```
///
/// Whether it may be called again at all is [another question](what_may_be_retried).
///
/// **Obey the server.** When it says how long to wait, `runtime` does so, to the nanosecond:
///
/// ```
/// use backoff_runtime::on_exception;
/// use std::time::Duration;
///
/// struct Throttled {
///     retry_after: Option<Duration>,
/// }
///
/// #[on_exception(runtime, value = |e| e.retry_after.unwrap_or(Duration::from_secs(1)), max_tries = 10)]
/// fn post() -> Result<(), Throttled> {
///     # if false { return Err(Throttled { retry_after: None }); }
///     Ok(())
/// }
/// # assert!(post().is_ok());
/// ```
///
/// `retry_after` does so, too, and goes on by the generator where there is no hint. Its wait is the hint and a jittered
/// share of the generator's, so that callers who were told the same don't come back in the same instant.
///
/// **Bound the time** of a call as a whole by `timeout`, and of each attempt by `attempt_timeout`: `max_time` alone cuts
/// no attempt that hangs. `max_time` is for calls whose last attempt may take as long as it takes.
///
/// **Let it be stopped** where waits are long: `stop = STOP`, with `static STOP: Stop = Stop::new();`, and `STOP.stop()`
/// when the program is to end.
///
/// **Different failures, different strategies**: one `on(...)` for each, in one attribute. Each counts its own failures, and
/// the limits, handlers and time of the call are said once:
///
/// ```
/// use backoff_runtime::retry;
///
/// #[derive(Debug)]
/// enum ApiError {
///     Status(u16),
///     NoConnection,
/// }
///
/// #[retry(
///     on(expo, matches!(ApiError::Status(500..)), max_tries = 4),
///     on(fibo, matches!(ApiError::NoConnection), max_value = 30),
///     max_time = 300,
/// )]
/// async fn fetch() -> Result<String, ApiError> {
///     # if false { return Err(ApiError::Status(404)); }
///     Ok("page".to_owned())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { fetch().await.unwrap(); }
/// ```
///
/// Of stacked attributes the top one is the outer loop. Each of its attempts runs the inner one whole, so keep the inner
/// limits low.
///
/// | generator | use it for |
/// | --- | --- |
/// | `expo` | services that are overloaded: it backs off fastest |
/// | `fibo` | broken connections: it grows more gently |
/// | `constant` | polling something that takes about as long each time |
/// | `decay` | polling something that is more likely to be ready the longer one waits |
/// | `runtime` | servers that say when to come back |
pub mod choosing_a_policy {}

pub mod one_policy;

/// Handlers and log lines.
///
/// A handler is a function of [`&Details`](crate::Details); a list of them is called in order. Closures see the
/// function's arguments; a generic function serves many:
///
/// ```
/// use backoff_runtime::{Details, on_exception};
/// use std::cell::Cell;
/// use std::fmt::Debug;
///
/// fn note<E: Debug>(details: &Details<'_, E>) {
///     println!("{}: attempt {} failed with {:?}", details.target, details.tries, details.outcome);
/// }
///
/// #[on_exception(
///     constant, interval = 0, max_tries = 3,
///     on_backoff = [note, |_| retries.set(retries.get() + 1)],
///     on_giveup = |details| println!("gave up: {}", details.reason.unwrap()),
/// )]
/// fn flaky(retries: &Cell<u32>) -> Result<(), &'static str> {
///     Err("no")
/// }
///
/// let retries = Cell::new(0);
/// assert!(flaky(&retries).is_err());
/// assert_eq!(retries.get(), 2);
/// ```
///
/// | handler | called | `outcome` |
/// | --- | --- | --- |
/// | `on_try` | before each attempt | `()` |
/// | `on_success` | when an attempt succeeded | the value; of an `Ok(T)`, the `T` |
/// | `on_backoff` | when one failed and there will be another, before the wait | the value or error that failed |
/// | `on_giveup` | when one failed and there will be no other | the value or error that failed |
///
/// An error that is not to be retried raises no event. On an async function a handler may be async. As a path
/// (`on_giveup = ring`) it is then awaited with the outcome in hand, which has to be `Sync` for the function's future to
/// be `Send`; of a closure (`|d| ring_later(d)`, or `async |d| ...`) the attribute sees whether it is async.
///
/// # Log lines
///
/// Each back-off and give-up is also a `tracing` event, before the handlers: target `backoff` unless `logger` says
/// otherwise, message as Python's (`Backing off flaky(...) for 0.9s (no)`), fields `target_fn`, `tries`, `elapsed`,
/// `wait` (both in seconds) and `reason`. Waits below a tenth of a second are shown as they are: `for 0.02s`. Arguments
/// are never logged: to know which of many calls a line is about, put them into a span, for instance by `#[instrument]`
/// above the attribute.
///
/// | outcome | shown |
/// | --- | --- |
/// | an error, or a pointer to one (`Box<dyn Error>`, `anyhow::Error`) | its text and that of each `source`: `cannot send: no connection: refused`; a source whose text they end with already is left out |
/// | another type with `Display` | its text |
/// | a type with `Debug` alone | its `Debug` form |
/// | any other type | nothing |
///
/// Of a closure ([`on_exception()`](crate::on_exception())) it is the `Debug` form, as its type is not known to the
/// attribute; `.log_outcome(...)` shows something else, and is needed where there is no `Debug`.
///
/// A line shows at most 200 characters of it, then `...`; more is not even formatted. Newlines, escape sequences and other
/// characters that break or reorder a line are escaped (`\n`), so that what a server answers cannot forge a line.
///
/// **What is secret stays out** by `log_outcome`: `none` for no outcome at all, or a function that makes what is shown
/// instead. It is called only if somebody listens.
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[derive(Debug)]
/// struct Rejected {
///     code: u16,
///     request: String,
/// }
///
/// #[on_exception(constant, interval = 0, max_tries = 3, log_outcome = |e| format!("code {}", e.code))]
/// fn order(card: &str) -> Result<(), Rejected> {
///     Err(Rejected { code: 402, request: format!("card={card}") })
/// }
///
/// #[on_exception(constant, interval = 0, max_tries = 3, log_outcome = none)]
/// fn refund(card: &str) -> Result<(), Rejected> {
///     order(card)
/// }
/// # assert_eq!(refund("1").unwrap_err().request, "card=1");
/// ```
///
/// **Loggers of the crate `log`**, such as `env_logger`, get the same lines with the feature `log`:
///
/// ```toml
/// backoff-runtime = { version = "0.1", features = ["log"] }
/// ```
///
/// A record has the level, the target and the message; the other fields are for subscribers of `tracing`. It is written
/// only where no subscriber listens, so a program that uses both sees no line twice, whether its subscriber wants the line
/// or not. The features `log` and `log-always` of `tracing` itself don't bring these lines. Without `tracing` it is
/// `default-features = false, features = ["macros", "log"]`, and `tokio` for async functions.
///
/// ```
/// # #[cfg(feature = "log")]
/// # fn main() {
/// use backoff_runtime::on_exception;
/// use std::sync::Mutex;
///
/// struct Lines(Mutex<Vec<String>>);
///
/// impl log::Log for Lines {
///     fn enabled(&self, _: &log::Metadata) -> bool {
///         true
///     }
///     fn log(&self, record: &log::Record) {
///         self.0.lock().unwrap().push(format!("{} {}: {}", record.level(), record.target(), record.args()));
///     }
///     fn flush(&self) {}
/// }
///
/// static LINES: Lines = Lines(Mutex::new(Vec::new()));
/// log::set_logger(&LINES).unwrap();
/// log::set_max_level(log::LevelFilter::Info);
///
/// #[on_exception(constant, interval = 0.02, jitter = none, max_tries = 2)]
/// fn flaky() -> Result<(), &'static str> {
///     Err("no")
/// }
///
/// assert!(flaky().is_err());
/// assert_eq!(
///     *LINES.0.lock().unwrap(),
///     [
///         "INFO backoff: Backing off flaky(...) for 0.02s (no)",
///         "ERROR backoff: Giving up flaky(...) after 2 tries (no)",
///     ]
/// );
/// # }
/// # #[cfg(not(feature = "log"))]
/// # fn main() {}
/// ```
pub mod handlers {}

/// Testing code that retries.
///
/// Under tokio's paused clock every wait is instant, and limits of time hold:
///
/// ```
/// use backoff_runtime::on_predicate;
/// use std::time::Duration;
///
/// #[on_predicate(constant, interval = 60, jitter = none, max_time = "1h")]
/// async fn is_ready() -> bool {
///     false
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// // #[tokio::test(start_paused = true)]
/// let start = tokio::time::Instant::now();
/// assert!(!is_ready().await);
/// assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// # }
/// ```
///
/// For sync functions, and to cap tries or repeat the same jitter, there is [`testing::Scope`](crate::testing::Scope);
/// the annotated function needs no change:
///
/// ```
/// use backoff_runtime::{on_exception, testing::Scope};
/// use std::time::Duration;
///
/// #[on_exception(fibo, jitter = none, max_tries = 5)]
/// fn connect() -> Result<(), String> {
///     Err("refused".to_owned())
/// }
///
/// let scope = Scope::new().without_waits();
/// assert!(scope.run(connect).is_err());
/// assert_eq!(scope.elapsed(), Duration::from_secs(1 + 1 + 2 + 3));
/// ```
///
/// Calls that run at once in a scope don't see each other's waits. It holds on the thread or in the future that entered
/// it; threads and tasks that the tested code starts by itself are reached through the whole process. Tests that do that,
/// and all that retry beside them, take turns:
///
/// ```
/// use backoff_runtime::{Pacer, on_exception, testing::Scope};
/// use std::thread;
///
/// static MAIL: Pacer = Pacer::per_second(1.0);
///
/// #[on_exception(expo, max_tries = 8, pacer = MAIL)]
/// fn send() -> Result<(), String> {
///     Err("refused".to_owned())
/// }
///
/// fn send_in_the_background() -> thread::JoinHandle<Result<(), String>> {
///     thread::spawn(send)
/// }
///
/// // What a test before it left in the pacer is forgotten.
/// let scope = Scope::new().without_waits().reset(&MAIL);
/// let _everywhere = scope.everywhere_blocking();
/// assert!(send_in_the_background().join().unwrap().is_err());
/// ```
pub mod testing {}

/// Sync and async.
///
/// An `async fn` waits on tokio's timer, a `fn` by blocking its thread; a limit of time runs on the clock of the wait. A
/// wait of zero makes no timer, but gives other tasks a turn. A function that returns a future and ends with its async
/// block (`async move { ... }`, `Box::pin(async move { ... })`, as `#[async_trait]` makes them) is async.
///
/// Each attempt sees the original arguments. They are lent to it, not moved: a body that consumes one is told by the
/// compiler to clone it. A `mut` argument starts every attempt from what was passed, and has to be `Copy` for that; what
/// is behind a `&mut` stays changed, as it is not the function's own.
///
/// Dropping the future ends everything, in the middle of an attempt or of a wait: no event, and no task left behind. A
/// panic goes through.
///
/// The future is `Send` when the plain function's would be, with these exceptions: a by-value argument that is `Send`
/// but not `Sync` and is used across an `.await` (take it by `&mut`); a handler or `giveup` that is given as a path, with
/// an outcome that isn't `Sync` (write a closure around it).
///
/// A `self: Pin<&mut Self>` is used up by methods such as `self.get_mut()`: take `mut self: Pin<&mut Self>` and write
/// `self.as_mut().get_mut()`, as each attempt needs it anew.
pub mod sync_and_async {}

/// Rate limits: as close as possible, without exceeding them.
///
/// No backoff of single calls can do that, for each knows only its own failures. Let all functions that call the same
/// API with the same account name one [`Pacer`](crate::Pacer). It stands in front of every attempt, first ones included,
/// keeps callers in order, and lets one go whenever the limit has room for it.
///
/// ```
/// use backoff_runtime::{Pacer, on_exception};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Refused {
///     status: u16,
///     retry_after: Option<Duration>,
/// }
///
/// /// The limit of our account, which nobody told us.
/// static ACCOUNT: Pacer = Pacer::adaptive();
///
/// #[on_exception(
///     expo, max_tries = 10,
///     pacer = ACCOUNT, throttled = |e| e.status == 429, retry_after = |e| e.retry_after,
/// )]
/// async fn send(text: &str) -> Result<(), Refused> {
///     # if text.is_empty() { return Err(Refused { status: 429, retry_after: None }); }
///     Ok(())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { send("hello").await.unwrap(); }
/// ```
///
/// - `throttled` says which failures are the limit speaking. Such an attempt asks no wait generator: it goes back to its
///   place in the queue, ahead of all who came after it. Without `throttled`, those are the failures in which
///   `retry_after` finds a hint. Other failures back off by the generator, and then pass the pacer, too; they don't slow
///   it. An adaptive pacer needs one of the two: as a `static` that is named without them, it is a compile error.
/// - `retry_after` hands over the server's hint. It also works without a pacer: the wait is the hint and a jittered share
///   of the generator's. A hint beyond what is left of `max_time`, or beyond an hour, gives up at once, with the reason
///   [`RetryAfter`](crate::GiveUp::RetryAfter). With the feature `retry-after`, `RetryAfter::parse` reads the header in all
///   the forms that servers send; with `http`, `RetryAfter::from_headers` finds it in a response.
/// - `limit` hands over what the server says of its limits, on accepted calls as well: how much remains, and when there is
///   more. Then no call is refused at all. With the feature `http`, `RateLimit::from_headers` reads it:
///   `limit = |outcome| outcome.as_ref().map(|response| RateLimit::from_headers(response.headers())).unwrap_or_default()`.
/// - A limit that is known is better told: `Pacer::per_second(10.0)` refuses itself what the server would refuse, and so do
///   `Pacer::per(100, "1m")`, several limits at once (`Pacer::per(10, "1s").and_per(5000, "1d")`), and a bound on calls in
///   flight (`max_in_flight`).
/// - `cost` is what a call takes from the limits, if that is not 1, and `settle` what it truly cost.
/// - [`Pacers`](crate::Pacers) has a pacer for each key: host, tenant, model.
/// - Many processes share a pacer by one line more: [More than one machine](more_than_one_machine).
/// - `max_time` counts the time in the queue. Who gets no turn in time gives up without calling.
/// - A caller that is not polled (a future that is kept in `select!`, or that `buffer_unordered` does not poll while its
///   consumer awaits) holds up nobody: its turn goes to the next.
///
/// Measured on simulated servers, as ratios to the physical limit (one call per message; the time that the limit allows),
/// with the adaptive pacer: 1.00 to 1.02 of the calls, and 1.01 to 1.14 of the time; the fewer calls fit into the time
/// that one takes, the harder it is. Exponential backoff with full jitter takes about ten times the calls and six times
/// the time on the first of these servers. `cargo run --release -p backoff-tests --example pacer_table` prints the table.
///
/// A [`RetryBudget`](crate::RetryBudget) is something else: it spares a server in trouble by dropping work. Callers that
/// share one (`budget = BUDGET`) make at most a fifth of their calls, and ten a second, again; beyond that they give up
/// with the reason [`Budget`](crate::GiveUp::Budget).
pub mod rate_limits {}

/// Errors of other crates, where a call may end without an outcome of its own.
///
/// With `attempt_timeout` or `timeout`, and with a `pacer` beside `max_time`, `timeout` or `stop`, a call may have no
/// error to return but that it took too long. A type of your own says so by `From<AttemptTimeout>`, as `io::Error`,
/// `String`, `Box<dyn Error>`, `anyhow::Error` and `eyre::Report` do. For any other, `on_timeout` makes the error:
///
/// | error | `on_timeout` |
/// | --- | --- |
/// | `sqlx::Error` | `\|_\| sqlx::Error::PoolTimedOut` |
/// | `tonic::Status` | `\|t\| tonic::Status::deadline_exceeded(t.to_string())` |
/// | `reqwest::Error` | its type has no constructor. Bound each request by reqwest itself (`ClientBuilder::timeout`), return an error of your own, or take the error of a request that cannot be built: `\|_\| client.get("no answer").build().unwrap_err()` |
/// | a value, under `on_predicate` | `\|_\| Status::Unknown`, where the type has no falsy value |
///
/// A pacer alone asks for nothing: without a limit of time there is always a turn.
///
/// ```
/// use backoff_runtime::{Pacer, on_exception};
///
/// # mod other { #[derive(Debug)] pub struct Error; pub async fn get(_: &str) -> Result<String, Error> { Ok("page".into()) } }
/// static ACCOUNT: Pacer = Pacer::per_second(5.0);
///
/// #[on_exception(expo, max_tries = 5, pacer = ACCOUNT)]
/// async fn get(url: &str) -> Result<String, other::Error> {
///     other::get(url).await
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { get("/").await.unwrap(); }
/// ```
pub mod errors_of_other_crates {}

/// What it costs: nothing worth measuring until a call has to wait, and then about what the wait is worth.
///
/// **A call whose first attempt succeeds** pays for two loads and their comparisons, which ask whether anybody
/// [observes the program](crate::program) or listens to log lines: a dozen instructions more than the best loop by hand. It allocates nothing, and reads the clock only if something needs the time: `max_time`, a
/// handler, an observer, or a listener to log lines. Its future is half as large as the loop's, as the timer is made when it
/// is needed.
///
/// **A wait** allocates that timer, 96 bytes, and frees it. Of many tasks that sleep each takes 96 bytes more of the heap
/// than the loop's; in memory it is the same 456, as both fit in the same block of tokio's. A million of them wait on
/// one runtime, and wake at two millions a second.
///
/// **A body** that is one expression over borrowed arguments or numbers, without `?`, `return` or a macro, is put into
/// the loop as it is; any other is a future of its own, as it is in the loop by hand, and takes 16 bytes and 4
/// instructions more.
///
/// **The closure form** carries its options, and is compiled for each closure: it is to the attribute as 112 instructions
/// to 77, and 96 bytes to 64. Where calls are many, or functions, use the attribute.
///
/// **A [`Policy`](crate::Policy)** is known only at run time, so a function that names one keeps a place for what it may say:
/// its future takes 208 bytes around one of 16, and with a `Policy<Timed>` 448. A first success allocates nothing.
/// [`LivePolicy`](crate::LivePolicy) costs a read lock and a reference count for each call.
///
/// Lower is better, but where it says otherwise:
///
/// | | plain call | loop | attribute | function | backon | backon-macros | tokio-retry | tokio-retry2 | tryhard | tower | backoff | mulligan |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | async, first attempt succeeds, `max_tries`: instructions | 51 | 64 | 77 | 112 | 168 | 278 | 70 | 140 | 119 | 208 | 209 | 138 |
/// | ... with `logger = none` | - | 64 | 73 | 112 | - | - | - | - | - | - | - | - |
/// | ... with `max_time` | - | 110 | 122 | 164 | 169 | 279 | - | - | - | - | 170 | - |
/// | ... with a handler of back-offs | - | 112 | 129 | 163 | 201 | 275 | - | 140 | 121 | - | 168 | 147 |
/// | sync, first attempt succeeds: instructions | 16 | 24 | 49 | 66 | 109 | 109 | - | - | - | - | 108 | 80 |
/// | three failures without a wait, then success: instructions | - | 235 | 1214 | 1326 | 524 | 676 | - | - | - | 397 | 251 | - |
/// | ten jittered exponential waits: instructions | - | 1056 | 1264 | 1264 | 1880 | - | 1691 | 1795 | - | 4461 | 3064 | - |
/// | future around one of 16 bytes: bytes | 32 | 120 | 64 | 96 | 248 | 272 | 160 | 208 | 152 | 184 | 248 | 320 |
/// | first attempt succeeds: allocations | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
/// | 100,000 sleeping tasks: heap bytes of each | 266 | 266 | 362 | 490 | 394 | 394 | 266 | 394 | 266 | 266 | 266 | - |
/// | 1,000,000 sleeping tasks: heap bytes of each | 264 | 264 | 360 | 488 | 392 | 392 | 264 | 392 | 264 | 264 | 264 | - |
/// | ... resident bytes of each | 456 | 456 | 456 | 583 | 583 | 583 | 456 | 583 | 456 | 456 | 456 | - |
/// | ... woken and ended: millions per second of CPU (more is better) | 3.29 | 3.23 | 2.06 | 1.54 | 1.99 | 2.11 | 3.25 | 2.20 | 3.18 | 2.97 | 3.12 | - |
/// | `cargo check` of 200 functions: seconds of CPU | 1.00 | 1.50 | 1.94 | 2.18 | 1.86 | 1.86 | 1.73 | 1.99 | 1.85 | 2.14 | 2.15 | 1.80 |
/// | ... after an edit | 0.24 | 0.29 | 0.45 | 0.39 | 0.37 | 0.37 | 0.36 | 0.44 | 0.38 | 0.38 | 0.41 | 0.40 |
/// | release text of 200 functions: kB | 571 | 837 | 838 | 1286 | 906 | 906 | 837 | 915 | 829 | 958 | 917 | 1034 |
/// | crates in the tree | 2 | 3 | 13 | 13 | 4 | 9 | 10 | 17 | 8 | 10 | 13 | 11 |
/// | clean build of dependencies: seconds of CPU | 1.62 | 1.70 | 9.07 | 8.87 | 1.92 | 5.44 | 3.67 | 10.67 | 5.96 | 3.47 | 6.79 | 6.81 |
/// | ... beside tokio's own | 0.00 | 0.08 | 7.44 | 7.25 | 0.30 | 3.82 | 2.05 | 9.05 | 4.34 | 1.84 | 5.17 | 5.18 |
///
/// `-`: it has no such thing, or makes a timer for a wait of zero, too; backon-macros has backon's waits. backoff has no
/// maximum of tries, so its calls have none; tryhard has no jitter. The futures make one 8-byte argument into an attempt
/// of 16 bytes.
///
/// # Where others are cheaper, and why
///
/// - *Failures that wait for no time* take five times the loop's instructions, some 380 each. All functions share one
///   judgement, which asks what a loop leaves out (the time, the test's rules, the log), instead of a copy for each; that
///   keeps the code small. Beside a wait it is nothing: the timer alone takes as many.
/// - *Jittered waits* take a fifth more than the loop's with `fastrand`: tests may seed them, and waits may be bounded.
/// - *`cargo check`* takes 12 to 29 % longer than with a loop or with tokio-retry, of 200 functions 0.2 to 0.4 s: a
///   function is checked with the loop in it, which lets it borrow and be `Send` as the plain one, and a twentieth of
///   the time is the attribute itself.
/// - *The release code* is as long as the loop's, and a hundredth longer than tryhard's, which has no jitter and no
///   limit of time.
/// - *Dependencies*: an attribute needs a parser of Rust. Of the 7.4 s beside tokio's own, syn takes 2.3, backoff-macros
///   1.5, backoff-runtime 1.5, proc-macro2 0.7, tracing with tracing-core and `once_cell` 0.6, quote 0.3, rand with
///   `rand_core` 0.3, unicode-ident and pin-project-lite less than 0.1. A program that has `tokio::main` has syn,
///   proc-macro2 and quote already. With fewer features there is less: `tokio` alone makes 5 crates of the 13 (the
///   closure form), `macros` and `tokio` 10 (no log lines), `macros` 8 (sync functions).
/// - *420 bytes of memory for a sleeping task* can't be had: a task of tokio's that does nothing but sleep takes 456.
///
/// # A turn
///
/// 64 tasks share a rate that was told, each calling again and again: how well it is kept in real time, as a ratio, and
/// the processor time of a call, beside `until_ready` of governor 0.10 with a burst of one (medians of three runs of 4 s):
///
/// | calls a second | `Pacer` keeps | governor keeps | `Pacer`, µs a call | governor, µs a call |
/// | ---: | ---: | ---: | ---: | ---: |
/// | 100 | 0.997 | 0.977 | 152 | 148 |
/// | 1,000 | 0.997 | 0.850 | 34 | 101 |
/// | 10,000 | 1.000 | 0.445 | 7.4 | 85 |
/// | 100,000 | 0.998 | 0.505 | 3.0 | 27 |
///
/// At 100 calls a second nearly all of it is the system waking the thread. (`cargo run --release --manifest-path
/// benches/Cargo.toml -- pacing`)
///
/// # Features
///
/// The default features are 13 crates. What each of the others adds to them, also where the program has the crate of that
/// name already, as one with use for the feature does; and how much longer a cold build takes:
///
/// | feature | crates | ... beside its own crate | seconds of CPU |
/// | --- | ---: | ---: | ---: |
/// | default | 13 | | 18.9 |
/// | `log` | +1 | 0 | +0.9 |
/// | `anyhow` | +1 | 0 | +1.2 |
/// | `eyre` | +2 | 0 | +1.7 |
/// | `retry-after` | +1 | | 0 |
/// | `serde` | +2 | 0 | +3.4 |
/// | `metrics` | +3 | 0 | +0.1 |
/// | `tower` | +2 | 0 | +0.4 |
/// | `http` | +4 | +1 | +4.0 |
/// | `tonic` | +21 | +1 | +11 |
/// | `reqwest` | +59 | +1 | +35 |
/// | `sqlx` | +73 | 0 | +45 |
///
/// Crates: `cargo tree -e normal --prefix none`, each counted once. Seconds: `cargo build -j2 --features ...` without a target
/// directory, once each, on a 2-core machine that had other work, too, so that only large differences mean anything; those of `serde`, `metrics` and
/// `tower` on a quieter one, where the default features took 13.8. `http`,
/// `reqwest` and `tonic` (with its transport) add `httpdate`, which has no dependencies.
///
/// # How it was measured
///
/// ```sh
/// cargo run --release --manifest-path benches/Cargo.toml
/// ```
///
/// measures all in one run of 17 minutes and prints the table, each figure with its ratio to the loop's; the above is its
/// output on a shared 2-core machine (rustc 1.95, Linux, x86-64, November 2026), where the instructions, and the code of
/// the closure form, are of a later run. Each figure is the median of three runs. Instructions are counted by callgrind,
/// as the difference between many calls and few, with the poll out of line as it is in a spawned task; sizes and allocations are exact; tasks are counted by the allocator and the system;
/// builds in seconds of CPU. The work is the same for all: `benches/src/contestants` has one file for each, and one more
/// file is one more contestant. With `calls`, `tasks`, `builds` or `picture` behind `--` it measures a part. The picture,
/// how the cost of waiting grows from a thousand tasks to a million, is `docs/images/cost.png`.
///
/// The instructions of a first success and the sizes of futures are asserted by a test (`tests/tests/cost.rs`), with a
/// margin.
pub mod what_it_costs {}
