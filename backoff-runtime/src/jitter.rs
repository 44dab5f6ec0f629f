//! Jitter: a wait made random, so that callers which fail together don't come back together.
//!
//! The formulas are those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::testing;

/// A wait drawn from `[0, wait]`: the default, and the one that spreads callers most evenly.
///
/// ```
/// # use std::time::Duration;
/// assert!(backoff_runtime::full_jitter(Duration::from_secs(8)) <= Duration::from_secs(8));
/// ```
#[inline]
#[must_use]
pub fn full_jitter(wait: Duration) -> Duration {
    uniform(Duration::ZERO..=wait)
}

/// Half the wait, and a draw from the other half: `wait/2 + U[0, wait/2]`.
#[must_use]
pub fn equal_jitter(wait: Duration) -> Duration {
    uniform(wait / 2..=wait)
}

/// The wait, and up to a second more: `wait + U[0, 1 s]`. The one jitter that exceeds `max_value`, by at most a second.
#[must_use]
pub fn random_jitter(wait: Duration) -> Duration {
    wait.saturating_add(uniform(Duration::ZERO..=Duration::from_secs(1)))
}

/// No jitter: the wait as it is.
#[must_use]
pub const fn none() -> NoJitter {
    NoJitter(())
}

/// A wait drawn from `[first wait, 3 * previous actual wait]`, at most `max_value`.
///
/// It ignores how the generator goes on after its first wait.
#[must_use]
pub const fn decorrelated_jitter() -> DecorrelatedJitter {
    DecorrelatedJitter { first: None, previous: Duration::ZERO }
}

/// Makes the actual wait from the generator's. Every function of the wait is one.
///
/// One that is chosen at run time is an [`AnyJitter`], or of any kind a `Box<dyn Jitter>`.
pub trait Jitter {
    /// The actual wait. `longest` is the generator's bound, if it has one.
    fn jitter(&mut self, wait: Duration, longest: Option<Duration>) -> Duration;

    /// Whether waits are random at all; `true` by default. Decides how the last wait under `max_time` is fitted: cut, or
    /// drawn anew.
    #[inline]
    fn is_random(&self) -> bool {
        true
    }

    /// Whether waits that the other side asked for (by `runtime`) are made random, too; `true` by default.
    #[inline]
    fn spreads_asked_for(&self) -> bool {
        true
    }
}

impl<F: FnMut(Duration) -> Duration> Jitter for F {
    #[inline]
    fn jitter(&mut self, wait: Duration, _: Option<Duration>) -> Duration {
        self(wait)
    }
}

macro_rules! boxed_jitters {
    ($($dyn:ty),*) => {$(
        impl Jitter for Box<$dyn> {
            fn jitter(&mut self, wait: Duration, longest: Option<Duration>) -> Duration {
                (**self).jitter(wait, longest)
            }

            fn is_random(&self) -> bool {
                (**self).is_random()
            }

            fn spreads_asked_for(&self) -> bool {
                (**self).spreads_asked_for()
            }
        }
    )*};
}
boxed_jitters!(
    dyn Jitter + '_,
    dyn Jitter + Send + '_,
    dyn Jitter + Sync + '_,
    dyn Jitter + Send + Sync + '_
);

/// The jitter of a call that names none: [`full_jitter`], but for waits that the other side asked for.
#[derive(Clone, Copy, Debug)]
pub struct DefaultJitter(());

impl Default for DefaultJitter {
    fn default() -> Self {
        Self::new()
    }
}

impl DefaultJitter {
    /// The default jitter.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Jitter for DefaultJitter {
    #[inline]
    fn jitter(&mut self, wait: Duration, _: Option<Duration>) -> Duration {
        full_jitter(wait)
    }

    #[inline]
    fn spreads_asked_for(&self) -> bool {
        false
    }
}

/// No jitter; made by [`none`].
#[derive(Clone, Copy, Debug)]
pub struct NoJitter(());

impl Jitter for NoJitter {
    #[inline]
    fn jitter(&mut self, wait: Duration, _: Option<Duration>) -> Duration {
        wait
    }

