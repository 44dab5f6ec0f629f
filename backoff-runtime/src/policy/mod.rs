//! Policies as values: [`Policy`].

pub mod attribute;
mod call;
mod config;
mod durable;
#[cfg(feature = "tower")]
mod held;
mod kinds;
mod live;

use std::marker::PhantomData;
use std::time::Duration;

pub use self::config::EnvError;
pub use self::durable::{NextWait, Tried};
#[cfg(feature = "tower")]
pub(crate) use self::held::Held;
#[cfg(feature = "tower")]
pub use self::held::Source;
pub(crate) use self::kinds::Ends;
pub use self::kinds::{Paced, Plain, Timed};
pub use self::live::{LivePolicy, Snapshot};
use crate::budget::RetryBudget;
use crate::duration::parse;
use crate::jitter::AnyJitter;
use crate::log::{Level, Logger};
use crate::pacer::Pacer;
use crate::value::{IntoMaxTime, IntoMaxTries};
use crate::wait::AnyWait;

/// How calls are retried, as a value that many functions share.
///
/// ```
/// use backoff_runtime::{Policy, Retryable, retry};
/// use std::io;
///
/// static API: Policy = Policy::expo().max_value("30s").max_tries(5).max_time("5m");
///
/// #[retry(API)]
/// fn settings() -> io::Result<String> {
///     std::fs::read_to_string("Cargo.toml")
/// }
///
/// /// What stands in the attribute overrides.
/// #[retry(API, io::Error, max_tries = 3)]
/// fn manifest() -> io::Result<String> {
///     std::fs::read_to_string("Cargo.toml")
/// }
///
/// # fn main() -> io::Result<()> {
/// settings()?;
/// manifest()?;
/// // The same for closures.
/// let lock = (|| std::fs::read_to_string("Cargo.toml")).retry_blocking(&API)?;
/// let other = API.on_exception().giveup(|e: &io::Error| e.kind() == io::ErrorKind::NotFound).run_blocking(settings)?;
/// # let _ = (lock, other);
/// # Ok(())
/// # }
/// ```
///
/// It has the options that are not about the type of an outcome, with the names and defaults that they have in the
/// attributes. Durations are text with a unit, `"250ms"`, `"5m"`, `"1h30m"`. What is wrong in a `static` or `const` is a
/// compile error. Which errors are retried stands where their type is known: in the attribute
/// (`#[retry(API, transient)]`), or as a method of the call.
///
/// What is known only at run time is [set](Self::set_max_tries), or read from a configuration (feature `serde`); a
/// [`LivePolicy`] may be replaced while the program runs.
///
/// `E` tells how calls may end: those of a `Policy` always with what an attempt returned. A pacer makes it a
/// `Policy<Paced>`, whose calls may get no turn in time, and a bound on attempts a `Policy<Timed>`. Their functions say what
/// that is, by `From<AttemptTimeout>` or `on_timeout`.
///
/// ```
/// use backoff_runtime::{Paced, Pacer, Policy, RetryBudget, Timed};
///
/// static LIMIT: Pacer = Pacer::per(10, "1s");
/// static BUDGET: RetryBudget = RetryBudget::new();
///
/// static SMS: Policy<Paced> = Policy::expo().max_time("5m").budget(&BUDGET).pacer(&LIMIT);
/// static DATABASE: Policy<Timed> = Policy::fibo().max_value("10s").attempt_timeout("2s").timeout("1m");
/// ```
#[derive(Debug)]
#[must_use = "a policy does nothing until a call goes by it"]
pub struct Policy<E = Plain> {
    waits: AnyWait,
    jitter: AnyJitter,
    max_tries: u32,
    max_time: Option<Duration>,
    logger: Logger,
    budget: Option<&'static RetryBudget>,
    pacer: Option<&'static Pacer>,
    attempt_timeout: Option<Duration>,
    timeout: Option<Duration>,
    ends: PhantomData<fn() -> E>,
}

impl<E> Clone for Policy<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Policy<E> {}

impl Policy {
    /// Waits of `factor * base^n`: 1 s, 2 s, 4 s, ... by default; see [`expo`](crate::expo).
    pub const fn expo() -> Self {
        Self::new(AnyWait::expo())
    }

    /// Waits of 1 s, 1 s, 2 s, 3 s, 5 s, ...; see [`fibo`](crate::fibo).
    pub const fn fibo() -> Self {
        Self::new(AnyWait::fibo())
    }

    /// The same wait each time.
    ///
    /// # Panics
    /// When the text is no duration; in a `static` or `const` that is a compile error. So for every option with a text.
    #[track_caller]
    pub const fn constant(interval: &str) -> Self {
        Self::new(AnyWait::constant(duration(interval)))
    }

