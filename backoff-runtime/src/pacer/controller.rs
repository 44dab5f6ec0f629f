//! When the next call may go: the decision, without a clock, a queue or a wait. Time comes in as seconds.

use super::adaptive::Adaptive;
use super::per_second::PerSecond;

/// Seconds since the pacer was first used.
pub(super) type Seconds = f64;

/// A wait that ended later than asked for, by timer or scheduler, is made up for by this much: the next calls come as
/// they would have come. (A timer that counts milliseconds would else cost a tenth of the rate at 100 calls a second.)
pub(super) const CATCH_UP: Seconds = 0.005;

/// The longest that a gate stays closed, whatever a server says; then one call asks again.
pub(super) const LONGEST_CLOSURE: Seconds = 3600.0;

/// What is remembered of a call until it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sent {
    /// When it was let go.
    pub(super) at: Seconds,
    /// The calls per second at which it went, if the pacer held it; a call that came later than that says nothing of
    /// the pace.
    pub(super) pace: Option<f64>,
    /// Which decision it belongs to: news of an older one is no news.
    pub(super) epoch: u32,
}

/// The start of the interval after a call: where it was due, if it waited, else where it is.
pub(super) fn base(due: Seconds, now: Seconds, waited: bool) -> Seconds {
    if waited { due.max(now - CATCH_UP) } else { due.max(now) }
}

/// Either of the two ways to find the pace.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per pacer, in place, so that a static needs no allocation")]
pub(super) enum Controller {
    PerSecond(PerSecond),
    Adaptive(Adaptive),
}

/// Does the same to either.
macro_rules! either {
    ($self:expr, $controller:ident => $do:expr) => {
        match $self {
            Controller::PerSecond($controller) => $do,
            Controller::Adaptive($controller) => $do,
        }
    };
}

impl Controller {
    /// When the next call may go, if nothing happens before; never infinite.
    pub(super) fn due(&self) -> Seconds {
        either!(self, controller => controller.due())
    }

    /// No call goes before this, whatever happens.
    pub(super) fn earliest(&self) -> Seconds {
        either!(self, controller => controller.earliest())
    }

    /// A call goes; `waited` if it was held until now. So many others wait.
    pub(super) fn sent(&mut self, now: Seconds, waited: bool, waiting: usize) -> Sent {
        match self {
            Self::PerSecond(controller) => controller.sent(now, waited),
            Self::Adaptive(controller) => controller.sent(now, waited, waiting),
        }
    }

    /// A call passed the limit.
    pub(super) fn accepted(&mut self, now: Seconds, sent: Sent) {
        match self {
            Self::PerSecond(_) => {}
            Self::Adaptive(controller) => controller.accepted(now, sent),
        }
    }

    /// A call was refused by the limit.
    pub(super) fn throttled(&mut self, now: Seconds, sent: Sent, retry_after: Option<Seconds>) {
        let retry_after = retry_after.map(|after| after.min(LONGEST_CLOSURE));
        either!(self, controller => controller.throttled(now, sent, retry_after));
    }

    /// A call ended without news of the limit: it failed otherwise, or was dropped.
    pub(super) fn ended(&mut self) {
        match self {
            Self::PerSecond(_) => {}
            Self::Adaptive(controller) => controller.ended(),
        }
    }

    /// Calls per second at present, if known.
    pub(super) fn rate(&self) -> Option<f64> {
        match self {
            Self::PerSecond(controller) => Some(controller.rate()),
            Self::Adaptive(controller) => controller.rate(),
        }
    }
}
