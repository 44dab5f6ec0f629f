//! Retrying without the attributes: the same engine, for closures and for calls into other crates.
#![allow(
    clippy::type_complexity,
    reason = "each option is a type of its own, so that one that isn't used costs nothing"
)]

mod bounds;
mod hooks;
mod keeps;
mod pays;
mod policy;
mod share;
mod shows;
mod target;
mod words;

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::Duration;

pub use self::bounds::{Bounded, Bounds, Converted, Endless, Ends, Limited, Made, Makes, Paced, Times};
#[cfg(feature = "tokio")]
pub use self::hooks::EndLater;
pub use self::hooks::{
    Absent, Any, Backoff, Condition, DefaultOk, End, Everything, Falsity, Giveup, IsA, Later, Nothing, On,
    Once, OnceWith, Part, ResultOnly, Success, Tells, Try,
};
pub use self::keeps::{Dropped, Keeps, Kept};
pub use self::pays::Pays;
use self::policy::Made as Attempt;
pub use self::policy::{Between, Policy};
pub use self::share::{Hint, Refusal, Share};
pub use self::shows::{AsDebug, By, Hidden, IntoShows, Shows};
use self::target::target;
pub use self::words::{Costs, Hears, Settles, TellsLimits, Words};
use crate::attempt::Retry;
use crate::details::{Details, GiveUp, GivenUp, Retried};
use crate::jitter::{DefaultJitter, IntoJitter};
use crate::log::{Level, Logger};
#[cfg(feature = "tokio")]
use crate::mode::Async;
use crate::mode::{Blocking, Mode};
use crate::outcome::{Fallible, Outcome, Raised, Returned};
pub use crate::pacing::{RateLimits, Shared};
use crate::retry::Limits;
use crate::value::IntoMaxTries;

/// Retries a closure while it returns an `Err`, as the attribute of the same name does a function.
///
/// ```
/// use backoff_runtime::{expo, on_exception};
///
/// # fn main() -> std::io::Result<()> {
/// let manifest = on_exception(expo())
///     .max_tries(5)
///     .giveup(|e: &std::io::Error| e.kind() == std::io::ErrorKind::NotFound)
///     .run_blocking(|| std::fs::read_to_string("Cargo.toml"))?;
/// # assert!(manifest.contains("package"));
/// # Ok(())
/// # }
/// ```
pub fn on_exception<W>(waits: W) -> Call<OnException, W, Any> {
    Call::new(waits, Any)
}

/// Retries a closure while it returns a falsy value, as the attribute of the same name does a function.
///
/// ```
/// use backoff_runtime::{constant, on_predicate};
///
/// let mut polls = 0;
/// let ready = on_predicate(constant().interval(0)).run_blocking(|| {
///     polls += 1;
///     polls == 3
/// });
/// assert!(ready && polls == 3);
/// ```
pub fn on_predicate<W>(waits: W) -> Call<OnPredicate, W, Falsity> {
    Call::new(waits, Falsity)
}

/// Says that a call is retried on errors.
#[derive(Clone, Copy, Debug)]
pub enum OnException {}

/// Says that a call is retried on values.
#[derive(Clone, Copy, Debug)]
pub enum OnPredicate {}

/// How what a closure returns is looked at.
pub trait Attempted<R> {
    /// The outcome of an attempt.
    type Outcome: Outcome<Output = R>;

    /// What was returned, as the outcome of an attempt.
    fn outcome(returned: R) -> Self::Outcome;
}

impl<R: Fallible> Attempted<R> for OnException {
    type Outcome = Raised<R>;

    fn outcome(returned: R) -> Raised<R> {
        Raised(returned)
    }
}

impl<T> Attempted<T> for OnPredicate {
    type Outcome = Returned<T>;

    fn outcome(returned: T) -> Returned<T> {
        Returned(returned)
    }
}