    /// These waits, and then no more attempts.
    ///
    /// # Panics
    /// When there are none; in a `static` or `const` that is a compile error.
    #[track_caller]
    pub const fn sequence(waits: &'static [Duration]) -> Self {
        assert!(!waits.is_empty(), "`sequence` has no items, so there would be no retry; write at least one");
        Self::new(AnyWait::sequence(waits))
    }

    /// Waits of `initial_value * e^(-n * decay_factor)`; see [`decay`](crate::decay).
    pub const fn decay() -> Self {
        Self::new(AnyWait::decay())
    }

    /// Waits that a function makes of their number, from 0; `None` gives up.
    ///
    /// ```
    /// use backoff_runtime::Policy;
    /// use std::time::Duration;
    ///
    /// fn linear(n: u32) -> Option<Duration> {
    ///     Some(Duration::from_millis(100) * n)
    /// }
    ///
    /// static API: Policy = Policy::waits(linear).max_tries(5);
    /// ```
    pub const fn waits(wait: fn(u32) -> Option<Duration>) -> Self {
        Self::new(AnyWait::function(wait))
    }

    const fn new(waits: AnyWait) -> Self {
        Self {
            waits,
            jitter: AnyJitter::Full,
            max_tries: u32::MAX,
            max_time: None,
            logger: Logger::DEFAULT,
            budget: None,
            pacer: None,
            attempt_timeout: None,
            timeout: None,
            ends: PhantomData,
        }
    }
}

impl Policy<Timed> {
    /// Sets the longest time for one attempt, in seconds or as a `Duration`, or `None`.
    pub fn set_attempt_timeout(&mut self, limit: impl IntoMaxTime) {
        self.attempt_timeout = limit.into_max_time();
    }

    /// Sets the longest time for the whole call, in seconds or as a `Duration`, or `None`.
    pub fn set_timeout(&mut self, limit: impl IntoMaxTime) {
        self.timeout = limit.into_max_time();
    }
}

/// The options of a generator.
impl<E> Policy<E> {
    /// What each wait of `expo` is multiplied by to get the next; 2 by default.
    ///
    /// # Panics
    /// Unless it is a positive number and the generator is `expo`.
    #[track_caller]
    pub const fn base(mut self, base: f64) -> Self {
        assert!(
            base > 0.0 && base < f64::INFINITY,
            "`base` must be greater than 0 and finite; write a positive number"
        );
        assert!(self.waits.base(base), "`base` belongs to `expo`; begin with `Policy::expo()`");
        self
    }

    /// The first wait of `expo`, in seconds; 1 by default.
    ///
    /// # Panics
    /// Unless it is a finite number from 0 and the generator is `expo`.
    #[track_caller]
    pub const fn factor(mut self, factor: f64) -> Self {
        not_negative(factor);
        assert!(self.waits.factor(factor), "`factor` belongs to `expo`; begin with `Policy::expo()`");
        self
    }

    /// The longest wait of `expo` or `fibo`; no bound by default.
    ///
    /// # Panics
    /// When the text is no duration, or with another generator.
    #[track_caller]
    pub const fn max_value(mut self, max_value: &str) -> Self {
        assert!(
            self.waits.max_value(duration(max_value)),
            "`max_value` belongs to `expo` and `fibo`; begin with `Policy::expo()` or `Policy::fibo()`"
        );
        self
    }

    /// The first wait of `decay`; 1 s by default.
    ///
    /// # Panics
    /// When the text is no duration, or with another generator.
    #[track_caller]
    pub const fn initial_value(mut self, initial_value: &str) -> Self {
        assert!(
            self.waits.initial_value(duration(initial_value).as_secs_f64()),
            "`initial_value` belongs to `decay`; begin with `Policy::decay()`"
        );
        self
    }

    /// How fast the waits of `decay` become shorter; 1 by default.
    ///
    /// # Panics
    /// Unless it is a finite number from 0 and the generator is `decay`.
    #[track_caller]
    pub const fn decay_factor(mut self, factor: f64) -> Self {
        not_negative(factor);
        assert!(
            self.waits.decay_factor(factor),
            "`decay_factor` belongs to `decay`; begin with `Policy::decay()`"
        );
        self
    }

    /// The shortest wait of `decay`; none by default.
    ///
    /// # Panics
    /// When the text is no duration, or with another generator.
    #[track_caller]
    pub const fn min_value(mut self, min_value: &str) -> Self {
        assert!(
            self.waits.min_value(duration(min_value)),
            "`min_value` belongs to `decay`; begin with `Policy::decay()`"
        );
        self
    }
}

