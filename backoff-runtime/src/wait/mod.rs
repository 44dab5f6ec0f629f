//! Wait generators: how long to wait after each failed attempt, before jitter.
//!
//! A generator is anything that implements [`Wait`]; every `Iterator<Item = Duration>` does. The built-in ones are
//! pure functions of the number of failures so far, so they hold no state between attempts beyond that number.
//!
//! ```
//! use std::time::Duration;
//! use backoff_runtime::{constant, decay, expo, fibo};
//!
//! fn seconds(waits: impl IntoIterator<Item = Duration>) -> Vec<f64> {
//!     waits.into_iter().take(5).map(|wait| wait.as_secs_f64()).collect()
//! }
//! assert_eq!(seconds(expo().max_value(5)), [1.0, 2.0, 4.0, 5.0, 5.0]);
//! assert_eq!(seconds(fibo()), [1.0, 1.0, 2.0, 3.0, 5.0]);
//! assert_eq!(seconds(constant().interval([0.5, 2.0])), [0.5, 2.0]);
//! assert_eq!(seconds(decay().min_value(0.5)), [1.0, 0.5, 0.5, 0.5, 0.5]);
//! ```

mod any;
mod constant;
mod decay;
mod expo;
mod fibo;
mod runtime;

use std::time::Duration;

pub use any::AnyWait;
pub use constant::{Constant, Interval, IntoInterval, constant};
pub use decay::{Decay, decay};
pub use expo::{Expo, expo};
pub use fibo::{Fibo, fibo};
pub use runtime::{IntoWaitValue, MissingValue, Runtime, runtime};

/// Makes waits, one after each failed attempt, and may look at the outcome that failed.
///
/// `O` is what failed: the value under `on_predicate`, the error under `on_exception`. Every
/// `Iterator<Item = Duration>` is a generator that does not look, and so is a `Box<dyn Wait<O>>`, for a generator that is
/// chosen at run time.
///
/// ```
/// use std::time::Duration;
/// use backoff_runtime::{Wait, on_exception};
///
/// struct Busy(Duration);
///
/// /// Waits a second per job that the server says is in front of us.
/// struct Queue;
/// impl Wait<Busy> for Queue {
///     fn next_wait(&mut self, busy: &Busy) -> Option<Duration> {
///         (busy.0 < Duration::from_secs(60)).then_some(busy.0)
///     }
/// }
///
/// #[on_exception(Queue, max_tries = 3)]
/// fn submit() -> Result<u32, Busy> {
///     Ok(1)
/// }
/// # assert!(submit().is_ok());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a wait generator",
    label = "this makes no waits",
    note = "name a built-in generator (`expo`, `fibo`, `constant`, `decay`, `runtime`), or write an expression that makes an `Iterator<Item = Duration>` or a value whose type implements `backoff_runtime::Wait`; of a function that makes one, write the call: `expo()`, `waits()`; of a policy that is no `static`, write a reference: `&self.policy`"
)]
pub trait Wait<O: ?Sized> {
    /// The wait before the next attempt; `None` gives up with the reason [`Exhausted`](crate::GiveUp::Exhausted).
    fn next_wait(&mut self, outcome: &O) -> Option<Duration>;

    /// The longest wait there will be, if the generator has such a bound; `decorrelated_jitter` respects it.
    fn longest(&self) -> Option<Duration> {
        None
    }

    /// Whether the other side asked for these waits, so that there is no jitter unless it is asked for.
    fn is_asked_for(&self) -> bool {
        false
    }
}

#[diagnostic::do_not_recommend]
impl<O: ?Sized, I: Iterator<Item = Duration>> Wait<O> for I {
    fn next_wait(&mut self, _: &O) -> Option<Duration> {
        self.next()
    }
}

/// A generator that is chosen at run time.
macro_rules! boxed_waits {
    ($($dyn:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<O: ?Sized> Wait<O> for Box<$dyn> {
            fn next_wait(&mut self, outcome: &O) -> Option<Duration> {
                (**self).next_wait(outcome)
            }

            fn longest(&self) -> Option<Duration> {
                (**self).longest()
            }

            fn is_asked_for(&self) -> bool {
                (**self).is_asked_for()
            }
        }
    )*};
}
boxed_waits!(
    dyn Wait<O> + '_,
    dyn Wait<O> + Send + '_,
    dyn Wait<O> + Sync + '_,
    dyn Wait<O> + Send + Sync + '_
);

