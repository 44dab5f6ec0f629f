//! A wait of an async function that a scope skips.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::current::{Entry, own, skipping};
use super::lane::{Lane, Place, QUIET, Timers};
use crate::mode::Mode;

/// A wait that is skipped. In a future that runs in a scope it ends when it is the first of all, and nothing else is
/// left to do; elsewhere after so many polls as let what only yields go on before.
#[derive(Debug)]
pub(crate) struct Skip {
    entry: Entry,
    call: Option<Instant>,
    wait: Duration,
    /// On the clock of all calls.
    begun: Instant,
    /// On the scope's clock.
    due: Duration,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Begun,
    Timed(Arc<Timers>, Place),
    /// So often.
    Yielded(u32),
}

/// The wait, if the current scope skips it.
#[inline]
pub(crate) fn skipped<M: Mode>(wait: Duration, call: Option<Instant>) -> Option<Box<Skip>> {
    skipping(|entry| {
        let times = entry.scope.clock.lock();
        let (begun, due) = (entry.clock::<M>(&times), times.due(wait));
        drop(times);
        Box::new(Skip { entry: entry.clone(), call, wait, begun, due, stage: Stage::Begun })
    })
}

impl Skip {
    pub(crate) fn poll<M: Mode>(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let lane = self.lane();
        let is_over = match &self.stage {
            Stage::Begun => false,
            Stage::Yielded(polls) => *polls >= QUIET,
            // In another lane than it began in, nobody else would end it.
            Stage::Timed(timers, place) => {
                !lane.timers.as_ref().is_some_and(|own| Arc::ptr_eq(own, timers))
                    || timers.is_over(*place, context.waker())
            }
        };
        if is_over {
            self.end::<M>(lane.number);
            return Poll::Ready(());
        }
        match (&mut self.stage, lane.timers) {
            (Stage::Begun, Some(timers)) => {
                let place = timers.begin(self.due, context.waker());
                self.stage = Stage::Timed(timers, place);
            }
            (Stage::Begun, None) => {
                context.waker().wake_by_ref();
                self.stage = Stage::Yielded(1);
            }
            (Stage::Yielded(polls), _) => {
                context.waker().wake_by_ref();
                *polls += 1;
            }
            (Stage::Timed(..), _) => {}
        }
        Poll::Pending
    }

    /// Where it is polled.
    fn lane(&self) -> Lane {
        let here = own().filter(|entry| entry.scope.is_same(&self.entry.scope));
        here.map_or_else(Lane::thread, |entry| entry.lane)
    }

    fn end<M: Mode>(&self, lane: u64) {
        let mut times = self.entry.scope.clock.lock();
        times.reach(self.due);
        if let Some(call) = self.call {
            let now = self.entry.clock::<M>(&times);
            // What the clock itself went on by was not skipped.
            let skipped = self.wait.saturating_sub(now.saturating_duration_since(self.begun));
            times.wake(call, now, skipped, lane);
        }
    }
}

impl Drop for Skip {
    fn drop(&mut self) {
        if let Stage::Timed(timers, place) = &self.stage {
            timers.leave(*place);
        }
    }
}
