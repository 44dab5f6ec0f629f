use std::time::Duration;

use super::counted;
use crate::value::IntoSeconds;

/// The same wait for ever, or each item of a sequence and then no more.
///
/// Default: `interval = 1`.
///
/// ```
/// use std::time::Duration;
/// use backoff_runtime::constant;
/// assert_eq!(constant().interval(0.25).at(1000), Some(Duration::from_millis(250)));
/// assert_eq!(constant().interval([1, 2, 5]).into_iter().count(), 3);
/// ```
pub const fn constant() -> Constant<Duration> {
    Constant { interval: Duration::from_secs(1), count: 0 }
}

/// Constant waits; made by [`constant`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct Constant<S> {
    pub(super) interval: S,
    pub(super) count: u32,
}

impl<S> Constant<S> {
    /// The wait in seconds, or a sequence of waits; 1 by default.
    pub fn interval<I: IntoInterval>(self, interval: I) -> Constant<I::Interval> {
        Constant { interval: interval.into_interval(), count: self.count }
    }
}

impl<S: Interval> Constant<S> {
    /// The wait number `n`, counted from 0; `None` behind the end of a sequence.
    #[must_use]
    #[inline]
    pub fn at(&self, n: u32) -> Option<Duration> {
        self.interval.at(n)
    }
}

counted!([S: Interval] Constant);

/// A wait, or a sequence of waits.
pub trait Interval {
    /// The wait number `n`, counted from 0; `None` when there are no more.
    fn at(&self, n: u32) -> Option<Duration>;
}

impl Interval for Duration {
    #[inline]
    fn at(&self, _: u32) -> Option<Duration> {
        Some(*self)
    }
}

impl<const N: usize> Interval for [Duration; N] {
    #[inline]
    fn at(&self, n: u32) -> Option<Duration> {
        self.get(n as usize).copied()
    }
}

impl Interval for Vec<Duration> {
    #[inline]
    fn at(&self, n: u32) -> Option<Duration> {
        self.get(n as usize).copied()
    }
}

/// What `interval` takes: seconds (a number, a `Duration`, a function that returns one), or a sequence of these (an
/// array, a `Vec` or a slice).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither seconds nor a sequence of seconds",
    label = "write a number of seconds, a `Duration`, or an array or `Vec` of these"
)]
pub trait IntoInterval {
    /// The wait or waits.
    type Interval: Interval;

    /// The value as a wait or waits.
    fn into_interval(self) -> Self::Interval;
}

#[diagnostic::do_not_recommend]
impl<T: IntoSeconds> IntoInterval for T {
    type Interval = Duration;

    #[inline]
    fn into_interval(self) -> Duration {
        self.into_seconds()
    }
}

impl<T: IntoSeconds, const N: usize> IntoInterval for [T; N] {
    type Interval = [Duration; N];

    #[inline]
    fn into_interval(self) -> [Duration; N] {
        self.map(T::into_seconds)
    }
}

impl<T: IntoSeconds> IntoInterval for Vec<T> {
    type Interval = Vec<Duration>;

    fn into_interval(self) -> Vec<Duration> {
        self.into_iter().map(T::into_seconds).collect()
    }
}

impl<T: IntoSeconds + Clone> IntoInterval for &[T] {
    type Interval = Vec<Duration>;

    fn into_interval(self) -> Vec<Duration> {
        self.to_vec().into_interval()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::seconds;
    use super::*;

    #[test]
    fn constant_yields_interval_for_ever() {
        assert_eq!(seconds(constant(), 3), [1.0, 1.0, 1.0]);
        assert_eq!(seconds(constant().interval(3), 3), [3.0, 3.0, 3.0]);
        assert_eq!(constant().interval(0.5).at(u32::MAX), Some(Duration::from_millis(500)));
    }

    #[test]
    fn constant_yields_each_item_of_a_sequence_then_is_exhausted() {
        assert_eq!(seconds(constant().interval([1, 2, 5]), 9), [1.0, 2.0, 5.0]);
        assert_eq!(seconds(constant().interval(vec![0.5, 0.25]), 9), [0.5, 0.25]);
        assert_eq!(seconds(constant().interval(&[Duration::from_secs(7)][..]), 9), [7.0]);
        assert_eq!(seconds(constant().interval([0; 0]), 9), [0.0; 0]);
    }
}
