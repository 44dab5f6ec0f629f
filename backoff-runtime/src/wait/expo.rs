use std::time::Duration;

use super::{counted, saturating};
use crate::value::{IntoMaxTime, IntoNumber};

/// Exponential waits: `factor * base^n` seconds for n = 0, 1, ...
///
/// Defaults: `base = 2`, `factor = 1`, no `max_value`: 1 s, 2 s, 4 s, 8 s, ...
///
/// ```
/// use std::time::Duration;
/// let waits: Vec<_> = backoff_runtime::expo().factor(0.1).max_value(0.5).into_iter().take(5).collect();
/// assert_eq!(waits, [100, 200, 400, 500, 500].map(Duration::from_millis));
/// ```
pub const fn expo() -> Expo {
    Expo { base: 2.0, factor: 1.0, max_secs: u64::MAX, max_nanos: 999_999_999, count: 0 }
}

/// Exponential waits; made by [`expo`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct Expo {
    pub(super) base: f64,
    pub(super) factor: f64,
    // Apart, so that the count takes no place of its own: calls of closures keep this.
    max_secs: u64,
    max_nanos: u32,
    count: u32,
}

impl Expo {
    /// What each wait is multiplied by to get the next; a number above zero, 2 by default.
    pub fn base(self, base: impl IntoNumber) -> Self {
        Self { base: base.into_number(), ..self }
    }

    /// The first wait, in seconds; 1 by default.
    pub fn factor(self, factor: impl IntoNumber) -> Self {
        Self { factor: factor.into_number(), ..self }
    }

    /// The longest wait, yielded for ever once the sequence reaches it; `None`, the default, for none.
    pub fn max_value(self, max_value: impl IntoMaxTime) -> Self {
        self.bounded(max_value.into_max_time().unwrap_or(Duration::MAX))
    }

    pub(super) const fn bounded(self, max_value: Duration) -> Self {
        Self { max_secs: max_value.as_secs(), max_nanos: max_value.subsec_nanos(), ..self }
    }

    fn longest(&self) -> Duration {
        Duration::new(self.max_secs, self.max_nanos)
    }

    /// The wait number `n`, counted from 0. There is always one.
    #[must_use]
    #[inline]
    pub fn at(&self, n: u32) -> Option<Duration> {
        Some(saturating(self.factor * power(self.base, n)).min(self.longest()))
    }
}

/// `base^n`; of 2, the usual base, by writing the exponent of a float.
#[inline]
#[allow(clippy::float_cmp, reason = "2 is exact")]
fn power(base: f64, n: u32) -> f64 {
    const BIAS: u64 = 1023;
    if base == 2.0 && u64::from(n) <= BIAS {
        f64::from_bits((BIAS + u64::from(n)) << (f64::MANTISSA_DIGITS - 1))
    } else {
        base.powi(i32::try_from(n).unwrap_or(i32::MAX))
    }
}

counted!(Expo longest: longest());

#[cfg(test)]
mod tests {
    use super::super::tests::seconds;
    use super::*;

    #[test]
    fn expo_yields_factor_times_base_to_the_n() {
        assert_eq!(seconds(expo(), 9), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]);
        assert_eq!(seconds(expo().base(3), 5), [1.0, 3.0, 9.0, 27.0, 81.0]);
        assert_eq!(seconds(expo().factor(3), 5), [3.0, 6.0, 12.0, 24.0, 48.0]);
        assert_eq!(seconds(expo().base(3).factor(5), 4), [5.0, 15.0, 45.0, 135.0]);
    }

    #[test]
    fn expo_yields_max_value_for_ever_once_reached() {
        assert_eq!(seconds(expo().max_value(2u64.pow(4)), 7), [1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0]);
        assert_eq!(seconds(expo().max_value(0.5), 2), [0.5, 0.5]);
        assert_eq!(expo().max_value(10).at(u32::MAX), Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_bound_may_be_absent() {
        assert_eq!(seconds(expo().max_value(Some(2)), 4), [1.0, 2.0, 2.0, 2.0]);
        assert_eq!(seconds(expo().max_value(None::<Duration>), 4), [1.0, 2.0, 4.0, 8.0]);
    }

    #[test]
    fn expo_saturates_without_max_value() {
        assert_eq!(expo().at(1025), Some(Duration::MAX));
        assert_eq!(expo().at(u32::MAX), Some(Duration::MAX));
        assert_eq!(expo().factor(0).at(5000), Some(Duration::ZERO));
    }
}
