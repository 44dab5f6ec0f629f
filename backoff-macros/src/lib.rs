//! The attributes of [`backoff-runtime`](https://docs.rs/backoff-runtime); use them from there.
//!
//! Parse (`options`, `item`), then the rules (`plan`), then the expansion (`expand`). There is no retry logic here: the
//! expansion is a loop around calls into the runtime, which has all behaviour.

mod borrows;
mod document;
mod error;
mod expand;
mod item;
mod literal;
mod options;
mod output;
mod plan;
mod printed;
mod site;
mod stack;
mod transient;

use proc_macro::TokenStream;

use crate::plan::Attribute;

/// Retries a function while a predicate holds of the value that it returns.
///
/// ```
/// use backoff_runtime::on_predicate;
/// # mod server { pub async fn status() -> &'static str { "ready" } }
///
/// #[on_predicate(expo, max_time = 300)]
/// async fn is_ready() -> bool {
///     server::status().await == "ready"
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { assert!(is_ready().await); }
/// ```
///
/// ```text
/// #[on_predicate(WAIT, PREDICATE?, option = value, ...)]
/// ```
///
/// PREDICATE says of which values the function is retried:
///
/// | written | retried are |
/// | --- | --- |
/// | nothing | falsy values: `false`, `None`, zero, `()`, the empty string or collection (the trait `Falsy`) |
/// | `\|value\| value.is_pending()`, `is_pending` | values of which this holds; it is given a reference |
/// | `matches!(Status::Pending \| Status::Queued if late)` | values that match the pattern |
/// | `transient` | values that are transient, as their type says by the trait `Transient` |
///
/// WAIT, the options and several strategies in `on(...)` are those of [`on_exception`](macro@on_exception), without `giveup`, `raise_on_giveup` and
/// `fallback`, which are about errors. When the call gives up, it returns the last value.
#[proc_macro_attribute]
pub fn on_predicate(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(Attribute::OnPredicate, arguments.into(), item.into()).into()
}

