//! What a member of a fleet does to the state behind the lock.

use std::task::Waker;
use std::time::{Duration, Instant};

use super::{State, WAKING, Wakes};
use crate::jitter::full_jitter;
use crate::pacer::controller::Controller;
use crate::pacer::fleet::{Grants, Report, Share, Status};
use crate::pacer::gate::Gate;
use crate::pacer::plan::Plan;

impl State {
    /// From now on, turns come from a coordinator; `None` if it is in a fleet already.
    pub(in super::super) fn join(&mut self, plan: Plan) -> Option<Wakes> {
        match self.membership() {
            Some(_) => None,
            None => Some(self.decide(Gate::Shared(Share::new(plan.has_quota())))),
        }
    }

    /// The coordinator is reached again.
    pub(in super::super) fn rejoin(&mut self) -> Wakes {
        self.parted.take().map_or_else(Wakes::default, |share| self.decide(Gate::Shared(share)))
    }

    /// From now on, it is in no fleet.
    pub(in super::super) fn leave_fleet(&mut self, plan: Plan, now: Instant) -> Wakes {
        let wakes = self.part(plan, now);
        self.parted = None;
        wakes
    }

    /// From now on, the pacer goes on by itself, with its part of the limit.
    pub(in super::super) fn part(&mut self, plan: Plan, now: Instant) -> Wakes {
        let seconds = self.seconds(now);
        let mut share = match self.gate.take() {
            Some(Gate::Shared(share)) => share,
            // It goes on by itself already.
            own => {
                self.gate = own;
                return Wakes::default();
            }
        };
        let members = share.status.members;
        let plan = plan.part(share.status.rate, members);
        share.restart();
        self.parted = Some(share);
        let mut controller = Controller::new(plan);
        // The others part in the same moment, and a server that saves up nothing refuses calls that meet.
        let interval = controller.rate().and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        if let Some(interval) = interval.filter(|_| members > 0) {
            controller.close_until(seconds + full_jitter(interval).as_secs_f64());
        }
        self.decide(Gate::Own(controller))
    }

    /// Another decides from now on, who knows nothing of the calls in flight.
    fn decide(&mut self, gate: Gate) -> Wakes {
        self.gate = Some(gate);
        self.resets = self.resets.wrapping_add(1);
        self.offered = None;
        Wakes(self.queue.wake_all())
    }

    fn share(&mut self) -> Option<&mut Share> {
        match &mut self.gate {
            Some(Gate::Shared(share)) => Some(share),
            _ => None,
        }
    }

    /// Whether turns come from a coordinator; `None` if it is in no fleet.
    pub(in super::super) fn membership(&self) -> Option<(bool, &Status)> {
        match (&self.gate, &self.parted) {
            (Some(Gate::Shared(share)), _) => Some((true, &share.status)),
            (_, Some(share)) => Some((false, &share.status)),
            _ => None,
        }
    }

    /// What the coordinator has to know.
    pub(in super::super) fn report(&mut self, now: Instant, always: bool, waker: &Waker) -> Option<Report> {
        let seconds = self.seconds(now);
        let waiting = self.queue.len();
        let Some(Gate::Shared(share)) = &mut self.gate else { return None };
        share.report(seconds, waiting, self.queue.costs(), always, waker)
    }

    /// Turns came.
    pub(in super::super) fn granted(
        &mut self,
        plan: Plan,
        now: Instant,
        grants: Grants,
        clock: impl Fn(Duration) -> Instant,
    ) -> Wakes {
        let seconds = self.seconds(now);
        let turns: Vec<_> =
            grants.turns.into_iter().map(|turn| (self.seconds_at(clock(turn.at)), turn)).collect();
        let Some(share) = self.share() else { return Wakes::default() };
        let is_sooner = !share.has_turns();
        share.granted(seconds, grants.upto, turns);
        if is_sooner {
            self.opened = seconds + WAKING;
        }
        let mut wakes = self.wakes(plan, now, is_sooner);
        self.call_reporter(&mut wakes);
        Wakes(wakes)
    }

    /// The coordinator says what matters to all.
    pub(in super::super) fn status(
        &mut self,
        plan: Plan,
        now: Instant,
        status: Status,
        clock: impl Fn(Duration) -> Instant,
    ) -> Wakes {
        self.seconds(now);
        let earliest = self.seconds_at(clock(status.earliest));
        let Some(share) = self.share() else { return Wakes::default() };
        share.earliest = earliest;
        share.status = status;
        Wakes(self.wakes(plan, now, false))
    }
}