/// Seconds as a duration: below zero and NaN become zero, too large becomes `Duration::MAX`.
#[inline]
pub(crate) fn saturating(seconds: f64) -> Duration {
    // Up to here, 46 days, half a nanosecond more is still told apart, so that adding it rounds.
    const EXACT: f64 = 4e6;
    if (0.0..=EXACT).contains(&seconds) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the range")]
        Duration::from_nanos((seconds * 1e9 + 0.5) as i64 as u64)
    } else {
        saturating_far(seconds)
    }
}

#[cold]
fn saturating_far(seconds: f64) -> Duration {
    if seconds > 0.0 { Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX) } else { Duration::ZERO }
}

/// The waits of a built-in generator as an iterator: `expo().into_iter()`.
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct Waits<G>(G);

impl<G: Wait<()>> Iterator for Waits<G> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.0.next_wait(&())
    }
}

/// A generator whose waits are a function of their number, so that none has to be kept between attempts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one of the built-in wait generators",
    label = "a path that ends in the name of a built-in generator stands for that generator",
    note = "to use a function of your own by this name, write the call: `path::to::expo()`"
)]
pub trait Numbered {
    /// The wait number `n`, counted from 0; `None` when there are no more.
    fn number(&self, n: u32) -> Option<Duration>;
}

/// A generator whose waits are a function of their number: `at(0)`, `at(1)`, ... It is not an iterator itself, so that
/// it can tell its bound.
macro_rules! counted {
    ($([$param:ident: $bound:path])? $generator:ident $(longest: $longest:ident$(($($call:tt)*))?)?) => {
        impl<O: ?Sized $(, $param: $bound)?> crate::wait::Wait<O> for $generator$(<$param>)? {
            fn next_wait(&mut self, _: &O) -> Option<std::time::Duration> {
                let wait = self.at(self.count);
                self.count = self.count.saturating_add(1);
                wait
            }

            $(fn longest(&self) -> Option<std::time::Duration> {
                Some(self.$longest$(($($call)*))?)
            })?
        }

        impl$(<$param: $bound>)? crate::wait::Numbered for $generator$(<$param>)? {
            #[inline]
            fn number(&self, n: u32) -> Option<std::time::Duration> {
                self.at(n)
            }
        }

        impl$(<$param: $bound>)? IntoIterator for $generator$(<$param>)? {
            type Item = std::time::Duration;
            type IntoIter = crate::wait::Waits<Self>;

            fn into_iter(self) -> Self::IntoIter {
                crate::wait::Waits(self)
            }
        }
    };
}
use counted;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first `n` waits, in seconds.
    pub(super) fn seconds(waits: impl IntoIterator<Item = Duration>, n: usize) -> Vec<f64> {
        waits.into_iter().take(n).map(|wait| wait.as_secs_f64()).collect()
    }

    #[test]
    fn seconds_saturate() {
        assert_eq!(saturating(f64::NAN), Duration::ZERO);
        assert_eq!(saturating(-1.0), Duration::ZERO);
        assert_eq!(saturating(-0.0), Duration::ZERO);
        assert_eq!(saturating(f64::INFINITY), Duration::MAX);
        assert_eq!(saturating(1.5), Duration::from_millis(1500));
    }

    proptest! {
        #[test]
        fn no_overflow_no_nan_no_negative_wait_after_any_number_of_tries(
            a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), n in any::<u32>(),
        ) {
            let expo = expo().base(a).factor(b).max_value(c);
            prop_assert!(expo.at(n).unwrap() <= saturating(c));
            prop_assert!(fibo().max_value(c).at(n).unwrap() <= saturating(c));
            prop_assert!(decay().initial_value(a).decay_factor(b).min_value(c).at(n).unwrap() >= saturating(c));
            prop_assert_eq!(constant().interval(a).at(n), Some(saturating(a)));
        }
    }
}
