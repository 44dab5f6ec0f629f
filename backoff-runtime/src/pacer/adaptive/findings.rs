//! What is known of the limit, and what a refusal adds to it.

use super::super::controller::Seconds;
use super::settling::Conclusion;

/// So much of a rate that was proven is still trusted after one, two, ... epochs that were refused early.
const TRUST: [f64; 4] = [0.94, 0.8, 0.5, 0.25];
/// ... and each time this share of it after those: the limit has fallen.
const DISTRUST: f64 = 0.4;
/// An epoch of fewer accepted calls says little about the limit.
pub(super) const SHORT_EPOCH: u32 = 32;
/// So many calls tell a rate, and two rates agree that are no further apart.
const ENOUGH: u32 = 8;
const SAME_RATE: f64 = 1.15;
/// Two paces that were refused agree, if they are no further apart.
const AGREEMENT: f64 = 1.02;
/// More than so often agreed is no more certain.
const CERTAIN: i32 = 2;

/// Two paces between which the limit lies: one that is let through, and one that is not.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Bracket {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bracket {
    pub(super) fn width(self) -> f64 {
        self.high / self.low
    }

    pub(super) fn middle(self) -> f64 {
        (self.low * self.high).sqrt()
    }
}

/// A refusal, and the epoch that it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    /// The pace that was refused.
    pub(super) pace: f64,
    /// What would be one call per hint of the server.
    pub(super) hinted: Option<f64>,
    /// Calls that were accepted before.
    pub(super) accepted: u32,
    /// The time in which they were, from the refusal before.
    pub(super) elapsed: Seconds,
    /// The highest rate at which they were.
    pub(super) goodput: f64,
    pub(super) cruising: bool,
    /// The lowest pace that is possible.
    pub(super) slowest: f64,
}

/// What is known of the limit.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Findings {
    pub(super) bracket: Bracket,
    /// As many calls may have been saved up by the server.
    pub(super) burst: f64,
    /// A rate that was let through for long.
    pub(super) proven: Option<f64>,
    short_epochs: usize,
    long_epochs: i32,
    /// How often in a row the limit was met at the same pace.
    agreed: i32,
    /// What passed in the short epoch before, in calls per second.
    before: Option<f64>,
}

impl Findings {
    pub(super) const fn new() -> Self {
        Self {
            bracket: Bracket { low: 0.0, high: 0.0 },
            burst: 1.0,
            proven: None,
            short_epochs: 0,
            long_epochs: 0,
            agreed: 0,
            before: None,
        }
    }

    /// The very first call was refused, or slow start was: nothing is known below but the hint.
    pub(super) fn begin(&mut self, refusal: Refusal, unknown: f64) {
        let low = refusal.hinted.unwrap_or(refusal.pace / unknown);
        self.burst = f64::from(refusal.accepted) + 1.0;
        self.set_bracket(low, refusal);
    }

    /// A pace was refused that was thought to pass, or tried.
    pub(super) fn refused(&mut self, refusal: Refusal) {
        let Refusal { pace, accepted, .. } = refusal;
        let mut low = refusal.goodput;
        if pace <= self.bracket.low {
            // What seemed to be a rate was a burst, though none of more calls than were accepted.
            self.burst = (1.5 * self.burst + 1.0).min((f64::from(accepted) + 1.0).max(self.burst));
        }
        if accepted < 8 {
            low = low.max(refusal.hinted.filter(|hinted| *hinted < pace).unwrap_or(pace / 4.0));
        }
        if accepted >= SHORT_EPOCH {
            self.before = None;
        } else if let Some(rate) = self.weigh(accepted, refusal.elapsed).filter(|rate| 3.0 * rate < pace) {
            self.set_bracket(0.95 * rate, Refusal { pace: 1.1 * rate, ..refusal });
            self.proven = Some(0.95 * rate);
            self.short_epochs = 0;
            return;
        }
        if refusal.cruising {
            self.agree(pace);
        }
        match self.proven.filter(|_| accepted < SHORT_EPOCH) {
            Some(proven) => low = low.max(proven * self.distrust()),
            None if refusal.cruising => self.prove(low),
            None => {}
        }
        self.set_bracket(low, refusal);
    }

