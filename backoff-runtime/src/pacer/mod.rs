//! The shared pacer: as many calls as the server's limit lets through, and hardly one more.
//!
//! No backoff of single calls can do that, for each knows only its own failures. A [`Pacer`] stands in front of every
//! attempt of every caller, keeps them in order, and lets one go whenever the limit has room for it. It is told how
//! each attempt ended, and so finds the limit when nobody told it.
//!
//! The pieces, each without knowledge of the others: [`plan`] is what a pacer is told at compile time; [`spread`] and
//! [`at_once`] keep a limit that was told, [`adaptive`] finds one, [`words`] follows what the server says of its own, and
//! [`controller`] takes the latest of what they say; [`queue`] knows who is next; [`state`] joins them behind one lock;
//! [`waiting`] waits, as a future or as a thread.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

mod adaptive;
mod at_once;
mod controller;
#[cfg(feature = "fleet")]
pub mod fleet;
mod gate;
mod plan;
mod queue;
mod spread;
mod state;
mod turn;
mod waiting;
mod words;

use controller::Seconds;
use gate::Gate;
use plan::{Counts, Plan, Quota};
use queue::Ticket;
use state::{Caller, State, Step};

use crate::details::GiveUp;
#[cfg(feature = "tokio")]
use crate::mode::Async;
#[cfg(not(feature = "tokio"))]
use crate::mode::Blocking;
use crate::mode::Mode;
use crate::rate_limit::RateLimit;
use crate::stop::Stop;
pub use turn::{Place, Turn};
#[cfg(feature = "tokio")]
pub use waiting::WaitForTurn;
pub(crate) use waiting::this_thread;

