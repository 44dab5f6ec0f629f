//! The pace between two refusals: fast while far below the limit, slow near it, then beyond.
//!
//! The cubic of TCP CUBIC (RFC 9438, section 4.2), in units of the limit's own scale instead of seconds.

use super::super::controller::Seconds;

/// How much further the pace goes beyond the plateau in the first span after it, as a share of the plateau.
const PROBE: f64 = 0.05;

/// A pace that rises from a start to a plateau in one span of time, and then beyond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    start: f64,
    plateau: f64,
    span: Seconds,
    /// The time for which the pacer was the bottleneck; nothing is learned while it is not.
    busy: Seconds,
}

impl Curve {
    pub(super) fn new(start: f64, plateau: f64, span: Seconds) -> Self {
        Self { start, plateau, span, busy: 0.0 }
    }

    pub(super) fn advance(&mut self, by: Seconds) {
        self.busy += by;
    }

    /// Calls per second.
    pub(super) fn rate(&self) -> f64 {
        let x = self.busy / self.span - 1.0;
        let cube = x * x * x;
        if x < 0.0 {
            self.plateau + (self.plateau - self.start) * cube
        } else {
            self.plateau * (1.0 + PROBE * cube)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(busy: f64) -> f64 {
        let mut curve = Curve::new(5.0, 10.0, 20.0);
        curve.advance(busy);
        curve.rate()
    }

    #[test]
    fn it_rises_from_the_start_to_the_plateau_and_then_beyond() {
        assert!((at(0.0) - 5.0).abs() < 1e-9);
        assert!((at(20.0) - 10.0).abs() < 1e-9);
        assert!((at(40.0) - 10.5).abs() < 1e-9);
        assert!(at(10.0) > 9.0, "near the plateau soon");
        assert!(at(30.0) < 10.1, "and for long");
    }
}
