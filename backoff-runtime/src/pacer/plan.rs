//! What a pacer is told when it is made, at compile time: its limits, and whether it has to find one.

use super::controller::Seconds;
use crate::duration::parse;

/// So many limits a pacer may have.
pub(super) const MOST: usize = 4;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Counts {
    /// The cost of each call, which is 1 unless it says another.
    Costs,
    /// Calls, whatever they cost.
    Calls,
}

/// A limit that was told: so much in a window of time.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Quota {
    pub(super) counts: Counts,
    pub(super) amount: f64,
    pub(super) window: Seconds,
    /// Spread evenly over the window, or else used at once.
    pub(super) spread: bool,
    /// The share of it to use; else by default.
    pub(super) margin: Option<f64>,
}

impl Quota {
    /// One that may be used at once.
    pub(super) const fn at_once(counts: Counts, amount: u64, window: Seconds) -> Self {
        Self { counts, amount: amount as f64, window, spread: false, margin: None }
    }

    /// The share of it to use. Calls that are spread come closer together on the network than they were sent; those of
    /// a window are counted until their answers are back.
    pub(super) fn margin(self) -> f64 {
        self.margin.unwrap_or(if self.spread { 0.95 } else { 1.0 })
    }
}

/// The limits of a pacer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Plan {
    /// It finds a limit by itself.
    pub(super) adaptive: bool,
    pub(super) quotas: [Option<Quota>; MOST],
    pub(super) max_in_flight: Option<u32>,
}

impl Plan {
    pub(super) const fn adaptive() -> Self {
        Self { adaptive: true, quotas: [None; MOST], max_in_flight: None }
    }

    /// No limit yet.
    pub(super) const fn told() -> Self {
        Self { adaptive: false, ..Self::adaptive() }
    }

    /// With one limit more.
    #[track_caller]
    pub(super) const fn and(mut self, quota: Quota) -> Self {
        assert!(
            quota.amount > 0.0 && quota.amount < f64::INFINITY,
            "the limit of a pacer must be greater than 0 and finite; write what the server allows, such as \
             `Pacer::per_second(10.0)` or `Pacer::per(100, \"1m\")`, or `Pacer::adaptive()` if it is not known"
        );
        assert!(
            quota.window > 0.0 && quota.window < f64::INFINITY,
            "the window of a limit must be longer than 0; write for instance `\"1m\"`"
        );
        let mut at = 0;
        while at < MOST {
            if self.quotas[at].is_none() {
                self.quotas[at] = Some(quota);
                return self;
            }
            at += 1;
        }
        panic!("a pacer has at most 4 limits; remove one")
    }

    /// Whether it has a limit that was told.
    #[cfg(feature = "fleet")]
    pub(super) fn has_quota(&self) -> bool {
        self.quotas.iter().any(Option::is_some)
    }

    /// The part of one of so many processes, which all together keep to the limits, and to the rate that was found. If it
    /// knows of none, not even of itself, it has all.
    #[cfg(feature = "fleet")]
    pub(super) fn part(mut self, rate: Option<f64>, members: u32) -> Self {
        if members == 0 {
            return self;
        }
        for quota in self.quotas.iter_mut().flatten() {
            quota.amount /= f64::from(members);
            // Nobody knows how much of the window is used.
            quota.spread = true;
        }
        self.max_in_flight = self.max_in_flight.map(|most| (most / members).max(1));
        if let (true, Some(rate), Some(free)) =
            (self.adaptive, rate, self.quotas.iter_mut().find(|quota| quota.is_none()))
        {
            let amount = rate / f64::from(members);
            *free =
                Some(Quota { counts: Counts::Calls, amount, window: 1.0, spread: true, margin: Some(1.0) });
        }
        self
    }

    /// The limit that was named last, if there is one.
    pub(super) const fn last(&mut self) -> Option<&mut Quota> {
        let mut at = MOST;
        while at > 0 {
            at -= 1;
            if self.quotas[at].is_some() {
                return self.quotas[at].as_mut();
            }
        }
        None
    }
}

/// A window, as it is written: a number with its unit.
#[track_caller]
pub(super) const fn window(text: &str) -> Seconds {
    match parse(text) {
        Ok(window) if !window.is_zero() => window.as_secs_f64(),
        Ok(_) => panic!("a window of zero has no limit; write a longer one, such as `\"1s\"`"),
        Err(wrong) => panic!("{}", wrong.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_numbers_with_a_unit() {
        let cases =
            [("250ms", 0.25), ("1s", 1.0), ("10s", 10.0), ("1m", 60.0), ("24h", 86_400.0), ("1h30m", 5400.0)];
        for (text, seconds) in cases {
            assert!((window(text) - seconds).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in ["", "s", "10", "0s", "-1s", "1min", "99999999999999999999s"] {
            assert!(std::panic::catch_unwind(|| window(text)).is_err(), "{text}");
        }
    }
}
