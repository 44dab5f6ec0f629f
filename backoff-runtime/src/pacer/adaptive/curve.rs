//! The pace between two refusals: fast while far below the limit, slow near it, then a little beyond.
//!
//! The cubic of TCP CUBIC (RFC 9438, section 4.2), in units of the limit's own scale instead of seconds. Once it is
//! clearly beyond the pace that was refused before, the limit must have risen, and the pace doubles until it is refused.

use super::super::controller::Seconds;

/// How much further the pace goes beyond the plateau in the first while of probing, as a share of the plateau.
const PROBE: f64 = 0.05;

/// So far above the pace that was refused, a limit that did not rise would have refused again.
const RISEN: f64 = 1.03;

/// A pace that rises from a start to a plateau in one span of time, and then beyond.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Curve {
    pub(super) start: f64,
    pub(super) plateau: f64,
    /// The pace that was refused last.
    pub(super) refused: f64,
    /// From the start to the plateau.
    pub(super) span: Seconds,
    /// From the plateau to a share of [`PROBE`] beyond it.
    pub(super) probing: Seconds,
    /// The time for which the pacer was the bottleneck; nothing is learned while it is not.
    pub(super) busy: Seconds,
    /// The factor by which the limit seems to have risen.
    pub(super) beyond: f64,
    /// The time in which that doubles.
    pub(super) doubling: Seconds,
}

impl Curve {
    pub(super) fn advance(&mut self, by: Seconds) {
        self.busy += by;
        if self.rate() > RISEN * self.refused {
            self.beyond *= (by / self.doubling).exp2();
        }
    }

    /// Whether the limit has risen since it refused.
    pub(super) fn has_risen(&self) -> bool {
        self.beyond > 1.0
    }

    /// Calls per second.
    pub(super) fn rate(&self) -> f64 {
        let cube = |x: f64| x * x * x;
        let after = self.busy - self.span;
        let height = if after < 0.0 {
            (self.plateau - self.start) * cube(after / self.span)
        } else {
            self.plateau * PROBE * cube(after / self.probing)
        };
        self.beyond * (self.plateau + height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(busy: u32) -> f64 {
        let mut curve = Curve {
            start: 5.0,
            plateau: 10.0,
            refused: 10.1,
            span: 20.0,
            probing: 20.0,
            busy: 0.0,
            beyond: 1.0,
            doubling: 10.0,
        };
        (0..busy).for_each(|_| curve.advance(1.0));
        curve.rate()
    }

    #[test]
    fn it_rises_from_the_start_to_the_plateau_and_then_beyond() {
        assert!((after(0) - 5.0).abs() < 1e-9);
        assert!((after(20) - 10.0).abs() < 1e-9);
        assert!(after(10) > 9.0, "near the plateau soon");
        assert!(after(30) < 10.1, "and for long");
        assert!(after(36) > 10.2);
    }

    #[test]
    fn it_doubles_where_a_limit_that_did_not_rise_would_have_refused() {
        assert!((1.9..2.6).contains(&(after(60) / after(50))), "{} {}", after(50), after(60));
    }
}