/// Retries a function while it returns an `Err`.
///
/// ```
/// use backoff_runtime::on_exception;
/// use std::io;
///
/// #[on_exception(expo, io::Error, max_tries = 5, giveup = |e| e.kind() == io::ErrorKind::NotFound)]
/// fn settings(path: &str) -> io::Result<String> {
///     std::fs::read_to_string(path)
/// }
/// assert!(settings("Cargo.toml").is_ok());
/// ```
///
/// ```text
/// #[on_exception(WAIT, EXCEPTION?, option = value, ...)]
/// ```
///
/// It stands on `async fn` and on `fn`, on free functions and on methods, and on functions that return a future which
/// they end with (`async move { ... }`, `Box::pin(async move { ... })`), as `#[async_trait]` leaves them behind, also where
/// its type is an alias or `Self::Future`. In every other way the function stays what it was. Of stacked attributes the top one is the outer loop.
///
/// # WAIT
///
/// A generator by name, which needs no import, or an expression that makes one: an `Iterator<Item = Duration>`, or a
/// type that implements the trait `Wait` and so hears each outcome.
///
/// | generator | waits, in seconds | options and defaults |
/// | --- | --- | --- |
/// | `expo` | `factor * base^n` for n = 0, 1, ... | `base = 2`, `factor = 1`, `max_value` |
/// | `fibo` | 1, 1, 2, 3, 5, 8, ... | `max_value` |
/// | `constant` | the interval for ever, or each item of a sequence and then no more | `interval = 1`, or `interval = [1, 2, 5]` |
/// | `decay` | `initial_value * e^(-n * decay_factor)` | `initial_value = 1`, `decay_factor = 1`, `min_value` |
/// | `runtime` | what `value` returns for the outcome: seconds, a `Duration`, a `RetryAfter`, or an `Option`, whose `None` gives up | `value = \|outcome\| ...` |
///
/// Or a policy, which many functions share: a `static` in upper case, or a reference such as `&self.policy`, of which the
/// call keeps a copy. What stands in the attribute overrides it; `none` overrides with nothing. Such a function's future
/// is larger than one whose options are all in its attribute: what the policy says is known only at run time.
///
/// ```
/// use backoff_runtime::{Policy, retry};
///
/// static API: Policy = Policy::expo().max_value("30s").max_tries(5).max_time("5m");
///
/// #[retry(API)]
/// async fn profile(user: u64) -> std::io::Result<String> {
///     Ok(format!("user {user}"))
/// }
///
/// #[retry(API, transient, max_tries = 3, max_time = none)]
/// async fn orders(user: u64) -> std::io::Result<Vec<u64>> {
///     Ok(vec![user])
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { profile(1).await.unwrap(); orders(1).await.unwrap(); }
/// ```
///
/// # EXCEPTION
///
/// | written | retried is |
/// | --- | --- |
/// | nothing | any `Err` |
/// | `io::Error`, `(io::Error, ParseIntError)` | an error of (one of) these types; a type-erased error (`Box<dyn Error>`, with the features of these names also `anyhow::Error` and `eyre::Report`) is downcast |
/// | `\|e\| e.is_timeout()`, `is_transient` | an error of which this holds; it is given a reference |
/// | `matches!(Error::Busy \| Error::Status(500..))` | an error that matches the pattern |
/// | `transient` | an error that passes by itself, as its type says by the trait `Transient` |
///
/// Any other error is returned at once, with no event.
///
/// `transient` says more than what is retried. The server's hint in a class is waited for, unless `retry_after` finds
/// another, and a pacer hears a `RateLimit` as a refusal, unless `throttled` says otherwise. The type is asked once for each
/// failure:
///
/// ```
/// use backoff_runtime::{Class, Transient, retry};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// enum ApiError {
///     Busy,
///     TooMany { retry_after: Option<Duration> },
///     NotFound,
/// }
///
/// impl Transient for ApiError {
///     fn class(&self) -> Class {
///         match self {
///             Self::Busy => Class::TRANSIENT,
///             Self::TooMany { retry_after } => Class::RATE_LIMIT.after(*retry_after),
///             Self::NotFound => Class::Final,
///         }
///     }
/// }
///
/// #[retry(expo, transient, max_time = 60)]
/// async fn get(url: &str) -> Result<String, ApiError> {
///     # if url.is_empty() { return Err(ApiError::NotFound); }
///     Ok(format!("page {url}"))
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { get("/").await.unwrap(); assert!(get("").await.is_err()); }
/// ```
///
/// # Several strategies
///
/// ```text
/// #[on_exception(on(WAIT, EXCEPTION?, option = value, ...), on(...), ..., option = value, ...)]
/// ```
///
/// Different failures may have different strategies in one loop. The first counts whose condition holds, and the last may
/// stand without one, for every other error. (Under `on_predicate` nothing written still means falsy values.)
///
/// ```
/// use backoff_runtime::retry;
///
/// #[derive(Debug)]
/// enum ApiError {
///     Status(u16),
///     TimedOut,
/// }
///
/// impl ApiError {
///     fn is_server_error(&self) -> bool {
///         matches!(self, Self::Status(500..))
///     }
/// }
///
/// #[retry(
///     on(expo, ApiError::is_server_error, max_tries = 4, max_value = 60),
///     on(fibo, matches!(ApiError::TimedOut), max_value = 60),
///     max_time = 300,
///     on_backoff = |details| println!("{url}: {:?}, again in {:?}", details.outcome, details.wait),
/// )]
/// async fn get(url: &str) -> Result<String, ApiError> {
///     # if url.is_empty() { return Err(ApiError::Status(404)); }
///     Ok(format!("page {url}"))
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { get("/").await.unwrap(); assert!(get("").await.is_err()); }
/// ```
///
/// In `on(...)` stand the options of the generator, `jitter`, and `max_tries`: how many attempts may fail in this way, so
/// that the call above gives up at the fourth error of the server. Each generator counts the failures of its own kind only.
/// Everything else is said once, behind the strategies: a `max_tries` there counts all attempts, `max_time` is the time of
/// all together, a `jitter` is that of each strategy that names none; one with a state, such as `decorrelated_jitter`, has a
/// state for each. `giveup`, `retry_after`, the pacer and the handlers are asked and told of every kind. An attempt that took
/// too long is of the kind that its error matches, or else of the first.
///
/// # Options
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `max_tries` | attempts, the first included | no limit |
/// | `max_time` | time since the call began; a wait that would exceed it is shortened, and then comes the last attempt | no limit |
/// | `jitter` | `full_jitter`, `random_jitter`, `equal_jitter`, `decorrelated_jitter`, `none`, a function of the wait, or an `AnyJitter` that is chosen at run time | `full_jitter`; `none` for `runtime` |
/// | `on_try`, `on_success`, `on_backoff`, `on_giveup` | a function of `&Details`, or a list `[a, b]` of them | none |
/// | `giveup` | a function of the error that says when to give up | never |
/// | `raise_on_giveup` | `false`: a call that gives up returns `Ok(Default::default())` | `true` |
/// | `fallback` | a function of the last error, or of the error and what the call knows (`\|e, given_up\| ...`, a `GivenUp`); the call that gives up returns what it returns | the last error |
/// | `pacer` | a shared `Pacer`, which stands in front of every attempt and keeps a rate limit | none |
/// | `throttled` | a function of what failed: whether the limit refused it; such an attempt waits for the pacer and asks no generator | what its type says, with `transient`; failures with a hint, if there is `retry_after`; else none |
/// | `retry_after` | a function from what failed to the server's hint: the wait is the hint and a jittered share of the generator's wait; a hint beyond what is left of `max_time`, or beyond an hour, gives up | what its type says, with `transient`; else none |
/// | `limit` | a function of what an attempt returned (`&Result<T, E>`, or `&T` under `on_predicate`), failed or not: what the server tells of its limits, as a `RateLimit`, an `Option`, an array or a `Vec` of them | none |
/// | `cost` | what each attempt takes from the limits of the pacer, as a whole number | 1 |
/// | `settle` | a function of what an attempt returned: its true cost, as a whole number or an `Option` of one | as `cost` says |
/// | `budget` | a shared `RetryBudget`, which pays for retries | none |
/// | `attempt_timeout` | the longest time for an attempt of an async function, cut to what is left of `max_time` | no limit |
/// | `timeout` | the longest time for the whole call of an async function; a running attempt is cut | no limit |
/// | `on_timeout` | a function from the `AttemptTimeout` to the error (`on_predicate`: the value) of a call that ends without an outcome of its own | `From<AttemptTimeout>`, or the falsy value |
/// | `stop` | a shared `Stop`, which ends waits at once | none |
/// | `attempt` | the name that the attempt's number, from 1, has in the body | none |
/// | `attempt_span` | `true`: a span of `tracing` around each attempt | `false` |
/// | `logger` | the target of the log lines, or `none` | `"backoff"` |
/// | `backoff_log_level`, `giveup_log_level` | `trace`, `debug`, `info`, `warn`, `error`, or an expression | `info`, `error` |
/// | `log_outcome` | a function from what failed to what the log lines show of it (anything with `Display`, lent or new), or `none` | the text of an error and of all that caused it, else `Display`, `Debug` or nothing |
/// | `doc` | `false`: no section on retries in the function's documentation | `true` |
/// | `crate` | the path of a crate or module that re-exports `backoff_runtime` | `::backoff_runtime` |
///
/// A number is seconds (`300`, `0.5`), a string a duration with a unit (`"250ms"`, `"1h30m"`; units `ns`, `us`, `ms`,
/// `s`, `m`, `h`, `d`). Any other expression is evaluated once per call, before the first attempt: a number, a
/// `Duration`, a function without arguments that returns one. Limits, bounds, `pacer`, `budget` and `stop` may be an
/// `Option`, whose `None` is none. Expressions, predicates and
/// handlers see the function's arguments and `self`:
///
/// ```
/// use backoff_runtime::on_exception;
/// use std::time::Duration;
///
/// struct Client {
///     timeout: Duration,
///     # failures: std::cell::Cell<u32>,
/// }
///
/// impl Client {
///     #[on_exception(
///         expo, max_value = "30s", max_time = self.timeout,
///         on_backoff = |details| println!("{path}: {} failed, again in {:?}", details.tries, details.wait),
///     )]
///     async fn get(&self, path: &str) -> Result<String, String> {
///         # if self.failures.get() > 0 { self.failures.set(0); return Err("busy".to_owned()); }
///         Ok(format!("page {path}"))
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # tokio::time::pause();
/// # let client = Client { timeout: Duration::from_secs(9), failures: std::cell::Cell::new(1) };
/// # assert!(client.get("/").await.is_ok());
/// # }
/// ```
///
/// # Rate limits
///
/// Functions that name the same pacer share its limit, known or not. The pacer hears only refusals: failures for which
/// `throttled` holds; without `throttled` those that are a `RateLimit` by their type, under the condition `transient`, or else
/// those in which `retry_after` finds a hint. Every other failure backs off by its generator, and then passes the pacer. An
/// adaptive pacer finds the limit by refusals, so with none of the three it is a compile error.
///
/// ```
/// use backoff_runtime::{Pacer, on_exception};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// enum ApiError {
///     TooMany { retry_after: Option<Duration> },
///     Unreachable,
/// }
///
/// static SMS: Pacer = Pacer::adaptive();
///
/// #[on_exception(
///     expo, max_tries = 10,
///     pacer = SMS,
///     throttled = |e| matches!(e, ApiError::TooMany { .. }),
///     retry_after = |e| match e { ApiError::TooMany { retry_after } => *retry_after, _ => None },
/// )]
/// async fn send(text: &str) -> Result<(), ApiError> {
///     # if text.is_empty() { return Err(ApiError::Unreachable); }
///     Ok(())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { send("hello").await.unwrap(); }
/// ```
///
/// Where the server tells how much of its limit remains, `limit` hands that to the pacer, which then makes no call that
/// would be refused. Where calls cost more than one, as with tokens of a language model, `cost` is the estimate that an
/// attempt takes before it is made, and `settle` what it truly cost. An attempt that is cut or not made tells nothing.
///
/// ```
/// use backoff_runtime::{Pacer, RateLimit, on_exception};
/// use std::time::Duration;
///
/// # #[derive(Debug)] struct ApiError { status: u16 }
/// struct Answer {
///     text: String,
///     tokens: u64,
///     /// Of the header `x-ratelimit-remaining-requests`.
///     remaining: u64,
/// }
///
/// /// 30,000 tokens a minute.
/// static MODEL: Pacer = Pacer::per(30_000, "1m");
///
/// #[on_exception(
///     expo, max_tries = 10,
///     pacer = MODEL,
///     throttled = |e| e.status == 429,
///     limit = |outcome| outcome.as_ref().ok().map(|answer| RateLimit::new().with_remaining(answer.remaining)),
///     cost = 100 + prompt.len() / 4,
///     settle = |outcome| outcome.as_ref().ok().map(|answer| answer.tokens),
/// )]
/// async fn ask(prompt: &str) -> Result<Answer, ApiError> {
///     # if prompt.is_empty() { return Err(ApiError { status: 429 }); }
///     Ok(Answer { text: "42".to_owned(), tokens: 12, remaining: 499 })
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { assert_eq!(ask("what?").await.unwrap().text, "42"); }
/// ```
///
/// # Time
///
/// `max_time` says until when attempts begin; it cuts none that runs. `attempt_timeout` cuts each attempt, and `timeout`
/// the whole call: attempts, waits, the wait for a turn, async handlers and an async `fallback`. (That has what is left, and
/// is not begun when nothing is; so where a fallback matters, bound attempts and `max_time` instead.) Calls inside an attempt
/// see what is left of the time outside, and give up in time, with an error of their own.
///
/// An attempt that takes too long is a failure, and is retried whatever the condition names, unless `giveup` says
/// otherwise. Such a call may end without an outcome of its own; so may a paced one with `max_time`, `timeout` or `stop`,
/// when there is no turn. Then `on_timeout` makes the error, or `From<AttemptTimeout>`:
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[derive(Debug)]
/// enum ApiError {
///     NoAnswer(String),
/// }
///
/// #[on_exception(expo, attempt_timeout = 5, timeout = 30, on_timeout = |t| ApiError::NoAnswer(format!("{url}: {t}")))]
/// async fn get(url: &str) -> Result<String, ApiError> {
///     Ok(format!("page {url}"))
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { get("/").await.unwrap(); }
/// ```
///
/// What failed is dropped before the wait, so that a connection or lock that it holds is free. Only with `stop` it is
/// kept in the wait: a call that is stopped returns it.
///
/// # What a call knows
///
/// `attempt = n` names the attempt's number in the body. A function that is declared to return a `Retried<R>`, and whose
/// body returns an `R`, gives its tries, elapsed time and reason beside the result. A fallback may be told them, too:
///
/// ```
/// use backoff_runtime::{Retried, on_exception};
///
/// #[on_exception(constant, interval = 0, max_tries = 3, attempt = n, fallback = |e, d| Err(format!("{e}, {}", d.reason)))]
/// fn fetch() -> Retried<Result<u32, String>> {
///     Err(format!("refused {n} times"))
/// }
///
/// let fetched = fetch();
/// assert_eq!((fetched.tries, fetched.result.unwrap_err().as_str()), (3, "refused 3 times, max_tries"));
/// ```
///
/// # Handlers
///
/// On an async function handlers and `giveup` may be async: an `async |details| ...` closure, or the path of an
/// `async fn`. A handler given as a path is awaited with the outcome in hand, so the function's future is `Send` only
/// if the outcome may be shared between threads; a closure has no such cost.
///
/// # Log lines
///
/// Before the handlers, each back-off and give-up is logged: `Backing off get(...) for 0.9s (no answer: timed out)`. Of
/// an outcome a line shows at most 200 characters. `log_outcome` keeps out of it what is secret or too much:
///
/// ```
/// use backoff_runtime::on_exception;
///
/// struct Refused {
///     status: u16,
///     body: String,
/// }
///
/// #[on_exception(constant, interval = 0, max_tries = 3, log_outcome = |refused| refused.status)]
/// fn sign_in(password: &str) -> Result<(), Refused> {
///     Err(Refused { status: 403, body: format!("not {password}") })
/// }
/// # assert_eq!(sign_in("x").unwrap_err().body, "not x");
/// ```
///
/// # Spans
///
/// `attempt_span = true` puts a span named `attempt` around each attempt, and not around the waits: target `backoff`, level
/// `info`, fields `target_fn`, `attempt` (the number, from 1) and, from the second attempt on, `http.request.resend_count`
/// (as in OpenTelemetry's conventions for HTTP: 1 at the second attempt). What the body logs and which spans it makes are
/// in it. It is closed when the attempt ends, so log lines and handlers are in the span around the call. It needs the feature
/// `tracing`.
///
/// ```
/// use backoff_runtime::on_exception;
///
/// #[on_exception(expo, max_tries = 5, attempt_span = true)]
/// async fn get(url: &str) -> Result<String, String> {
///     Ok(format!("page {url}"))
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { get("/").await.unwrap(); }
/// ```
///
/// # Other attributes
///
/// `#[async_trait]`, `#[instrument]`, `#[wasm_bindgen]` and `#[napi]` stand above or below. `#[mockall::automock]` copies the
/// attributes of a method to where none may stand: put this one on the method of the `impl`, not on that of the mocked
/// trait, or write `#[cfg_attr(not(test), on_exception(...))]` where only tests are mocked.
///
/// # Errors at compile time
///
/// What can be known to be wrong is a compile error at its place: a misspelt option, one of another generator, a limit
/// of zero (also by a constant of yours), an unknown unit, an error type that can never match, an async handler on a
/// sync function, and more. A `mut` argument starts every attempt from the value that was passed; its type has to be
/// `Copy` for that. A closure (`mut f: impl FnMut()`) is called as it is, and keeps what it has captured. A function that
/// returns a stream cannot be retried, as a stream fails while it is read, when the function has returned; one that
/// returns `Result<impl Stream, E>` can.
#[proc_macro_attribute]
pub fn on_exception(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(Attribute::OnException, arguments.into(), item.into()).into()
}

