//! The end of slow start: what became of the calls that were in flight when the first was refused.

use super::super::controller::Seconds;
use super::findings::Bracket;

/// The pace grows by this factor at most per round trip in slow start.
pub(super) const GROWTH: f64 = 2.0;

/// The calls in flight when slow start ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Settling {
    /// The pace that was refused.
    pub(super) pace: f64,
    pub(super) ended: u32,
    pub(super) accepted: u32,
    /// Until when they are waited for.
    pub(super) until: Seconds,
    /// The rate, if the limit is so many calls per second and the first second was used up.
    pub(super) windowed: Option<f64>,
}

/// What is concluded from them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conclusion {
    pub(super) bracket: Bracket,
    pub(super) burst: Option<f64>,
    pub(super) proven: bool,
}

impl Settling {
    pub(super) fn count(&mut self, accepted: bool) {
        self.ended = self.ended.saturating_add(1);
        self.accepted = self.accepted.saturating_add(u32::from(accepted));
    }

    /// The bracket, from what was known before and the time that calls take.
    pub(super) fn conclude(self, before: Bracket, trip: Seconds) -> Conclusion {
        let accepted = f64::from(self.accepted);
        let none = Conclusion { bracket: before, burst: None, proven: false };
        match self.windowed.filter(|rate| accepted < (0.4 * rate * trip).max(2.0)) {
            _ if self.ended < 3 || (self.ended < 4 && accepted < 1.0) => none,
            // A bucket would have let more pass.
            Some(rate) if self.ended >= 4 => Conclusion {
                bracket: Bracket { low: 0.95 * rate, high: 1.02 * rate },
                burst: None,
                proven: true,
            },
            _ if self.ended >= 4 && accepted >= 2.0 => self.goodput(before, trip),
            _ if accepted >= 1.0 => {
                let high = 2.0 * self.pace * (accepted + 1.0) / f64::from(self.ended);
                Conclusion { bracket: Bracket { high: before.high.min(high), ..before }, ..none }
            }
            _ => none,
        }
    }

    /// What passed in one round trip is the rate, give or take a call; half of it, if a bucket of one and the pace beat
    /// against each other. The burst is what passed beyond that rate while the pace grew exponentially.
    fn goodput(self, before: Bracket, trip: Seconds) -> Conclusion {
        let (pace, accepted) = (self.pace, f64::from(self.accepted));
        let rate = (accepted / trip).min(pace);
        let beyond = (pace - rate) - rate * (pace / rate).ln();
        let low = before.low.max((accepted - 1.0) / trip);
        Conclusion {
            bracket: Bracket { low, high: pace.min(2.0 * (accepted + 1.0) / trip) },
            burst: Some((1.0 + trip / GROWTH.ln() * beyond).max(1.0)),
            proven: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Bracket = Bracket { low: 1.0, high: 500.0 };

    fn settled(ended: u32, accepted: u32, windowed: Option<f64>) -> Conclusion {
        Settling { pace: 500.0, ended, accepted, until: 0.0, windowed }.conclude(BEFORE, 0.1)
    }

    #[test]
    fn what_passes_in_one_round_trip_is_the_rate_of_a_bucket() {
        let conclusion = settled(50, 17, None);
        assert!(conclusion.proven);
        assert!(conclusion.bracket.low < 170.0 && conclusion.bracket.high > 170.0, "{conclusion:?}");
    }

    #[test]
    fn a_window_that_is_used_up_lets_nothing_pass() {
        let conclusion = settled(50, 0, Some(170.0));
        assert!(conclusion.bracket.low < 170.0 && conclusion.bracket.high > 170.0, "{conclusion:?}");
        assert!(conclusion.bracket.width() < 1.1);
        assert_eq!(settled(50, 17, Some(170.0)), settled(50, 17, None), "a bucket does");
    }

    #[test]
    fn a_few_calls_say_nothing() {
        for (ended, accepted) in [(0, 0), (1, 0), (2, 1), (3, 0)] {
            assert_eq!(settled(ended, accepted, Some(170.0)).bracket, BEFORE);
        }
    }
}