/// A policy of retrying, to [`run`](Call::run) a closure under; made by [`on_exception`] and [`on_predicate`].
///
/// Each option of the attributes is a method of the same name, with the same meaning and default. A list of handlers is
/// a method called several times, in order; of any other option the last word counts. Values are taken when the
/// method is called: `max_time(|| config.max_time())` asks while the policy is built, and not again for its clones.
/// Handlers and `giveup` are plain functions here; to await in one, use the attribute.
///
/// The closure to be retried comes last, and only then it is known what it returns. So an option's closure names the type
/// of the value or error where it calls a method of it or reads a field: `|e: &io::Error| e.kind() == NotFound`,
/// `|d: &Details<'_, io::Error>| count(d.outcome.kind())`. It need not where it leaves the outcome alone, matches it
/// with a pattern that tells its type, or shows it: `|d| println!("{} {:?}", d.tries, d.outcome)`.
///
/// A clone is a fresh policy of the same settings.
#[derive(Clone, Debug)]
#[must_use = "a policy does nothing until it runs something"]
pub struct Call<A, W, C, J = DefaultJitter, G = Nothing, N = Nothing, H = Nothing, S = Share> {
    waits: W,
    condition: C,
    jitter: J,
    giveup: G,
    end: N,
    hooks: H,
    share: S,
    settings: Settings,
    attribute: PhantomData<fn() -> A>,
}

/// The settings that have one type.
#[derive(Clone, Debug)]
struct Settings {
    max_tries: u32,
    max_time: Option<Duration>,
    logger: Logger,
    /// Whether something needs the time from the first attempt on.
    timed: bool,
}

impl<A, W, C> Call<A, W, C> {
    fn new(waits: W, condition: C) -> Self {
        let settings =
            Settings { max_tries: u32::MAX, max_time: None, logger: Logger::DEFAULT, timed: false };
        Self {
            waits,
            condition,
            jitter: DefaultJitter::new(),
            giveup: Nothing,
            end: Nothing,
            hooks: Nothing,
            share: Share::NONE,
            settings,
            attribute: PhantomData,
        }
    }
}

impl<W, C, J, G, N, H, S> Call<OnException, W, C, J, G, N, H, S> {
    /// Retries only when this holds of the error; by default on any.
    pub fn exception<E, F: FnMut(&E) -> bool>(self, is_retried: F) -> Call<OnException, W, F, J, G, N, H, S> {
        self.with_condition(is_retried)
    }

    /// Retries only when the error is an `X`, or one of the types of a tuple `X`; a type-erased error is downcast.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    /// use std::io;
    ///
    /// let error = on_exception(constant().interval(0))
    ///     .exception_of::<io::Error, _>()
    ///     .run_blocking(|| Err::<(), Box<dyn std::error::Error>>("not io".into()));
    /// assert!(error.is_err());
    /// ```
    pub fn exception_of<X, How>(self) -> Call<OnException, W, IsA<X, How>, J, G, N, H, S> {
        self.with_condition(IsA(PhantomData))
    }

    /// Gives up when this holds of the error.
    pub fn giveup<E, F: FnMut(&E) -> bool>(self, giveup: F) -> Call<OnException, W, C, J, F, N, H, S> {
        let Self { waits, condition, jitter, end, hooks, share, settings, attribute, .. } = self;
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }

    /// Whether a call that gives up returns its last error (the default), or else `Ok(T::default())`.
    pub fn raise_on_giveup(self, raise: bool) -> Call<OnException, W, C, J, G, DefaultOk, H, S> {
        self.with_end(DefaultOk(!raise))
    }

    /// What a call that gives up returns, made from its last error.
    pub fn fallback<T, E, F>(self, fallback: F) -> Call<OnException, W, C, J, G, Once<F>, H, S>
    where
        F: FnOnce(E) -> Result<T, E>,
    {
        self.with_end(Once(fallback))
    }

    /// What a call that gives up returns, made from its last error and what the call knows: `tries`, `elapsed` and `reason`.
    pub fn fallback_with<T, E, F>(mut self, fallback: F) -> Call<OnException, W, C, J, G, OnceWith<F>, H, S>
    where
        F: FnOnce(E, GivenUp) -> Result<T, E>,
    {
        self.settings.timed = true;
        self.with_end(OnceWith(fallback))
    }

    /// As [`fallback_with`](Self::fallback_with), by an async closure. With [`timeout`](Self::timeout) it has what is left
    /// of that.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    ///
    /// # async fn ask(host: &str) -> Result<String, String> {
    /// #     if host == "mirror" { Ok(host.to_owned()) } else { Err(host.to_owned()) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let call = on_exception(constant().interval(0)).max_tries(2).fallback_async(async |_, _| ask("mirror").await);
    /// assert_eq!(call.run(|| ask("service")).await.as_deref(), Ok("mirror"));
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn fallback_async<T, E, F, Fut>(
        mut self,
        fallback: F,
    ) -> Call<OnException, W, C, J, G, Later<F>, H, S>
    where
        F: FnOnce(E, GivenUp) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        self.settings.timed = true;
        self.with_end(Later(fallback))
    }

    fn with_end<N2>(self, end: N2) -> Call<OnException, W, C, J, G, N2, H, S> {
        let Self { waits, condition, jitter, giveup, hooks, share, settings, attribute, .. } = self;
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }
}