/// Keeps all calls that share a rate limit as close to it as possible, without exceeding it.
///
/// Make one per limit, which usually is one per host and account, and let every function name it that calls there.
///
/// ```
/// use backoff_runtime::Pacer;
///
/// /// The limit is not known: found by trying, and found again when it changes.
/// static MAIL: Pacer = Pacer::adaptive();
/// /// Ten calls a second.
/// static SMS: Pacer = Pacer::per_second(10.0);
///
/// assert_eq!(MAIL.rate(), None);
/// assert_eq!(SMS.rate(), Some(9.5));
/// ```
///
/// Callers wait in the order in which they came, and one that the limit refused comes back ahead of all who came after
/// it. One that is dropped leaves at once. Async and sync callers may share a pacer.
///
/// Nobody waits for a future that isn't polled. A turn that is due and not taken is offered to the next caller, after one
/// millisecond for each who stands ahead, so each caller that isn't polled costs the others a few milliseconds once, and a crowd of them a quarter of a second. It
/// loses that turn, but not its age: polled again, it stands ahead of all who came after it. A front that missed turns is
/// waited for a little longer (at most 31 ms), and one that is only just woken because a call ended, 50 ms.
///
/// # How it works
/// A call goes when nothing holds it: no limit that the pacer was told, no limit that it found, nothing that the server
/// said, and no bound on calls in flight.
///
/// - *A limit that was told* is spread evenly ([`per_second`](Self::per_second)), or used at once ([`per`](Self::per)).
/// - *What the server says* of its limit ([`Turn::told`], the option `limit`): no more calls go than remain, less those in
///   flight, which it may not have counted yet. When nothing remains, the next window is awaited. Servers tell its end in
///   whole seconds; a few calls of the old window are sent when that number changes, which tells the end to a fraction of a
///   second. One call asks whether the new window has begun, and the others follow.
/// - *A limit that nobody told* is found by [`Pacer::adaptive`]. This is how it looks where 100 calls are allowed in 10 s:
///
/// ```text
///   calls │    ▂
///   each  │   ▆█                    ▆▆                    ▆▆
///  second │ ▂▆██                    ██                    ██
///         └──────────────────────────────────────────────────────
///           start │ closed, as the  │ 100 go │ the next   │ again
///                 │ server refused  │ at once │ window is │
///                 │ the 101st       │         │ awaited   │
/// ```
///
/// 1. *Start.* One call goes alone, and tells how long calls take. Then the pace doubles per such time, but no more calls
///    are under way than 4, or a seventieth of the work (what waits and what has passed), or a twentieth of what has
///    passed. So many are refused in vain when the limit is met, and no more.
/// 2. *Refused.* The first refusal closes the gate, for as long as the server says. If the server does not say, one call
///    asks after a quarter of a second, and again after pauses that grow by half or double, up to an hour.
/// 3. *What it was.* When a call passes again, what passed from one opening to the next, and the time between, tell what
///    is allowed. If the server said to stay away for more than a second, and so much of the time was spent waiting, it may
///    be a quota per window: the quota is used in the first quarter of the next window, and then the one after it is
///    awaited without asking. If that is refused early (a sliding counter, a bucket), the calls are spread over the time.
///    Else the limit is a rate, between one that passed and one that was refused. Paces between them are tried.
/// 4. *Cruise.* The pace stays just below the one that was refused, and goes a little beyond it now and then: the less
///    often, the more often the limit was met at the same pace. Of a quota, more is tried once in several windows.
/// 5. *Changes.* If nothing is refused where it was before, the limit has risen, and the pace doubles until it is refused.
///    Refusals that come soon after each other lower it, a little at first, and then by half and more.
///
/// Nothing is learned from calls that did not have to wait.
///
/// # How close it comes
/// Calls and time as ratios to what the server allows, all messages at once, through 50 ms of network; by told, the time
/// as a ratio to that of a pacer that was told the rate:
///
/// | server | messages | calls | time | by told |
/// | --- | --- | --- | --- | --- |
/// | bucket of 1, 1/s | 500 | 1.022 | 1.026 | 0.97 |
/// | bucket of 1, 10/s | 5000 | 1.002 | 1.034 | 0.98 |
/// | bucket of 1, 170/s | 5000 | 1.002 | 1.110 | 1.05 |
/// | bucket of 1 s, 170/s | 5000 | 1.018 | 1.040 | 0.95 |
/// | window of 1 s, 10/s | 5000 | 1.003 | 1.031 | 0.98 |
/// | window of 1 s, 170/s | 5000 | 1.015 | 1.115 | 1.02 |
/// | windows of 10 s, 100 calls each | 300 | 1.020 | 1.13 | 0.72 |
/// | the same, without `Retry-After` | 300 | 1.040 | 1.87 | 1.19 |
/// | windows of 10 s, 100 calls each, 500 ms of network | 1000 | 1.035 | 1.24 | 1.00 |
/// | windows of a minute, 10 calls each, without `Retry-After` | 100 | 1.152 | 1.19 | 0.97 |
/// | windows of an hour, 500 calls each | 1500 | 1.017 | 1.17 | 0.56 |
/// | the same, without `Retry-After` | 1500 | 1.033 | 1.67 | 0.79 |
/// | bucket of 21, 10/s, without `Retry-After` | 300 | 1.037 | 1.00 | 0.89 |
/// | bucket of 1, 1/s, without `Retry-After` | 60 | 1.093 | 1.26 | 1.19 |
/// | bucket of 1, 10/s, 500 ms of network | 1000 | 1.017 | 2.32 | 0.62 |
/// | a refused call begins the window of 10 s anew, without `Retry-After` | 1000 | 1.026 | 3.52 | 3.01 |
/// | a refused call is banned for 30 s | 1000 | 1.032 | 3.81 | 3.08 |
/// | the same, and each call in that time prolongs it, without `Retry-After` | 1000 | 1.028 | 8.29 | 6.71 |
/// | no limit: 2.9 s, of which unpaced calls need 0.05 s | 5000 | 1.000 | 58.8 | |
///
/// (`Pacer::adaptive()`, mean of five seeds; all but the first three with noise of 2 ms each way or more. The worst seed,
/// and more servers, are in what `cargo run --release -p backoff-tests --example pacer_table` prints in the repository.) A
/// refused call closes the gate for a second at least if there is a `Retry-After`, which at 170 calls a second is 3.4 % of
/// all the time. A pacer that was told the rate makes no call in vain. Tell it, where you know it, to servers that ban.
///
/// Where the server tells how much remains, `Pacer::adaptive()` with `limit` makes these, of the least possible; `others`
/// is another client that takes two calls a second from the same quota:
///
/// | server | messages | calls | time |
/// | --- | --- | --- | --- |
/// | windows of 10 s, 100 calls each | 300 | 1.000 | 1.002 |
/// | the same, begun by the first call | 300 | 1.000 | 1.002 |
/// | the same, 500 ms of network | 300 | 1.000 | 1.024 |
/// | the same, answers out of order | 300 | 1.000 | 1.018 |
/// | the same, `others` | 300 | 1.010 | 1.002 |
/// | the same, but the server tells neither reset nor window | 300 | 1.033 | 1.616 |
/// | windows of 1 s, 100 calls each | 300 | 1.000 | 1.050 |
/// | windows of an hour, 1000 calls each | 3000 | 1.000 | 1.000 |
/// | 100 calls in any 10 s | 300 | 1.003 | 1.115 |
/// | bucket of 100, 10/s | 300 | 1.000 | 1.004 |
/// | the same, `others` | 300 | 1.069 | 0.988 |
///
/// # What it costs
/// Each waiter has a timer, but of many only a few come whenever a turn is due: about one at each distance from the head
/// that doubles. With 100,000 on one pacer, a waiter takes about 340 bytes, of which its future is 104 and its timer 112
/// (390 with a deadline), and two to three microseconds of processor time from joining the queue to the end of its call;
/// what each does to the queue is O(log n). (Resident memory and time of tokio tasks that wait for a turn, less those of
/// tasks that wait for nothing: `cargo run --release -p backoff-tests --example pacer_waiters`.) A pacer itself is 1.2 kB,
/// and allocates nothing until it is used.
///
/// # Many processes
/// Each process has a pacer of its own, which knows nothing of the others. The crate `backoff-redis` lets all of them share one
/// by a line more; the guide's chapter [more than one machine](crate::guide::more_than_one_machine) tells when that pays.
///
/// # In tests
/// Under a paused tokio clock turns come at once, in virtual time. A pacer is as long-lived as what it is stored in, so
/// a `static` carries what it learned from one test into the next, unless a scope [resets](crate::testing::Scope::reset)
/// it. Callers of one pacer should all be on one clock: all on tokio's, or all in one
/// [`testing::Scope`](crate::testing::Scope).
pub struct Pacer {
    plan: Plan,
    state: Mutex<State>,
}