    #[inline]
    fn is_random(&self) -> bool {
        false
    }
}

/// Jitter that remembers the wait before; made by [`decorrelated_jitter`].
#[derive(Clone, Debug)]
pub struct DecorrelatedJitter {
    first: Option<Duration>,
    previous: Duration,
}

impl Jitter for DecorrelatedJitter {
    fn jitter(&mut self, wait: Duration, longest: Option<Duration>) -> Duration {
        let first = *self.first.get_or_insert(wait);
        self.previous = decorrelated(first, self.previous, longest);
        self.previous
    }
}

fn decorrelated(first: Duration, previous: Duration, longest: Option<Duration>) -> Duration {
    let upper = previous.max(first).saturating_mul(3);
    uniform(first..=upper).min(longest.unwrap_or(Duration::MAX))
}

/// A jitter that is known only at run time, such as one of a configuration. The option `jitter` takes it as it is:
///
/// ```
/// use backoff_runtime::{AnyJitter, on_exception};
///
/// struct Config {
///     jitter: AnyJitter,
/// }
///
/// #[on_exception(expo, max_tries = 3, jitter = config.jitter)]
/// fn get(config: &Config) -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// # let is_spread = true;
/// let jitter = if is_spread { AnyJitter::Full } else { AnyJitter::None };
/// assert!(get(&Config { jitter }).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnyJitter {
    /// [`full_jitter`], the default.
    #[default]
    Full,
    /// [`equal_jitter`].
    Equal,
    /// [`random_jitter`].
    Random,
    /// [`decorrelated_jitter`].
    Decorrelated,
    /// [`none`].
    None,
}

impl AnyJitter {
    /// The actual wait, of a call whose generator began with `first` and that waited `previous` before.
    pub(crate) fn jittered(
        self,
        wait: Duration,
        longest: Option<Duration>,
        first: Duration,
        previous: Duration,
    ) -> Duration {
        match self {
            Self::Full => full_jitter(wait),
            Self::Equal => equal_jitter(wait),
            Self::Random => random_jitter(wait),
            Self::Decorrelated => decorrelated(first, previous, longest),
            Self::None => wait,
        }
    }
}

/// A jitter that was chosen at run time, in one call; made of an [`AnyJitter`].
#[derive(Clone, Debug)]
pub struct ChosenJitter {
    choice: AnyJitter,
    decorrelated: DecorrelatedJitter,
}

impl Jitter for ChosenJitter {
    fn jitter(&mut self, wait: Duration, longest: Option<Duration>) -> Duration {
        let first = *self.decorrelated.first.get_or_insert(wait);
        self.decorrelated.previous = self.choice.jittered(wait, longest, first, self.decorrelated.previous);
        self.decorrelated.previous
    }

    fn is_random(&self) -> bool {
        self.choice != AnyJitter::None
    }
}

/// What the option `jitter` takes: a jitter, such as a function of the wait or an [`AnyJitter`], or the name of one that is
/// made afresh for each call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a jitter",
    label = "write `full_jitter`, `equal_jitter`, `random_jitter`, `decorrelated_jitter`, `none`, or a function from `Duration` to `Duration`"
)]
pub trait IntoJitter<Marker> {
    /// The jitter.
    type Jitter: Jitter;

    /// Makes the jitter of one call.
    fn into_jitter(self) -> Self::Jitter;
}

/// Marks a jitter as it is, such as a function of the wait.
#[derive(Debug)]
pub enum Made {}

/// Marks a function that makes a jitter.
#[derive(Debug)]
pub enum Maker {}

/// Marks a choice between jitters.
#[derive(Debug)]
pub enum Choice {}

#[diagnostic::do_not_recommend]
impl<J: Jitter> IntoJitter<Made> for J {
    type Jitter = J;