impl<W, C, J, G, N, H, S> Call<OnPredicate, W, C, J, G, N, H, S> {
    /// Retries while this holds of the value; by default while it is [falsy](crate::Falsy).
    pub fn predicate<T, F: FnMut(&T) -> bool>(self, is_retried: F) -> Call<OnPredicate, W, F, J, G, N, H, S> {
        self.with_condition(is_retried)
    }
}

impl<A, W, C, J, G, N, H, S> Call<A, W, C, J, G, N, H, S> {
    /// Attempts, the first included; no limit by default. What is below 1 counts as 1.
    pub fn max_tries(mut self, max_tries: impl IntoMaxTries) -> Self {
        self.settings.max_tries = max_tries.into_max_tries();
        self
    }

    /// The jitter: `full_jitter` (the default; `none` for `runtime`), `equal_jitter`, `random_jitter`,
    /// `decorrelated_jitter`, `none` (or `None`), or a function from the wait to the actual wait.
    pub fn jitter<Marker, K: IntoJitter<Marker>>(self, jitter: K) -> Call<A, W, C, K::Jitter, G, N, H, S> {
        let Self { waits, condition, giveup, end, hooks, share, settings, attribute, .. } = self;
        Call {
            waits,
            condition,
            jitter: jitter.into_jitter(),
            giveup,
            end,
            hooks,
            share,
            settings,
            attribute,
        }
    }

    /// Adds a handler that is called before each attempt.
    pub fn on_try<F: FnMut(&Details<'_, ()>)>(self, handler: F) -> Call<A, W, C, J, G, N, On<Try, H, F>, S> {
        self.with_handler(handler)
    }

    /// Adds a handler that is called when an attempt succeeded.
    pub fn on_success<T, F>(self, handler: F) -> Call<A, W, C, J, G, N, On<Success, H, F>, S>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with_handler(handler)
    }

    /// Adds a handler that is called when an attempt failed and there will be another.
    pub fn on_backoff<T, F>(self, handler: F) -> Call<A, W, C, J, G, N, On<Backoff, H, F>, S>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with_handler(handler)
    }

    /// Adds a handler that is called when an attempt failed and there will be no other.
    pub fn on_giveup<T, F>(self, handler: F) -> Call<A, W, C, J, G, N, On<Giveup, H, F>, S>
    where
        F: FnMut(&Details<'_, T>),
    {
        self.with_handler(handler)
    }

    /// The target of the log lines, or `None` for none; `"backoff"` by default. What the lines show of the outcome says
    /// [`log_outcome`](Self::log_outcome).
    pub fn logger(mut self, target: impl Into<Option<&'static str>>) -> Self {
        let logger = self.settings.logger;
        self.settings.logger = target.into().map_or(logger.none(), |target| logger.target(target));
        self
    }

    /// The level of the log lines of back-offs; `info` by default.
    pub fn backoff_log_level(mut self, level: impl Into<Level>) -> Self {
        self.settings.logger = self.settings.logger.backoff_log_level(level);
        self
    }

    /// The level of the log lines of give-ups; `error` by default.
    pub fn giveup_log_level(mut self, level: impl Into<Level>) -> Self {
        self.settings.logger = self.settings.logger.giveup_log_level(level);
        self
    }

    fn with_condition<C2>(self, condition: C2) -> Call<A, W, C2, J, G, N, H, S> {
        let Self { waits, jitter, giveup, end, hooks, share, settings, attribute, .. } = self;
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }

    fn with_handler<Event, F>(self, handler: F) -> Call<A, W, C, J, G, N, On<Event, H, F>, S> {
        let Self { waits, condition, jitter, giveup, end, hooks, share, mut settings, attribute } = self;
        settings.timed = true;
        let hooks = On { before: hooks, handler, event: PhantomData };
        Call { waits, condition, jitter, giveup, end, hooks, share, settings, attribute }
    }
}