    /// Takes over what the end of slow start told.
    pub(super) fn conclude(&mut self, conclusion: Conclusion) {
        let Bracket { low, high } = conclusion.bracket;
        self.bracket = Bracket { low: low.min(0.98 * high), high };
        self.burst = conclusion.burst.unwrap_or(self.burst);
        if conclusion.proven {
            self.proven = Some(low);
        }
    }

    /// Short epochs end soon after a burst that was saved up while the gate was closed. Then what passed from one refusal
    /// to another is the rate, and again the same.
    fn weigh(&mut self, accepted: u32, elapsed: Seconds) -> Option<f64> {
        let rate = (accepted >= ENOUGH).then(|| f64::from(accepted) / elapsed.max(1e-9))?;
        let before = self.before.replace(rate)?;
        (rate.max(before) < SAME_RATE * rate.min(before)).then_some(rate)
    }

    fn set_bracket(&mut self, low: f64, Refusal { pace, slowest, .. }: Refusal) {
        let high = pace.max(slowest);
        self.bracket = Bracket { low: low.min(0.98 * high).max(0.5 * slowest), high };
    }

    fn agree(&mut self, pace: f64) {
        let apart = (pace / self.bracket.high).max(self.bracket.high / pace);
        self.agreed = if apart < AGREEMENT { (self.agreed + 1).min(CERTAIN) } else { 0 };
    }

    fn distrust(&mut self) -> f64 {
        let times = self.short_epochs;
        self.short_epochs = (times + 1).min(50);
        let [.., last] = TRUST;
        let beyond = 1 + times.saturating_sub(TRUST.len());
        TRUST.get(times).copied().unwrap_or_else(|| last * DISTRUST.powf(beyond as f64))
    }

    fn prove(&mut self, rate: f64) {
        self.proven = Some(rate);
        self.short_epochs = 0;
        self.long_epochs = (self.long_epochs + 1).min(6);
    }

    /// Where to begin, and what to rise to, below the limit.
    pub(super) fn cruise(&self) -> (f64, f64) {
        let Bracket { low, high } = self.bracket;
        let start = if self.agreed > 0 { low.max(0.98 * high) } else { low };
        (start, start.max((0.99 * high).min((start * high).sqrt())))
    }

    /// How many times longer than the gate stays closed it takes before the limit is tried again: the longer, the better
    /// it is known, and long enough that the loss of a closed gate is worth what can be found.
    pub(super) fn patience(&self) -> f64 {
        let (start, _) = self.cruise();
        let certain = 2_f64.powi(self.agreed);
        let known = 3.0 * 2_f64.powi(self.long_epochs) * certain;
        let worth = 1.0 / (self.bracket.high / start - 1.0).max(1e-3);
        known.max(worth).min(25.0 * certain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pace: f64, accepted: u32, goodput: f64) -> Refusal {
        Refusal { pace, hinted: Some(1.0), accepted, elapsed: 1e9, goodput, cruising: true, slowest: 0.01 }
    }

    #[test]
    fn the_limit_lies_between_what_passed_and_what_was_refused() {
        let mut findings = Findings::new();
        findings.refused(refusal(10.0, 500, 9.0));
        assert_eq!(findings.bracket, Bracket { low: 9.0, high: 10.0 });
        let (start, plateau) = findings.cruise();
        assert!(start >= 9.0 && plateau < 10.0);
    }

    #[test]
    fn a_refusal_by_chance_costs_little_of_a_proven_rate_and_a_limit_that_fell_is_believed() {
        let mut findings = Findings::new();
        findings.refused(refusal(100.0, 500, 98.0));
        let mut lows = Vec::new();
        for _ in 0..9 {
            let pace = findings.bracket.low;
            findings.refused(refusal(pace, 0, 0.0));
            lows.push(findings.bracket.low);
        }
        assert!((lows[0] - 0.94 * 98.0).abs() < 1e-9, "{lows:?}");
        assert!(lows[8] < 2.0, "{lows:?}");
    }

    #[test]
    fn a_limit_that_is_met_again_and_again_is_tried_less_often() {
        let mut findings = Findings::new();
        let patience = |findings: &mut Findings| {
            findings.refused(refusal(10.0, 500, 9.5));
            findings.patience()
        };
        assert!(patience(&mut findings) < 25.0);
        (0..8).for_each(|_| _ = patience(&mut findings));
        assert!((patience(&mut findings) - 100.0).abs() < 1e-9);
        findings.refused(refusal(20.0, 500, 19.0));
        assert!(findings.patience() <= 25.0);
    }
}
