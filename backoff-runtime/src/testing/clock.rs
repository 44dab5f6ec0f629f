//! The clock of a scope, and how far each of its calls has come on it.
//!
//! Calls that run at once don't wait for each other, so a wait that one of them skips is its own. A call's time is that
//! of the real clock, and what was skipped by its own waits and by the calls in its attempts. Which calls those are,
//! nobody says: a call that began after the attempt did, in the same [lane](super::lane), and is not waiting when the
//! attempt ends. Each event has a tick of its own, so that it is known which came first.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After 584 years of waits a clock stands still.
const END: Duration = Duration::from_nanos(u64::MAX);

/// The clock of a scope.
#[derive(Debug)]
pub(super) struct Clock {
    /// Where sync functions find it, when nothing else moves it than waits that are skipped.
    pub(super) start: Instant,
    times: Mutex<Times>,
}

#[derive(Debug)]
pub(super) struct Times {
    /// What every call was moved on by.
    advanced: Duration,
    /// That, and the waits that were skipped: those at once count by the longest, where it is known that they are.
    furthest: Duration,
    latest: Instant,
    calls: BTreeMap<Instant, Call>,
}

/// How far a call has come.
#[derive(Debug)]
struct Call {
    /// What the real clock showed when it began.
    began: Instant,
    /// By its own waits, and in the attempts that are over.
    skipped: Duration,
    /// The tick at which the current attempt began; none while it waits.
    attempt: Option<Instant>,
    /// The tick of its latest event.
    latest: Instant,
    lane: u64,
}

impl Default for Clock {
    fn default() -> Self {
        let start = Instant::now();
        let (advanced, furthest) = (Duration::ZERO, Duration::ZERO);
        let times = Times { advanced, furthest, latest: start, calls: BTreeMap::new() };
        Self { start, times: Mutex::new(times) }
    }
}

impl Clock {
    pub(super) fn lock(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Times {
    pub(super) fn advanced(&self) -> Duration {
        self.advanced
    }

    pub(super) fn furthest(&self) -> Duration {
        self.furthest
    }

    pub(super) fn advance(&mut self, time: Duration) {
        self.advanced = later(self.advanced, time);
        self.furthest = later(self.furthest, time);
    }

    /// When a wait that begins now is over.
    pub(super) fn due(&self, wait: Duration) -> Duration {
        later(self.furthest, wait)
    }

    pub(super) fn reach(&mut self, due: Duration) {
        self.furthest = self.furthest.max(due);
    }

    /// A call begins. Its tick is its name.
    pub(super) fn begin(&mut self, now: Instant, lane: u64) -> Instant {
        let tick = self.tick(now);
        self.calls.insert(tick, Call::new(now, tick, lane));
        tick
    }

    /// The time since a call began.
    pub(super) fn elapsed(&self, call: Instant, now: Instant, lane: u64) -> Duration {
        match self.calls.get(&call) {
            Some(Call { began, skipped, .. }) => {
                now.saturating_duration_since(*began) + *skipped + self.skipped_within(call, lane)
            }
            // It began elsewhere.
            None => now.saturating_duration_since(call),
        }
    }

    /// An attempt of a call is over, and a wait begins. One that needed no clock until now begins with it.
    pub(super) fn back_off(&mut self, call: Option<Instant>, now: Instant, lane: u64) -> Instant {
        let tick = self.tick(now);
        let name = call.unwrap_or(tick);
        let within = self.skipped_within(name, lane);
        let call = self.calls.entry(name).or_insert_with(|| Call::new(call.unwrap_or(now), tick, lane));
        call.skipped = later(call.skipped, within);
        call.attempt = None;
        call.latest = tick;
        name
    }

    /// A wait is over, of which so much was skipped, and an attempt of the call begins.
    pub(super) fn wake(&mut self, call: Instant, now: Instant, skipped: Duration, lane: u64) {
        let tick = self.tick(now);
        if let Some(call) = self.calls.get_mut(&call) {
            call.skipped = later(call.skipped, skipped);
            call.attempt = Some(tick);
            call.latest = tick;
            call.lane = lane;
        }
    }

    /// A later instant than any before.
    fn tick(&mut self, now: Instant) -> Instant {
        let next = self.latest + Duration::from_nanos(1);
        self.latest = now.max(next);
        self.latest
    }

    /// What was skipped in the current attempt of a call: by calls that followed each other, all of it; by those that ran
    /// at once, what the longest of them did.
    fn skipped_within(&self, call: Instant, lane: u64) -> Duration {
        let Some(attempt) = self.calls.get(&call).and_then(|call| call.attempt) else {
            return Duration::ZERO;
        };
        let began_since = self.calls.range((Excluded(attempt), Unbounded));
        let within = began_since.filter(|(_, call)| call.lane == lane && call.attempt.is_some());
        let mut longest = Longest::default();
        within.for_each(|(began, call)| longest.add(*began, call.latest, call.skipped));
        longest.time()
    }
}

impl Call {
    fn new(began: Instant, tick: Instant, lane: u64) -> Self {
        Self { began, skipped: Duration::ZERO, attempt: Some(tick), latest: tick, lane }
    }
}

/// The longest time of all chains of calls that followed each other, by the end of its last call. A later end stands
/// only for a longer time.
#[derive(Default)]
struct Longest(BTreeMap<Instant, Duration>);

impl Longest {
    /// Adds a call; they come in the order in which they began.
    fn add(&mut self, began: Instant, ended: Instant, time: Duration) {
        let before = |end| self.0.range(..end).next_back().map_or(Duration::ZERO, |(_, time)| *time);
        let time = later(before(began), time);
        if time <= before(ended) {
            return;
        }
        self.0.insert(ended, time);
        while let Some((&end, _)) =
            self.0.range((Excluded(ended), Unbounded)).next().filter(|(_, longer)| **longer <= time)
        {
            self.0.remove(&end);
        }
    }

    fn time(&self) -> Duration {
        self.0.last_key_value().map_or(Duration::ZERO, |(_, time)| *time)
    }
}

fn later(time: Duration, by: Duration) -> Duration {
    time.saturating_add(by).min(END)
}
