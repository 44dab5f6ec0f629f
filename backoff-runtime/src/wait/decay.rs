use std::time::Duration;

use super::{counted, saturating};
use crate::value::{IntoMaxTime, IntoNumber, IntoSeconds};

/// Exponentially shrinking waits: `initial_value * e^(-n * decay_factor)` seconds for n = 0, 1, ...
///
/// Defaults: `initial_value = 1`, `decay_factor = 1`, `min_value = 0`. For polling something that is more likely to be
/// ready the longer one has waited.
pub const fn decay() -> Decay {
    Decay { initial_value: 1.0, decay_factor: 1.0, min_value: Duration::ZERO, count: 0 }
}

/// Exponentially shrinking waits; made by [`decay`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct Decay {
    pub(super) initial_value: f64,
    pub(super) decay_factor: f64,
    pub(super) min_value: Duration,
    count: u32,
}

impl Decay {
    /// The first wait, in seconds; 1 by default.
    pub fn initial_value(self, initial_value: impl IntoSeconds) -> Self {
        Self { initial_value: initial_value.into_seconds().as_secs_f64(), ..self }
    }

    /// How fast the waits shrink: each is the one before times `e^-decay_factor`; 1 by default.
    pub fn decay_factor(self, decay_factor: impl IntoNumber) -> Self {
        Self { decay_factor: decay_factor.into_number(), ..self }
    }

    /// The shortest wait, yielded for ever once the sequence reaches it; `None`, the default, for none.
    pub fn min_value(self, min_value: impl IntoMaxTime) -> Self {
        Self { min_value: min_value.into_max_time().unwrap_or(Duration::ZERO), ..self }
    }

    /// The wait number `n`, counted from 0. There is always one.
    #[must_use]
    pub fn at(&self, n: u32) -> Option<Duration> {
        let wait = self.initial_value * (-f64::from(n) * self.decay_factor).exp();
        Some(saturating(wait).max(self.min_value))
    }
}

counted!(Decay);

#[cfg(test)]
mod tests {
    use super::super::tests::seconds;
    use super::*;

    #[test]
    fn decay_yields_initial_value_times_e_to_the_minus_n_decay_factor() {
        let expected = |n: i32, factor: f64| 10.0 * (f64::from(-n) * factor).exp();
        for (n, wait) in (0..).zip(seconds(decay().initial_value(10).decay_factor(0.5), 6)) {
            assert!((wait - expected(n, 0.5)).abs() < 1e-8, "{n}: {wait}");
        }
    }

    #[test]
    fn decay_yields_min_value_for_ever_once_reached() {
        let waits = seconds(decay().initial_value(2).min_value(0.5), 5);
        assert!((waits[1] - 2.0 / std::f64::consts::E).abs() < 1e-8);
        assert_eq!(waits[2..], [0.5, 0.5, 0.5]);
        assert_eq!(decay().at(u32::MAX), Some(Duration::ZERO));
    }
}
