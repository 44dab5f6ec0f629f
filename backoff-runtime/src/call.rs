//! Retrying without the attributes: the same engine, for closures and for calls into other crates.
//!
//! A [`Call`] is how what a closure returns is looked at (`kind`), and the rules that it goes by (`rules`): a generator or a
//! policy, with a word on top of it for each option (`words`). An option that isn't there thus takes no place and no time.

mod bounds;
mod ending;
mod engine;
mod keeps;
mod kind;
mod options;
mod pays;
mod retryable;
mod rules;
mod shows;
mod target;
mod words;

#[cfg(feature = "tower")]
pub(crate) use self::bounds::Makes;
pub(crate) use self::bounds::{Bounded, Ends, Limited, Made};
pub use self::bounds::{Bounds, Converted};
#[cfg(feature = "tokio")]
use self::ending::EndLater;
#[cfg(feature = "tower")]
pub(crate) use self::ending::Last;
use self::ending::{End, Everything, ResultOnly};
use self::engine::Of;
pub(crate) use self::keeps::Dropped;
#[cfg(feature = "tower")]
pub(crate) use self::keeps::Keeps;
pub(crate) use self::kind::Kind;
pub use self::kind::{OnException, OnPredicate};
#[cfg(feature = "tower")]
pub(crate) use self::pays::Pays;
pub use self::retryable::{IntoCall, Retryable};
#[cfg(feature = "tokio")]
pub(crate) use self::rules::MakesSpan;
use self::rules::Only;
pub(crate) use self::rules::Rules;
#[cfg(feature = "tower")]
pub(crate) use self::rules::Word;
#[cfg(feature = "tower")]
pub(crate) use self::shows::{IntoShows, Shows};
use self::target::target;
use crate::details::Retried;

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
pub fn on_exception<W>(waits: W) -> Call<OnException, Only<W>> {
    Call::of(OnException::ANY, Only(waits))
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
pub fn on_predicate<W>(waits: W) -> Call<OnPredicate, Only<W>> {
    Call::of(OnPredicate::FALSY, Only(waits))
}

/// How a closure is retried, to [`run`](Call::run) it; made by [`on_exception`] and [`on_predicate`], or of a
/// [`Policy`](crate::Policy).
///
/// Each option of the attributes is a method of the same name, with the same meaning and default. A list of handlers is
/// a method called several times, in order; of any other option the last word counts. Values are taken when the
/// method is called: `max_time(|| config.max_time())` asks while the call is built, and not again for its clones.
/// Handlers and `giveup` are plain functions here; to await in one, use the attribute.
///
/// The closure to be retried comes last, and only then it is known what it returns. So an option's closure names the type
/// of the value or error where it calls a method of it or reads a field: `|e: &io::Error| e.kind() == NotFound`,
/// `|d: &Details<'_, io::Error>| count(d.outcome.kind())`. It need not where it leaves the outcome alone, matches it
/// with a pattern that tells its type, or shows it: `|d| println!("{} {:?}", d.tries, d.outcome)`.
///
/// A clone is a fresh call of the same settings. Its type grows with each option; what can be written down is a
/// [`Policy`](crate::Policy).
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it runs something"]
pub struct Call<A, P> {
    kind: A,
    rules: P,
}

impl<A, P> Call<A, P> {
    pub(crate) const fn of(kind: A, rules: P) -> Self {
        Self { kind, rules }
    }

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
        A: Kind<Fut::Output, End: EndLater<Fut::Output>>,
        P: Rules<Of<A, Fut::Output>, Bounds: Ends<Of<A, Fut::Output>, A::Make>>,
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
        A: Kind<Fut::Output, End: EndLater<Fut::Output>>,
        P: Rules<Of<A, Fut::Output>, Bounds: Ends<Of<A, Fut::Output>, A::Make>>,
    {
        self.drive::<Everything, _, _>(target::<F>, function)
    }

    /// As [`run`](Self::run), of a call that is named by a type. The closure is told the attempt's number, from 1.
    #[cfg(feature = "tower")]
    pub(crate) fn run_named<T, F, Fut>(self, function: F) -> impl Future<Output = Fut::Output>
    where
        F: FnMut(u32) -> Fut,
        Fut: Future,
        A: Kind<Fut::Output, End: EndLater<Fut::Output>>,
        P: Rules<Of<A, Fut::Output>, Bounds: Ends<Of<A, Fut::Output>, A::Make>>,
    {
        self.drive::<ResultOnly, _, _>(target::<T>, function)
    }

    /// Runs a sync closure until it succeeds or the policy gives up; waits block the thread.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_blocking<F, V>(self, mut function: F) -> V
    where
        F: FnMut() -> V,
        A: Kind<V, End: End<V>>,
        P: Rules<Of<A, V>, Bounds: Ends<Of<A, V>, A::Make>>,
    {
        self.drive_blocking::<ResultOnly, V>(target::<F>, |_| function())
    }

    /// As [`run_blocking`](Self::run_blocking), and gives what the call knows beside the result. The closure is told the
    /// attempt's number, from 1.
    pub fn run_blocking_reported<F, V>(self, function: F) -> Retried<V>
    where
        F: FnMut(u32) -> V,
        A: Kind<V, End: End<V>>,
        P: Rules<Of<A, V>, Bounds: Ends<Of<A, V>, A::Make>>,
    {
        self.drive_blocking::<Everything, V>(target::<F>, function)
    }
}
