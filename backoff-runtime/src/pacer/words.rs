//! What the server says of its limits, and when a call may go by that.
//!
//! What remains is told by the answers to some calls while others are in flight, so those count as if they were not
//! counted yet. A server tells for each of its limits how much remains; here each is followed by itself.

mod edge;
mod told;

use std::time::Duration;

use super::controller::Seconds;
use crate::rate_limit::RateLimit;
use told::Told;

/// More limits are not followed.
const MOST: usize = 8;

/// The calls in flight, and what they cost together.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct InFlight {
    pub(super) calls: u32,
    pub(super) cost: f64,
}

/// A caller at the gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) cost: f64,
    pub(super) in_flight: InFlight,
    /// Callers that wait, it included.
    pub(super) waiting: usize,
    /// How long calls take.
    pub(super) trip: Seconds,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    /// The limit let it pass.
    pub(super) is_accepted: bool,
    /// The server told of its limits in the answer.
    pub(super) is_heard: bool,
}

/// What the server has told.
#[derive(Debug)]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Words {
    limits: Vec<Told>,
    /// Calls that passed since the server first told.
    passed: u32,
    /// The server refused a call though it told that more remains: it has a limit of which it doesn't tell.
    is_not_all: bool,
}

impl Words {
    pub(super) const fn new() -> Self {
        Self { limits: Vec::new(), passed: 0, is_not_all: false }
    }

    /// The answer to a call that was sent then.
    pub(super) fn told(
        &mut self,
        limits: impl IntoIterator<Item = RateLimit>,
        sent: Seconds,
        now: Seconds,
        trip: Seconds,
    ) {
        for limit in limits {
            match self.limits.iter().position(|told| told.is_of(&limit)) {
                Some(known) => self.limits[known].again(&limit, sent, now, trip),
                None if self.limits.len() < MOST => self.limits.push(Told::new(&limit, sent, now, trip)),
                None => {}
            }
        }
    }

    /// Whether the server tells what remains, and of all its limits, as far as is known.
    pub(super) fn are_all(&self) -> bool {
        !self.is_not_all && self.limits.iter().any(Told::is_counted)
    }

    /// Calls that passed since the server first told.
    pub(super) fn passed(&self) -> u32 {
        self.passed
    }

    /// When a call may go, if nothing happens before; never, if calls have to end before.
    pub(super) fn due(&self, asking: Asking) -> Seconds {
        self.limits.iter().map(|told| told.due(asking)).fold(0.0, Seconds::max)
    }

    /// A call can't go earlier than then, whatever happens.
    pub(super) fn earliest(&self, asking: Asking) -> Seconds {
        self.limits.iter().map(|told| told.earliest(asking)).fold(0.0, Seconds::max)
    }

    pub(super) fn sent(&mut self, now: Seconds, asking: Asking) {
        self.limits.iter_mut().for_each(|told| told.sent(now, asking));
    }

    /// A call ended that was sent then.
    pub(super) fn ended(&mut self, sent: Seconds, now: Seconds, cost: f64, end: Ended) {
        self.passed = self.passed.saturating_add(u32::from(end.is_accepted && !self.limits.is_empty()));
        self.limits.iter_mut().for_each(|told| told.ended(sent, now, cost, end));
    }

    /// A call was refused; returns whether what was told explains it.
    pub(super) fn refused(&mut self, now: Seconds, hint: Option<Seconds>, in_flight: InFlight) -> bool {
        let mut explained = false;
        for told in &mut self.limits {
            explained |= told.refused(now, hint, in_flight);
        }
        self.is_not_all |= !explained;
        explained
    }

    /// What was told, as it is now.
    pub(super) fn limits(&self, now: Seconds) -> Vec<RateLimit> {
        self.limits.iter().map(|told| told.as_of(now)).collect()
    }
}

/// A time from now on, which no clock is set back below.
fn from(now: Seconds, until: Seconds) -> Duration {
    Duration::try_from_secs_f64((until - now).max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::controller::LONGEST_CLOSURE;
    use super::*;
    use crate::rate_limit::QuotaUnit;

    /// Anything that a server may say.
    fn any_limit() -> impl Strategy<Value = RateLimit> {
        let count = || prop_oneof![Just(0), 0..200_u64, any::<u64>()];
        let time = || prop_oneof![Just(0.0), 0.0..20.0_f64, 0.0..1e9_f64, Just(1e19)];
        let (limit, remaining) = (proptest::option::of(count()), proptest::option::of(count()));
        let (reset, window) = (proptest::option::of(time()), proptest::option::of(time()));
        (limit, remaining, reset, window, 0..3_u8).prop_map(|(limit, remaining, reset, window, unit)| {
            let duration = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            let unit =
                [QuotaUnit::Requests, QuotaUnit::Tokens, QuotaUnit::ConcurrentRequests][usize::from(unit)];
            let mut told = RateLimit::new().with_unit(unit);
            (told.limit, told.remaining) = (limit, remaining);
            (told.reset, told.window) = (reset.map(duration), window.map(duration));
            told
        })
    }

    proptest! {
        #[test]
        fn whatever_a_server_says_a_call_goes_within_an_hour(
            answers in proptest::collection::vec((any_limit(), 0.0..5.0_f64, 0..4_u8), 1..60),
        ) {
            let mut words = Words::new();
            let mut now = 0.0;
            let asking = Asking { cost: 1.0, in_flight: InFlight::default(), waiting: 9, trip: 0.05 };
            for (limit, trip, how) in answers {
                let due = words.due(asking);
                prop_assert!(due <= now + LONGEST_CLOSURE + 1.0, "{due} at {now}: {words:?}");
                prop_assert!(words.earliest(asking) <= due.max(now), "{words:?}");
                now = due.max(now);
                words.sent(now, asking);
                let sent = now;
                now += trip;
                if how > 0 {
                    words.told(limit, sent, now, trip);
                }
                words.ended(sent, now, 1.0, Ended { is_accepted: how < 3, is_heard: how > 0 });
                if how == 3 {
                    words.refused(now, None, InFlight::default());
                }
                prop_assert!(words.limits(now).len() <= MOST);
            }
        }
    }
}