/// The options of every policy.
impl<E> Policy<E> {
    /// Attempts, the first included; no limit by default.
    ///
    /// # Panics
    /// At 0; in a `static` or `const` that is a compile error.
    #[track_caller]
    pub const fn max_tries(mut self, max_tries: u32) -> Self {
        assert!(max_tries >= 1, "`max_tries` counts the first attempt, so it must be at least 1");
        self.max_tries = max_tries;
        self
    }

    /// Time since the call began within which attempts begin; no limit by default.
    ///
    /// # Panics
    /// When the text is no duration.
    #[track_caller]
    pub const fn max_time(mut self, max_time: &str) -> Self {
        self.max_time = Some(duration(max_time));
        self
    }

    /// What makes waits random; [`AnyJitter::Full`] by default.
    pub const fn jitter(mut self, jitter: AnyJitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The budget that retries are taken from; none by default.
    pub const fn budget(mut self, budget: &'static RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The pacer that stands in front of every attempt.
    pub const fn pacer(mut self, pacer: &'static Pacer) -> Policy<E::Paced>
    where
        E: Ends,
    {
        self.pacer = Some(pacer);
        self.ending()
    }

    /// The longest time for one attempt, after which it has failed. For async functions.
    ///
    /// # Panics
    /// When the text is no duration, or zero.
    #[track_caller]
    pub const fn attempt_timeout(mut self, limit: &str) -> Policy<Timed> {
        self.attempt_timeout = Some(bound(limit));
        self.ending()
    }

    /// The longest time for the whole call, its attempts and waits included. For async functions.
    ///
    /// # Panics
    /// When the text is no duration, or zero.
    #[track_caller]
    pub const fn timeout(mut self, limit: &str) -> Policy<Timed> {
        self.timeout = Some(bound(limit));
        self.ending()
    }

    /// The target of the log lines, or `None` for none; `"backoff"` by default.
    pub const fn logger(mut self, target: Option<&'static str>) -> Self {
        self.logger = match target {
            Some(target) => self.logger.target(target),
            None => self.logger.none(),
        };
        self
    }

    /// The level of the log lines of back-offs; `info` by default.
    pub const fn backoff_log_level(mut self, level: Level) -> Self {
        self.logger = self.logger.backoff(level);
        self
    }

    /// The level of the log lines of give-ups; `error` by default.
    pub const fn giveup_log_level(mut self, level: Level) -> Self {
        self.logger = self.logger.giveup(level);
        self
    }

    /// Sets the generator.
    pub fn set_waits(&mut self, waits: impl Into<AnyWait>) {
        self.waits = waits.into();
    }

    /// Sets the number of attempts: a whole number, or `None` for no limit. What is below 1 counts as 1.
    pub fn set_max_tries(&mut self, max_tries: impl IntoMaxTries) {
        self.max_tries = max_tries.into_max_tries();
    }

    /// Sets the time within which attempts begin, in seconds or as a `Duration`; `None` for no limit.
    pub fn set_max_time(&mut self, max_time: impl IntoMaxTime) {
        self.max_time = max_time.into_max_time();
    }

    /// Sets what makes waits random.
    pub fn set_jitter(&mut self, jitter: AnyJitter) {
        self.jitter = jitter;
    }

    /// Attempts, the first included.
    #[cfg(feature = "tower")]
    pub(crate) fn tries(&self) -> u32 {
        self.max_tries
    }

    const fn ending<E2>(self) -> Policy<E2> {
        let Self {
            waits, jitter, max_tries, max_time, logger, budget, pacer, attempt_timeout, timeout, ..
        } = self;
        let ends = PhantomData;
        Policy { waits, jitter, max_tries, max_time, logger, budget, pacer, attempt_timeout, timeout, ends }
    }
}

/// A duration as it is written.
#[track_caller]
const fn duration(text: &str) -> Duration {
    match parse(text) {
        Ok(duration) => duration,
        Err(wrong) => panic!("{}", wrong.message()),
    }
}

/// The longest time for something that takes time.
#[track_caller]
const fn bound(text: &str) -> Duration {
    let limit = duration(text);
    assert!(!limit.is_zero(), "a limit of zero would end each attempt before it begins; write a longer time");
    limit
}

#[track_caller]
const fn not_negative(number: f64) {
    assert!(
        number >= 0.0 && number < f64::INFINITY,
        "this option cannot be negative, NaN or infinite; write a finite number from 0"
    );
}
