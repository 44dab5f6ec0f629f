use std::time::Duration;

use super::counted;
use crate::value::IntoMaxTime;

/// Fibonacci waits: 1 s, 1 s, 2 s, 3 s, 5 s, 8 s, ...
///
/// They grow by the golden ratio (1.618), so more gently than [`expo`](crate::expo). No `max_value` by default.
pub const fn fibo() -> Fibo {
    Fibo { max_value: Duration::MAX, count: 0 }
}

/// Fibonacci waits; made by [`fibo`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct Fibo {
    pub(super) max_value: Duration,
    count: u32,
}

impl Fibo {
    /// The longest wait, yielded for ever once the sequence reaches it; `None`, the default, for none.
    pub fn max_value(self, max_value: impl IntoMaxTime) -> Self {
        Self { max_value: max_value.into_max_time().unwrap_or(Duration::MAX), ..self }
    }

    /// The wait number `n`, counted from 0. There is always one.
    #[must_use]
    pub fn at(&self, n: u32) -> Option<Duration> {
        let (mut this, mut next) = (1_u64, 1_u64);
        for _ in 0..n {
            (this, next) = (next, this.saturating_add(next));
            // Beyond the bound (or beyond u64) nothing changes any more.
            if this == u64::MAX || this > self.max_value.as_secs() {
                break;
            }
        }
        let wait = if this == u64::MAX { Duration::MAX } else { Duration::from_secs(this) };
        Some(wait.min(self.max_value))
    }
}

counted!(Fibo longest: max_value);

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these seconds are exact")]
mod tests {
    use super::super::tests::seconds;
    use super::*;

    #[test]
    fn fibo_yields_the_fibonacci_numbers() {
        assert_eq!(seconds(fibo(), 9), [1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0]);
    }

    #[test]
    fn fibo_yields_max_value_for_ever_once_reached() {
        assert_eq!(seconds(fibo().max_value(8), 8), [1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 8.0, 8.0]);
        assert_eq!(seconds(fibo().max_value(6.5), 7), [1.0, 1.0, 2.0, 3.0, 5.0, 6.5, 6.5]);
        assert_eq!(seconds(fibo().max_value(30), 9)[8], 30.0);
        assert_eq!(seconds(fibo().max_value(0.5), 2), [0.5, 0.5]);
    }

    #[test]
    fn fibo_saturates_without_max_value() {
        assert_eq!(fibo().at(u32::MAX), Some(Duration::MAX));
    }
}