impl Pacer {
    /// A pacer that finds the limit by itself.
    ///
    /// It begins with few calls at a time, until the server refuses one, and goes on just below what the server lets
    /// through, be that a rate or a quota per window of any length: see [how it works](Self#how-it-works). Without a limit
    /// it is not noticed, once that is known.
    #[must_use]
    pub const fn adaptive() -> Self {
        Self::new(Plan::adaptive())
    }

    /// A pacer for a limit that is known, in calls per second, which go one by one at equal distances; it uses 0.95 of
    /// the limit (see [`margin`](Self::margin)).
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0);
    /// ```
    ///
    /// # Panics
    /// At a rate of 0 or below, NaN or infinite; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn per_second(rate: f64) -> Self {
        let quota = Quota { counts: Counts::Costs, amount: rate, window: 1.0, spread: true, margin: None };
        Self::new(Plan::told().and(quota))
    }

    /// A pacer for a limit of so many calls in a window of time: `"1s"`, `"1m"`, `"24h"`; units `ms`, `s`, `m`, `h` and
    /// `d`.
    ///
    /// The limit may be used at once: after a quiet time 100 of `Pacer::per(100, "1m")` go without a wait. That is what
    /// a server means that counts by the minute, and a job of 80 calls need not take 48 seconds. No window of that
    /// length has more calls in it, wherever the server has it begin, since each counts until a window has passed since
    /// its answer. With [`spread`](Self::spread) they go at equal distances instead. A call that the server refuses
    /// shows that it can't be used at once (a token bucket of fewer calls, a sliding counter), and the pacer spreads it
    /// over the next windows.
    ///
    /// With a `cost`, this is the sum of what the calls in the window may cost.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static SEARCH: Pacer = Pacer::per(30, "1m");
    /// /// Two limits at once.
    /// static API: Pacer = Pacer::per(10, "1s").and_per(5000, "1d");
    /// ```
    ///
    /// # Panics
    /// If it is 0, or the window is not written like that; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn per(amount: u64, window: &str) -> Self {
        Self::new(Plan::told()).and_per(amount, window)
    }

    /// As [`per`](Self::per), for a window that is known at run time only.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backoff_runtime::Pacer;
    ///
    /// let pacer = Pacer::per_window(100, Duration::from_secs(90));
    /// ```
    ///
    /// # Panics
    /// If it is 0, or the window is zero.
    #[must_use]
    #[track_caller]
    pub const fn per_window(amount: u64, window: Duration) -> Self {
        Self::new(Plan::told().and(Quota::at_once(Counts::Costs, amount, window.as_secs_f64())))
    }

    /// One limit more: a call goes when all of them let it. Up to four; also beside the limit that
    /// [`adaptive`](Self::adaptive) finds.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// /// The daily quota is known, and the limit by the second is not.
    /// static API: Pacer = Pacer::adaptive().and_per(5000, "1d");
    /// ```
    ///
    /// # Panics
    /// As [`per`](Self::per), and at a fifth limit.
    #[must_use]
    #[track_caller]
    pub const fn and_per(mut self, amount: u64, window: &str) -> Self {
        self.plan = self.plan.and(Quota::at_once(Counts::Costs, amount, plan::window(window)));
        self
    }

    /// One limit more, of calls, whatever they cost.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// /// 30,000 tokens a minute, in at most 500 calls.
    /// static MODEL: Pacer = Pacer::per(30_000, "1m").and_calls_per(500, "1m");
    /// ```
    ///
    /// # Panics
    /// As [`and_per`](Self::and_per).
    #[must_use]
    #[track_caller]
    pub const fn and_calls_per(mut self, amount: u64, window: &str) -> Self {
        self.plan = self.plan.and(Quota::at_once(Counts::Calls, amount, plan::window(window)));
        self
    }

    /// Spreads the limit that was named last evenly over its window, at 0.95 of it (see [`margin`](Self::margin)). That
    /// suits servers that save nothing up, or that are to be spared.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// /// Two seconds apart, and a little more.
    /// static SEARCH: Pacer = Pacer::per(30, "1m").spread();
    /// assert_eq!(SEARCH.rate(), Some(0.475));
    /// ```
    ///
    /// # Panics
    /// On an adaptive pacer without another limit; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn spread(mut self) -> Self {
        match self.plan.last() {
            Some(quota) => quota.spread = true,
            None => panic!(
                "an adaptive pacer finds its rate by itself; remove `spread`, or write it behind a limit such as \
                 `Pacer::per(100, \"1m\")`"
            ),
        }
        self
    }

    /// The share to use of the limit that was named last. Default: 0.95 where calls are spread, so that those which the
    /// network brings closer together than they were sent still pass, and 1.0 where the limit may be used at once. 1.0
    /// suits servers that save up some calls; less leaves something to others.
    ///
    /// A timer is up to two milliseconds late. Up to 5 calls a second (25 at the default margin), no two that are spread are
    /// closer together than the limit itself allows, though a timer was late. Above that, the calls after a late one make
    /// up for it, so that the rate is kept.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0).margin(1.0);
    /// assert_eq!(SMS.rate(), Some(10.0));
    /// ```
    ///
    /// # Panics
    /// At a margin of 0 or below, or above 1, and on an adaptive pacer without another limit; in a `static` or `const`
    /// that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn margin(mut self, margin: f64) -> Self {
        assert!(
            margin > 0.0 && margin <= 1.0,
            "the margin of a pacer is the share of its rate to use; write a number above 0 and up to 1, such as `0.95`"
        );
        match self.plan.last() {
            Some(quota) => quota.margin = Some(margin),
            None => panic!(
                "an adaptive pacer finds its rate by itself; remove `margin`, or write `Pacer::per_second(...)`"
            ),
        }
        self
    }

    /// No more calls than so many are in flight at once. Default: no bound.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static API: Pacer = Pacer::adaptive().max_in_flight(50);
    /// ```
    ///
    /// # Panics
    /// At 0; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn max_in_flight(mut self, calls: u32) -> Self {
        assert!(
            calls > 0,
            "with 0 calls in flight there is no call at all; write a number from 1, or remove it"
        );
        self.plan.max_in_flight = Some(calls);
        self
    }

    /// Whether it has to find the limit.
    pub(crate) const fn is_adaptive(&self) -> bool {
        self.plan.adaptive
    }

    const fn new(plan: Plan) -> Self {
        Self { plan, state: Mutex::new(State::new()) }
    }

    /// Calls per second at which calls go at present, on average: the lowest of its limits; of an adaptive pacer `None`
    /// until the first call has ended.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.lock().rate(self.plan)
    }

    /// Sets the rate of the limit that was named first, in calls per second, from now on: the server allows another.
    ///
    /// A limit that may be used at once keeps its window: 2.0 on `Pacer::per(60, "1m")` is 120 per minute. The margin
    /// stays. [`reset`](Self::reset) forgets it.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0).margin(1.0);
    ///
    /// SMS.set_rate(20.0)?;
    /// assert_eq!(SMS.rate(), Some(20.0));
    /// assert!(SMS.set_rate(0.0).is_err());
    /// # Ok::<(), backoff_runtime::RateError>(())
    /// ```
    ///
    /// # Errors
    /// If the rate is 0 or below, NaN or infinite, or if the pacer is adaptive and has no limit that was told. Then the
    /// rate stays as it is.
    pub fn set_rate(&self, rate: f64) -> Result<(), RateError> {
        if !(rate > 0.0 && rate < f64::INFINITY) {
            return Err(RateError::NoRate(rate));
        }
        let mut set = false;
        let mut state = self.lock();
        let now = now();
        let wakes = state.news(self.plan, now, |controller, _| set = controller.set_rate(rate));
        drop(state);
        wakes.wake();
        if set { Ok(()) } else { Err(RateError::Adaptive) }
    }

    /// All that can be seen of it, at one moment: for gauges and logs.
    ///
    /// ```
    /// use backoff_runtime::Pacer;
    ///
    /// static SMS: Pacer = Pacer::per_second(10.0);
    ///
    /// let state = SMS.state();
    /// assert_eq!((state.rate, state.waiting, state.in_flight), (Some(9.5), 0, 0));
    /// assert!(state.closed_until.is_none() && state.told.is_empty());
    /// ```
    #[must_use]
    pub fn state(&self) -> PacerState {
        let mut state = self.lock();
        let now = now();
        PacerState {
            rate: state.rate(self.plan),
            waiting: state.waiting(),
            in_flight: state.in_flight(),
            closed_until: state.closed_until(self.plan, now),
            learned: state.learned(self.plan),
            told: state.limits(self.plan, now),
            #[cfg(feature = "fleet")]
            fleet: state.membership().map(|(is_reached, status)| fleet::FleetState::new(is_reached, status)),
        }
    }

    /// Callers that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// Calls that have had their turn and have not ended.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.lock().in_flight()
    }

    /// Waits until a call may be made; `None` if that is not before the deadline, said as soon as it is known.
    ///
    /// The attributes and [`Call`](crate::Call) do this by themselves; it is here for calls that are made without them.
    /// The deadline is an instant on tokio's clock, which is the standard one unless a test pauses it.
    ///
    /// ```
    /// use backoff_runtime::{Pacer, Place};
    ///
    /// static SMS: Pacer = Pacer::adaptive();
    ///
    /// # #[derive(PartialEq)] enum Answer { Sent, TooMany }
    /// # async fn post() -> Answer { Answer::Sent }
    /// async fn send() {
    ///     let mut place = Place::back();
    ///     loop {
    ///         let turn = SMS.turn(place, None).await.expect("there is no deadline");
    ///         match post().await {
    ///             Answer::Sent => return turn.accepted(),
    ///             Answer::TooMany => place = turn.throttled(None),
    ///         }
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() { send().await }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn turn(&self, place: Place, deadline: Option<Instant>) -> WaitForTurn<'_> {
        WaitForTurn::new(self, place, deadline)
    }

    /// Blocks the thread until a call may be made; `None` if that is not before the deadline, said as soon as it is
    /// known.
    ///
    /// In a [`testing::Scope`](crate::testing::Scope) without waits, the caller at the head moves the scope's clock on
    /// instead of blocking. A caller behind it leaves that to the one ahead, for 50 ms of real time, so let all callers of
    /// a pacer share one scope.
    pub fn turn_blocking(&self, place: Place, deadline: Option<Instant>) -> Option<Turn<'_>> {
        waiting::block(self, place, deadline, None).ok()
    }

    /// As [`turn_blocking`](Self::turn_blocking), until told to stop; or why there is none.
    pub(crate) fn turn_blocking_unless(
        &self,
        place: Place,
        deadline: Option<Instant>,
        stop: Option<&Stop>,
    ) -> Result<Turn<'_>, GiveUp> {
        waiting::block(self, place, deadline, stop)
    }

    /// The time until the next turn, as it looks now.
    pub(crate) fn next_turn_in(&self, now: Instant) -> Duration {
        self.lock().due_at(self.plan, now).saturating_duration_since(now)
    }

    /// Whether it is known that no turn comes until the deadline.
    pub(crate) fn is_closed_until(&self, deadline: Instant, now: Instant) -> bool {
        self.lock().is_closed_until(self.plan, deadline, now)
    }

    /// Makes it as new, so that one test leaves nothing for the next; see
    /// [`testing::Scope::reset`](crate::testing::Scope::reset).
    ///
    /// What it learned is forgotten, and calls in flight are no longer counted, nor heard when they end. Callers who
    /// wait keep their order.
    pub fn reset(&self) {
        let wakes = self.lock().reset();
        wakes.wake();
    }

    /// What a caller has to do now, and how often the pacer was made as new.
    fn step(&self, caller: &mut Caller, now: Instant, waker: &Waker) -> (Step, u32) {
        let mut state = self.lock();
        let (step, others) = state.step(self.plan, caller, now, waker);
        let resets = state.resets();
        drop(state);
        others.wake();
        (step, resets)
    }

    fn leave(&self, ticket: Ticket, now: Instant) {
        let wakes = self.lock().leave(self.plan, ticket, now);
        wakes.wake();
    }

    /// There is news of a call that had its turn when the pacer had been made as new so often.
    fn news(&self, now: Instant, resets: u32, tell: impl FnOnce(&mut Gate, Seconds)) {
        let mut state = self.lock();
        if state.resets() != resets {
            return;
        }
        let wakes = state.news(self.plan, now, tell);
        drop(state);
        wakes.wake();
    }

    /// A panic while the lock is held (of a waker, in a clone) leaves nothing half done that matters.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer")
            .field("rate", &self.rate())
            .field("waiting", &self.waiting())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// Now, on the clock of a caller that is here.