/// Another name of [`on_exception`](macro@on_exception): the same in everything.
///
/// ```
/// use backoff_runtime::retry;
///
/// #[retry(expo, max_tries = 5)]
/// fn settings(path: &str) -> std::io::Result<String> {
///     std::fs::read_to_string(path)
/// }
/// assert!(settings("Cargo.toml").is_ok());
/// ```
#[proc_macro_attribute]
pub fn retry(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(Attribute::Retry, arguments.into(), item.into()).into()
}

/// Says which failures of a type pass by themselves: implements the trait `Transient`.
///
/// ```
/// use backoff_runtime::{Class, Transient};
/// use std::time::Duration;
///
/// #[derive(Transient)]
/// enum ApiError {
///     #[transient]
///     Unavailable,
///     #[transient(rate_limit, retry_after = after)]
///     TooMany { after: Option<Duration> },
///     #[transient(source)]
///     Io(std::io::Error),
///     NotFound,
/// }
///
/// let after = Some(Duration::from_secs(3));
/// assert_eq!(ApiError::TooMany { after }.class(), Class::RATE_LIMIT.after(after));
/// assert!(ApiError::Unavailable.is_transient() && !ApiError::NotFound.is_transient());
/// assert!(ApiError::Io(std::io::ErrorKind::ConnectionReset.into()).is_transient());
/// ```
///
/// What is marked passes by itself; what has no mark is final. A mark stands on a variant, or on a struct:
///
/// | mark | the failure |
/// | --- | --- |
/// | none | is final |
/// | `#[transient]` | passes by itself |
/// | `#[transient(rate_limit)]` | is a rate limit that refuses |
/// | `#[transient(retry_after = after)]` | passes by itself, and the field `after` says when |
/// | `#[transient(rate_limit, retry_after = after)]` | is a rate limit that refuses, and the field says for how long |
/// | `#[transient(source)]` | is what its field says, the only one or the one that is marked; the field's type implements the trait, too |
///
/// A hint is anything that `retry_after` of the attributes may return: seconds, a `Duration`, a `RetryAfter`, or an
/// `Option` of these. It is named as its field is, `after` or `0`, or by a path into one, `refusal.after`; and it is cloned.
///
/// ```
/// use backoff_runtime::{Class, Transient};
///
/// struct Refusal {
///     seconds: u64,
/// }
///
/// #[derive(Transient)]
/// enum Failure<E> {
///     #[transient(rate_limit, retry_after = 1.seconds)]
///     Refused(String, Refusal),
///     Sending {
///         to: String,
///         #[transient(source)]
///         cause: E,
///     },
/// }
///
/// # #[derive(Transient)] #[transient] struct Lost;
/// let refused: Failure<Lost> = Failure::Refused("busy".to_owned(), Refusal { seconds: 7 });
/// assert_eq!(refused.class().retry_after(), Some(std::time::Duration::from_secs(7)));
/// assert!(Failure::Sending { to: "me".to_owned(), cause: Lost }.is_transient());
/// ```
///
/// `#[transient(crate = some::path)]` on the type names a crate or module that re-exports `backoff_runtime`.
#[proc_macro_derive(Transient, attributes(transient))]
pub fn derive_transient(item: TokenStream) -> TokenStream {
    transient::derive(item.into()).into()
}