    #[inline]
    fn into_jitter(self) -> J {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<J: Jitter, F: FnOnce() -> J> IntoJitter<Maker> for F {
    type Jitter = J;

    #[inline]
    fn into_jitter(self) -> J {
        self()
    }
}

#[diagnostic::do_not_recommend]
impl IntoJitter<Choice> for AnyJitter {
    type Jitter = ChosenJitter;

    #[inline]
    fn into_jitter(self) -> ChosenJitter {
        ChosenJitter { choice: self, decorrelated: decorrelated_jitter() }
    }
}

/// Marks `None` as a jitter: there is none.
#[derive(Debug)]
pub enum Absent {}

/// `.jitter(None)`, as `jitter = None` in the attributes.
#[diagnostic::do_not_recommend]
impl IntoJitter<Absent> for Option<NoJitter> {
    type Jitter = NoJitter;

    fn into_jitter(self) -> NoJitter {
        none()
    }
}

/// One that the retried function was given as an argument is only lent to its jitter.
#[diagnostic::do_not_recommend]
impl IntoJitter<Choice> for &AnyJitter {
    type Jitter = ChosenJitter;

    #[inline]
    fn into_jitter(self) -> ChosenJitter {
        (*self).into_jitter()
    }
}

thread_local! {
    // Seeded from the standard library's per-process random keys: jitter needs spread, not secrecy, and so costs no
    // system call and no lock.
    static RANDOM: RefCell<SmallRng> = RefCell::new(SmallRng::seed_from_u64(RandomState::new().hash_one(0)));
}

/// A duration drawn evenly from the range, both ends included, to the nanosecond (beyond 584 years, to the bound).
///
/// By multiplication, as in Daniel Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019, but
/// without its rejection: of a range of an hour no nanosecond is more likely than another by more than 2e-7.
#[inline]
pub(crate) fn uniform(range: RangeInclusive<Duration>) -> Duration {
    let low = nanos(*range.start());
    let count = u128::from(nanos(*range.end()).saturating_sub(low)) + 1;
    let draw = |random: &mut SmallRng| random.next_u64();
    let random = testing::seeded(draw).unwrap_or_else(|| RANDOM.with_borrow_mut(draw));
    #[allow(clippy::cast_possible_truncation, reason = "it is below the count, and that is at most 2^64")]
    Duration::from_nanos(low + ((u128::from(random) * count) >> 64) as u64)
}

#[inline]
fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    proptest! {
        #[test]
        fn each_jitter_stays_in_its_range(nanos in any::<u64>()) {
            let wait = Duration::from_nanos(nanos);
            prop_assert!(full_jitter(wait) <= wait);
            let equal = equal_jitter(wait);
            prop_assert!(wait / 2 <= equal && equal <= wait);
            let random = random_jitter(wait);
            prop_assert!(wait <= random.saturating_add(Duration::from_nanos(1)) && random <= wait + SECOND);
            prop_assert_eq!(none().jitter(wait, None), wait);
        }

        #[test]
        fn decorrelated_jitter_stays_between_the_first_wait_and_three_times_the_previous(
            waits in prop::collection::vec(0..u64::MAX / 4, 2..20), longest in any::<u64>(),
        ) {
            let longest = Duration::from_nanos(longest);
            let first = Duration::from_nanos(waits[0]);
            let (mut jitter, mut previous) = (decorrelated_jitter(), first);
            for wait in waits {
                let actual = jitter.jitter(Duration::from_nanos(wait), Some(longest));
                prop_assert!(first.min(longest) <= actual);
                prop_assert!(actual <= longest && actual <= (previous.max(first) * 3).max(first));
                previous = actual;
            }
        }
    }

    #[test]
    fn no_jitter_panics_at_the_largest_wait() {
        for jitter in [full_jitter, equal_jitter, random_jitter] {
            let _ = jitter(Duration::MAX);
        }
        let _ = decorrelated_jitter().jitter(Duration::MAX, None);
    }

    #[test]
    fn full_jitter_reaches_both_ends_of_its_range() {
        let waits: Vec<_> = (0..1000).map(|_| full_jitter(SECOND)).collect();
        assert!(waits.iter().any(|wait| *wait < SECOND / 20), "whole seconds are not rounded away");
        assert!(waits.iter().any(|wait| *wait > SECOND * 19 / 20));
    }
}