pub(crate) fn now() -> Instant {
    #[cfg(feature = "tokio")]
    return Async::now();
    #[cfg(not(feature = "tokio"))]
    Blocking::now()
}

/// What can be seen of a [`Pacer`]; see [`Pacer::state`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PacerState {
    /// Calls per second at which calls go at present, on average; see [`Pacer::rate`].
    pub rate: Option<f64>,
    /// Callers that wait for their turn.
    pub waiting: usize,
    /// Calls that have had their turn and have not ended.
    pub in_flight: usize,
    /// Until when no call goes, if it is known; on the clock that the pacer's callers are on.
    pub closed_until: Option<Instant>,
    /// What an adaptive pacer has found; `None` before a call was refused.
    pub learned: Option<Learned>,
    /// What the server told last of each of its limits; `reset` is counted from now.
    pub told: Vec<RateLimit>,
    /// Of a pacer that many processes share: whether it gets its turns from them all.
    #[cfg(feature = "fleet")]
    pub fleet: Option<fleet::FleetState>,
}

/// What an adaptive pacer has found of the limit; see [`PacerState::learned`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub enum Learned {
    /// A rate, in calls per second: it lies between one that passes and one that was refused.
    Rate {
        /// Passes.
        passes: f64,
        /// Was refused.
        refused: f64,
    },
    /// A quota per window of time.
    Window {
        /// Calls.
        calls: u32,
        /// From one window to the next.
        length: Duration,
    },
}

/// Why [`Pacer::set_rate`] changed nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RateError {
    /// This is not a rate.
    NoRate(f64),
    /// The pacer finds its rate by itself.
    Adaptive,
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRate(rate) => {
                write!(f, "{rate} is no rate; write the calls per second that the server allows, above 0 and finite")
            }
            Self::Adaptive => f.write_str(
                "an adaptive pacer finds its rate by itself; make it by `Pacer::per_second(...)`, or call `reset`",
            ),
        }
    }
}

impl std::error::Error for RateError {}

#[cfg(test)]
mod tests;