impl<A, W, C, J, G, N, H, T, R, B, U, K, Q, L, X> Call<A, W, C, J, G, N, H, Share<T, R, B, U, K, Q, L, X>> {
    /// Runs an async closure, or a function that makes a future, until it succeeds or the policy gives up.
    ///
    /// ```
    /// use backoff_runtime::{expo, on_exception};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let page = on_exception(expo()).max_tries(5).run(async || Ok::<_, std::io::Error>("page")).await?;
    /// # assert_eq!(page, "page");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The closure may borrow from its surroundings. What it borrows mutably, or owns as an `async move ||`, it cannot
    /// lend to its future: with closures that lend, it would be lost that this future is `Send`
    /// ([rust-lang/rust#138207]). To own, put `async move { ... }` around the whole call. To borrow mutably, share a
    /// `&Cell` or `&Mutex`, or give the attribute to a function that takes the `&mut`; it may stand where the closure
    /// would:
    ///
    /// ```
    /// use backoff_runtime::on_exception;
    ///
    /// async fn send(sent: &mut Vec<String>) -> Result<usize, std::io::Error> {
    ///     #[on_exception(expo, max_tries = 3)]
    ///     async fn attempt(sent: &mut Vec<String>) -> Result<usize, std::io::Error> {
    ///         sent.push("hello".to_owned());
    ///         Ok(sent.len())
    ///     }
    ///     attempt(sent).await
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() { assert_eq!(send(&mut Vec::new()).await.unwrap(), 1); }
    /// ```
    ///
    /// [rust-lang/rust#138207]: https://github.com/rust-lang/rust/issues/138207
    ///
    /// # Errors
    /// Returns what the closure returned last: the error that is not retried, or the one that was given up on, unless
    /// `raise_on_giveup(false)` or `fallback` says otherwise.
    #[cfg(feature = "tokio")]
    pub fn run<F, Fut>(self, mut function: F) -> impl Future<Output = Fut::Output>
    where
        F: FnMut() -> Fut,
        Fut: Future,
        A: Attempted<Fut::Output>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: EndLater<Fut::Output>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        self.drive::<ResultOnly, _, _>(target::<F>, move |_| function())
    }

    /// As [`run`](Self::run), and gives what the call knows beside the result. The closure is told the attempt's number,
    /// from 1.
    ///
    /// ```
    /// use backoff_runtime::{constant, on_exception};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let call = on_exception(constant().interval(0)).max_tries(5);
    /// let fetched = call.run_reported(async |attempt| if attempt < 3 { Err("busy") } else { Ok("page") }).await;
    /// assert_eq!((fetched.result, fetched.tries), (Ok("page"), 3));
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn run_reported<F, Fut>(self, function: F) -> impl Future<Output = Retried<Fut::Output>>
    where
        F: FnMut(u32) -> Fut,
        Fut: Future,
        A: Attempted<Fut::Output>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: EndLater<Fut::Output>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        self.drive::<Everything, _, _>(target::<F>, function)
    }

    #[cfg(feature = "tokio")]
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` keeps its arguments twice, a block moves them once"
    )]
    fn drive<P, F, Fut>(
        mut self,
        target: fn() -> &'static str,
        mut function: F,
    ) -> impl Future<Output = P::Whole>
    where
        P: Part<Fut::Output>,
        F: FnMut(u32) -> Fut,
        Fut: Future,
        A: Attempted<Fut::Output>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: EndLater<Fut::Output>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        async move {
            let mut retry = Retry::<Async>::untimed();
            self.settings.begin(&mut retry, P::IS_TIMED);
            // Copies, as a turn borrows from them while the policy judges.
            let Share { bounds, keeps, .. } = self.share;
            let mut between = Between::default();
            let mut missed: Option<GiveUp> = None;
            let (output, reason) = loop {
                let Between { place, kept, token } = between;
                let mut turn = None;
                if let (None, Some(_)) = (missed, bounds.pacer()) {
                    let deadline = retry.deadline(self.settings.limits(bounds.times()));
                    let place = B::place(place).with_cost(self.share.words.cost());
                    match B::turn(bounds.pacer(), place, deadline, keeps.stop()).await {
                        Ok(given) => turn = given,
                        Err(reason) => missed = Some(reason),
                    }
                }
                let made = if let Some(reason) = missed {
                    let limits = self.settings.limits(bounds.times());
                    Attempt::missed(self.share.unmade(K::kept(kept), reason, limits), reason)
                } else {
                    drop(kept);
                    Q::spend(token);
                    self.trying(&retry, target);
                    let times = bounds.times();
                    let time = retry.attempt_time(times.attempt, self.settings.limits(times));
                    let mut is_cut = false;
                    // In place, as to move it would keep it twice.
                    let attempt = std::pin::pin!(function(retry.tries()));
                    let returned = B::attempt(time, &mut is_cut, &mut self.share.on_timeout, attempt).await;
                    Attempt::new(A::outcome(returned), turn, is_cut)
                };
                match self.judge(&mut retry, target, made) {
                    ControlFlow::Break(end) => break end,
                    ControlFlow::Continue((wait, next)) => {
                        between = next;
                        missed = keeps.delay(wait, retry.start()).await;
                    }
                }
            };
            let left = reason.and_then(|_| retry.left(bounds.times().call));
            let output = match reason {
                None => output,
                // Without any time it is not begun.
                Some(_) if N::IS_AWAITED && left == Some(Duration::ZERO) => output,
                Some(_) => {
                    let end = std::pin::pin!(self.end.end_later(output, retry.given_up(target(), reason)));
                    B::attempt(left, &mut false, &mut self.share.on_timeout, end).await
                }
            };
            P::whole(output, &retry, reason)
        }
    }

    /// Runs a sync closure until it succeeds or the policy gives up; waits block the thread.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_blocking<F, V>(self, mut function: F) -> V
    where
        F: FnMut() -> V,
        A: Attempted<V>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: End<V>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        self.drive_blocking::<ResultOnly, V>(target::<F>, |_| function())
    }

    /// As [`run_blocking`](Self::run_blocking), and gives what the call knows beside the result. The closure is told the
    /// attempt's number, from 1.
    pub fn run_blocking_reported<F, V>(self, function: F) -> Retried<V>
    where
        F: FnMut(u32) -> V,
        A: Attempted<V>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: End<V>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        self.drive_blocking::<Everything, V>(target::<F>, function)
    }

    #[inline]
    fn drive_blocking<P, V>(
        mut self,
        target: fn() -> &'static str,
        mut function: impl FnMut(u32) -> V,
    ) -> P::Whole
    where
        P: Part<V>,
        A: Attempted<V>,
        Self: Policy<A::Outcome, Between = Between<B::Place, K::Kept, Q::Token>>,
        N: End<V>,
        B: Ends<A::Outcome, U>,
        K: Keeps<A::Outcome>,
        Q: Pays,
        X: Costs,
    {
        let mut retry = Retry::<Blocking>::untimed();
        self.settings.begin(&mut retry, P::IS_TIMED);
        let Share { bounds, keeps, .. } = self.share;
        let limits = self.settings.limits(bounds.times());
        let mut between = Between::default();
        let mut missed: Option<GiveUp> = None;
        let (output, reason) = loop {
            let Between { place, kept, token } = between;
            let mut turn = None;
            if let (None, Some(_)) = (missed, bounds.pacer()) {
                let place = B::place(place).with_cost(self.share.words.cost());
                let deadline = retry.deadline(limits);
                match crate::pacing::turn_blocking(bounds.pacer(), place, deadline, keeps.stop()) {
                    Ok(given) => turn = given,
                    Err(reason) => missed = Some(reason),
                }
            }
            let made = if let Some(reason) = missed {
                Attempt::missed(self.share.unmade(K::kept(kept), reason, limits), reason)
            } else {
                drop(kept);
                Q::spend(token);
                self.trying(&retry, target);
                Attempt::new(A::outcome(function(retry.tries())), turn, false)
            };
            match self.judge(&mut retry, target, made) {
                ControlFlow::Break(end) => break end,
                ControlFlow::Continue((wait, next)) => {
                    between = next;
                    missed = keeps.delay_blocking(wait, retry.start());
                }
            }
        };
        let output = match reason {
            None => output,
            Some(_) => self.end.end(output, retry.given_up(target(), reason)),
        };
        P::whole(output, &retry, reason)
    }
}

impl Settings {
    fn limits(&self, times: Times) -> Limits {
        let Self { max_tries, max_time, .. } = *self;
        Limits { max_tries, max_time, timeout: times.call }
    }

    #[inline]
    fn begin<M: Mode>(&self, retry: &mut Retry<M>, timed: bool) {
        if self.timed || timed {
            retry.read_clock();
        } else {
            retry.listen(&self.logger);
        }
    }
}
