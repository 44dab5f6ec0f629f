//! A wait of an async function that a scope skips.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::current::{Entry, own, skipping};
use super::lane::{Lane, Place, Timers};
use crate::mode::Mode;

/// A wait that is skipped. In a future that runs in a scope it ends when it is the first of all, and nothing else is
/// left to do; elsewhere at its second poll.
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
    Yielded,
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
            Stage::Yielded => true,
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
        if let Stage::Begun = self.stage {
            self.stage = match lane.timers {
                Some(timers) => {
                    let place = timers.begin(self.due, context.waker());
                    Stage::Timed(timers, place)
                }
                None => {
                    context.waker().wake_by_ref();
                    Stage::Yielded
                }
            };
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
