//! One call, attempt by attempt: the rules of the retry loop, each a method, in the order in which they apply.
//!
//! The attributes write out the loop around this (`loop { attempt, judge, wait }`), and [`Call`](crate::Call)
//! has the same loop for closures. Whoever drives it asks, after each attempt, whether it failed
//! ([`when`](crate::outcome::when)): if not, that is the end. Of a [failed](Retry::failed) one it asks: is it worth
//! another ([`giveup`](Attempt::giveup), [`limit`](Attempt::limit))? after which wait ([`wait`](Attempt::wait))? Then it
//! tells the log and the handlers, and [`end`](Attempt::end)s it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::details::{Details, GiveUp, GivenUp, Retried};
use crate::jitter::Jitter;
use crate::log::{Logger, Made, Shown};
use crate::mode::Mode;
use crate::outcome::Outcome;
use crate::program::{self, Event};
use crate::retry::{Asked, Limits, Progress, shorter};
use crate::stop::Stop;
use crate::wait::{IntoWaitValue, Numbered, Wait};
use crate::{deadline, testing};

/// The state of one call between its attempts.
#[derive(Debug)]
pub struct Retry<M> {
    pub(crate) progress: Progress,
    start: Option<Instant>,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> Retry<M> {
    /// Begins a call in which nothing needs the time before the first failure.
    #[inline]
    #[must_use]
    pub const fn untimed() -> Self {
        Self { progress: Progress::FIRST, start: None, mode: PhantomData }
    }

    /// Begins a call and reads the clock.
    #[inline]
    #[must_use]
    pub fn timed() -> Self {
        Self { start: Some(testing::begin::<M>()), ..Self::untimed() }
    }

    /// Reads the clock if `logger` has a listener, whom log lines tell the time since the call began, or if the program
    /// is observed.
    #[inline]
    pub fn listen(&mut self, logger: &Logger) {
        if logger.may_be_heard() {
            self.read_clock();
        }
    }

    /// Out of line, so that what has no listener is a load and a comparison.
    #[inline(never)]
    pub(crate) fn read_clock(&mut self) {
        self.start = Some(testing::begin::<M>());
    }

    /// [`listen`](Self::listen) and [`tries_now`](Self::tries_now), of a call whose first attempt follows at once.
    #[inline]
    pub fn begin(&mut self, logger: &Logger, target: impl FnOnce() -> &'static str) {
        if logger.may_be_heard() {
            self.begin_heard(target());
        }
    }

    #[cold]
    #[inline(never)]
    fn begin_heard(&mut self, target: &'static str) {
        self.read_clock();
        self.tries_now(|| target);
    }

    /// Tells those who observe the program that an attempt is about to be made.
    #[inline]
    pub fn tries_now(&self, target: impl FnOnce() -> &'static str) {
        if program::is_observed() {
            self.tell(target(), |observer, event| observer.on_try(event));
        }
    }

    /// [`tries_now`](Self::tries_now) after a wait. Out of line, away from the path of a success.
    #[cold]
    #[inline(never)]
    pub fn tries_again(&self, target: &'static str) {
        self.tries_now(|| target);
    }

    /// Tells those who observe the program of a success, if it is one: an error that is not retried is none.
    #[inline]
    pub fn succeeds<O: Outcome>(&self, target: impl FnOnce() -> &'static str, outcome: &O) {
        if self.is_observed() && outcome.value().is_some() {
            self.tell(target(), |observer, event| observer.on_success(event));
        }
    }

    /// What the function returns after a success, or an error that is not retried; [`succeeds`](Self::succeeds) on the way.
    #[inline]
    pub fn succeed<O: Outcome>(&self, target: impl FnOnce() -> &'static str, outcome: O) -> O::Output {
        // One that reads no clock is heard by nobody, which is known without a look at what all calls share.
        if self.start.is_some() { self.succeed_heard(target(), outcome) } else { outcome.into_output() }
    }

    /// As [`succeed`](Self::succeed), of a call that reads the clock in any case.
    #[inline]
    pub fn succeed_timed<O: Outcome>(&self, target: impl FnOnce() -> &'static str, outcome: O) -> O::Output {
        if program::is_observed() { self.succeed_heard(target(), outcome) } else { outcome.into_output() }
    }

    /// By value, so that nothing has to be kept for later where nobody observes.
    #[cold]
    #[inline(never)]
    fn succeed_heard<O: Outcome>(&self, target: &'static str, outcome: O) -> O::Output {
        self.succeeds(|| target, &outcome);
        outcome.into_output()
    }

    /// Whether somebody observes a call that is under way. One that reads no clock is observed by nobody since it began,
    /// which is known without a look at what all calls share.
    #[inline]
    fn is_observed(&self) -> bool {
        self.start.is_some() && program::is_observed()
    }

    #[cold]
    #[inline(never)]
    fn tell(&self, target: &'static str, tells: program::Tells) {
        let (tries, elapsed) = (self.tries(), self.elapsed());
        program::tell(&Event { target, tries, elapsed, wait: None, reason: None, outcome: None }, tells);
    }

    /// Calls a handler of `on_try`.
    #[inline]
    pub fn on_try(&self, target: &'static str, handler: impl FnOnce(&Details<'_, ()>)) {
        handler(&self.trying(target));
    }

    /// What `on_try` is told.
    #[must_use]
    pub fn trying(&self, target: &'static str) -> Details<'static, ()> {
        Details {
            target,
            tries: self.progress.tries(),
            elapsed: self.elapsed(),
            wait: None,
            reason: None,
            outcome: &(),
        }
    }

    /// What a fallback is told.
    #[must_use]
    pub fn given_up(&self, target: &'static str, reason: Option<GiveUp>) -> GivenUp {
        let (tries, elapsed) = (self.progress.tries(), self.elapsed());
        GivenUp { target, tries, elapsed, reason: reason.unwrap_or(GiveUp::Exhausted) }
    }

    /// The result, and what the call knows besides.
    pub fn report<R>(&self, result: R, reason: Option<GiveUp>) -> Retried<R> {
        Retried::new(result, self, reason)
    }

    /// Calls a handler of `on_success` with what succeeded, if something did: an error that is not retried did not.
    #[inline]
    pub fn on_success<O: Outcome>(
        &self,
        target: &'static str,
        outcome: &O,
        handler: impl FnOnce(&Details<'_, O::Value>),
    ) {
        if let Some(details) = self.succeeded(target, outcome) {
            handler(&details);
        }
    }

    /// What `on_success` is told, if something succeeded.
    #[inline]
    #[must_use]
    pub fn succeeded<'a, O: Outcome>(
        &self,
        target: &'static str,
        outcome: &'a O,
    ) -> Option<Details<'a, O::Value>> {
        let (tries, elapsed) = (self.progress.tries(), self.elapsed());
        outcome.value().map(|outcome| Details { target, tries, elapsed, wait: None, reason: None, outcome })
    }

    /// Takes what a failed attempt ended with.
    #[inline]
    pub fn failed<'r, O: Outcome>(
        &'r mut self,
        target: &'static str,
        outcome: &'r O,
    ) -> Attempt<'r, M, O::Failure> {
        self.failed_by(target, outcome.failure())
    }

    #[inline]
    fn failed_by<'r, F>(&'r mut self, target: &'static str, failure: Option<&'r F>) -> Attempt<'r, M, F> {
        let (elapsed, limits) = (Duration::ZERO, Limits::NONE);
        Attempt { retry: self, target, failure, stage: Stage::Undecided, elapsed, limits, hint: None }
    }

    /// What follows from a failed attempt that only the log hears of: the wait before the next one, or what the
    /// function returns. `shown` is how its log lines show the outcome.
    #[cold]
    #[inline(never)]
    pub fn next<W: Numbered, J: Jitter, O: Outcome>(
        &mut self,
        rules: &Rules,
        waits: &W,
        jitter: J,
        is_given_up: bool,
        shown: fn(&O::Failure) -> Shown<'_>,
        outcome: O,
    ) -> ControlFlow<O::Output, M::Delay> {
        let wait = {
            let shown = outcome.failure().map_or(Shown::Hidden, shown);
            self.next_wait(rules, waits, jitter, is_given_up, shown)
        };
        let next = self.after(wait, outcome, drop);
        // The wait of a sync function is over, and its next attempt follows.
        if M::BLOCKS && next.is_continue() {
            self.tries_now(|| rules.target);
        }
        next
    }

    /// What follows from a judgement: the wait, which begins when `done` has dropped or kept the outcome, or what the
    /// function returns.
    #[inline]
    pub fn after<O: Outcome>(
        &self,
        wait: Option<Duration>,
        outcome: O,
        done: impl FnOnce(O),
    ) -> ControlFlow<O::Output, M::Delay> {
        match wait {
            Some(wait) => {
                done(outcome);
                ControlFlow::Continue(M::delay(wait, self.start))
            }
            None => ControlFlow::Break(outcome.into_output()),
        }
    }

    /// As [`after`](Self::after), with a wait that ends when the call is told to stop.
    #[inline]
    pub fn after_unless<'s, O: Outcome>(
        &self,
        stop: Option<&'s Stop>,
        wait: Option<Duration>,
        outcome: O,
        done: impl FnOnce(O),
    ) -> ControlFlow<O::Output, M::Unless<'s>> {
        match wait {
            Some(wait) => {
                done(outcome);
                ControlFlow::Continue(M::delay_unless(wait, self.start, stop))
            }
            None => ControlFlow::Break(outcome.into_output()),
        }
    }

    /// The part that knows nothing of the function, and so stands in a program once.
    #[inline(never)]
    fn next_wait<W: Numbered, J: Jitter>(
        &mut self,
        rules: &Rules,
        waits: &W,
        mut jitter: J,
        is_given_up: bool,
        shown: Shown<'_>,
    ) -> Option<Duration> {
        let mut attempt = self.failed_by(rules.target, Some(&shown));
        attempt.giveup(|_| is_given_up);
        attempt.limit(rules.limits);
        attempt.wait_number(|number| waits.number(number), &mut jitter);
        attempt.log(&rules.logger, |shown| *shown);
        attempt.end()
    }

    pub(crate) fn start(&self) -> Option<Instant> {
        self.start
    }

    /// Attempts so far, the current one included.
    #[inline]
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.progress.tries()
    }

    /// Time since the call began.
    #[inline]
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.map_or(Duration::ZERO, Self::since)
    }

    #[cold]
    fn since(start: Instant) -> Duration {
        testing::elapsed::<M>(start)
    }
}

/// What is the same for all attempts of a call that only its log hears of.
#[derive(Debug)]
pub struct Rules {
    /// The function's name.
    pub target: &'static str,
    /// When it gives up.
    pub limits: Limits,
    /// Where its log lines go.
    pub logger: Logger,
}

/// What is known of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stage {
    /// Whether there is another attempt is not known yet.
    Undecided,
    /// There will be another attempt after this wait.
    BackOff(Duration),
    /// There will be another attempt, when the pacer gives it a turn, and not before this has passed.
    Throttled(Duration),
    /// There will be no other attempt.
    GiveUp(GiveUp),
}

/// An attempt that failed, on its way to what follows from it.
#[derive(Debug)]
#[must_use = "an attempt has to be ended, which gives the wait before the next"]
pub struct Attempt<'r, M, F> {
    pub(crate) retry: &'r mut Retry<M>,
    target: &'static str,
    /// Only this of the outcome, so that the rest needs to be no more than `Send` where handlers are awaited.
    failure: Option<&'r F>,
    pub(crate) stage: Stage,
    elapsed: Duration,
    limits: Limits,
    /// The server's hint when to come back.
    pub(crate) hint: Option<Duration>,
}

impl<M: Mode, F> Attempt<'_, M, F> {
    /// What to ask `giveup` about, for a `giveup` that is async.
    #[inline]
    #[must_use]
    pub fn undecided(&self) -> Option<&F> {
        if self.stage == Stage::Undecided { self.failure } else { None }
    }

    /// Gives up if the predicate holds of what failed.
    #[inline]
    pub fn giveup(&mut self, predicate: impl FnOnce(&F) -> bool) {
        if self.undecided().is_some_and(predicate) {
            self.stage = Stage::GiveUp(GiveUp::Predicate);
        }
    }

    /// What failed.
    #[inline]
    pub(crate) fn failure(&self) -> Option<&F> {
        self.failure
    }

    /// Why there is no other attempt, if there is none.
    #[inline]
    #[must_use]
    pub fn reason(&self) -> Option<GiveUp> {
        match self.stage {
            Stage::GiveUp(reason) => Some(reason),
            _ => None,
        }
    }

    /// What is left of the time of the whole call.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.left_of(self.limits.timeout)
    }

    /// Whether the wait leaves no time for another attempt any more; then the call gives up.
    #[must_use]
    pub fn is_late(&mut self) -> bool {
        let is_late =
            matches!((self.stage, self.time_left()), (Stage::BackOff(wait), Some(left)) if left <= wait);
        if is_late {
            self.elapsed = self.retry.elapsed();
            self.stage = Stage::GiveUp(GiveUp::Timeout);
        }
        is_late
    }

    /// What is left of a limit of the call.
    #[must_use]
    pub fn left_of(&self, limit: Option<Duration>) -> Option<Duration> {
        self.retry.left(limit)
    }

    /// The limits, as what is around the call and its tests bound them.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether there will be another attempt, as it looks now.
    pub(crate) fn will_go_on(&self) -> bool {
        matches!(self.stage, Stage::BackOff(_) | Stage::Throttled(_))
    }

    /// Whether a hint is longer than what is left of the time within which attempts begin.
    pub(crate) fn excludes(&self, hint: Option<Duration>) -> bool {
        self.limits.excludes(hint, self.elapsed)
    }

    /// Gives up, unless that is decided already.
    pub(crate) fn give_up(&mut self, reason: GiveUp) {
        if self.stage == Stage::Undecided {
            self.stage = Stage::GiveUp(reason);
        }
    }

    /// Counts a failure of one of several kinds, and gives up if attempts may not fail oftener in this way. Gives its
    /// number among those of its kind, from 0.
    #[inline]
    #[must_use]
    pub fn nth<const KINDS: usize>(
        &mut self,
        failures: &mut [u32; KINDS],
        kind: usize,
        max_tries: [u32; KINDS],
    ) -> u32 {
        let nth = failures[kind];
        failures[kind] = nth.saturating_add(1);
        // `u32::MAX` stands for no limit: the count saturates there and goes on.
        if failures[kind] >= max_tries[kind] && max_tries[kind] != u32::MAX {
            self.give_up(GiveUp::MaxTries);
        }
        nth
    }

    /// Reads the elapsed time, and gives up if a limit is reached: one of the call's own, or the time of one around it;
    /// or if the program has turned retries off.
    #[inline]
    pub fn limit(&mut self, limits: Limits) {
        self.elapsed = self.retry.elapsed();
        self.limits = testing::capped(limits);
        if let Some(left) = deadline::left::<M>() {
            self.limits.timeout = shorter(limits.timeout, Some(self.elapsed.saturating_add(left)));
        }
        if self.stage == Stage::Undecided
            && let Some(reason) = self.retry.progress.limit_reached(self.limits, self.elapsed)
        {
            self.stage = Stage::GiveUp(reason);
        }
        if !program::are_retries_enabled() {
            self.give_up(GiveUp::SwitchedOff);
        }
    }

    /// Gives up if the call is told to stop.
    #[inline]
    pub fn stop(&mut self, stop: Option<&Stop>) {
        if stop.is_some_and(Stop::is_stopped) {
            self.give_up(GiveUp::Stopped);
        }
    }

    /// Asks for the next wait: `wait` is given its number, from 0, and the outcome; `None` gives up.
    #[inline]
    pub(crate) fn wait_from(
        &mut self,
        wait: impl FnOnce(u32, &F) -> Option<Duration>,
        is_asked_for: bool,
        longest: Option<Duration>,
        jitter: &mut impl Jitter,
    ) {
        if self.stage != Stage::Undecided {
            return;
        }
        let number = self.retry.progress.tries() - 1;
        let wait = self.failure.and_then(|failure| wait(number, failure));
        self.stage = match wait {
            None => Stage::GiveUp(GiveUp::Exhausted),
            Some(wait) => {
                let asked = Asked::new(wait, self.hint, is_asked_for);
                let (limits, elapsed) = (self.limits, self.elapsed);
                match self.retry.progress.actual_wait(asked, longest, jitter, limits, elapsed) {
                    Ok(wait) => Stage::BackOff(wait),
                    Err(reason) => Stage::GiveUp(reason),
                }
            }
        };
    }

    /// Asks a built-in generator for the next wait, as a function of its number.
    #[inline]
    pub fn wait_number(&mut self, wait: impl FnOnce(u32) -> Option<Duration>, jitter: &mut impl Jitter) {
        self.wait_from(|number, _| wait(number), false, None, jitter);
    }

    /// Asks a generator for the next wait.
    #[inline]
    pub fn wait(&mut self, generator: &mut impl Wait<F>, jitter: &mut impl Jitter) {
        let (is_asked_for, longest) = (generator.is_asked_for(), generator.longest());
        self.wait_from(|_, failure| generator.next_wait(failure), is_asked_for, longest, jitter);
    }

    /// Asks the outcome itself for the next wait, as `runtime` does.
    #[inline]
    pub fn wait_of<S: IntoWaitValue>(&mut self, value: impl FnOnce(&F) -> S, jitter: &mut impl Jitter) {
        self.wait_from(|_, failure| value(failure).into_wait_value(), true, None, jitter);
    }

    /// Writes the log line of a back-off or give-up, and tells those who observe the program.
    #[inline]
    pub fn log(&self, logger: &Logger, shown: fn(&F) -> Shown<'_>) {
        if logger.may_be_heard() {
            self.write_log(logger, shown);
        }
    }

    #[cold]
    fn write_log(&self, logger: &Logger, shown: fn(&F) -> Shown<'_>) {
        if let Some(details) = self.failure_details() {
            logger.log(&details, shown(details.outcome));
        }
    }

    /// [`log`](Self::log), where `show` gives what is shown.
    #[inline]
    pub(crate) fn log_by(&self, logger: &Logger, show: impl FnOnce(&F, &mut dyn FnMut(Shown<'_>))) {
        if logger.may_be_heard()
            && let Some(details) = self.failure_details()
        {
            show(details.outcome, &mut |shown| logger.log(&details, shown));
        }
    }

    /// [`log`](Self::log), with what `made` makes of the outcome. One lifetime, not any: it may borrow from the outcome.
    #[inline]
    pub fn log_made<'a, D: fmt::Display>(&'a self, logger: &Logger, made: impl FnOnce(&'a F) -> D) {
        if logger.may_be_heard()
            && let Some(details) = self.failure_details()
        {
            logger.log(&details, Shown::Display(&Made::new(|| made(details.outcome))));
        }
    }

    /// Calls a handler of `on_backoff`, if there will be another attempt.
    #[inline]
    pub fn on_backoff(&self, handler: impl FnOnce(&Details<'_, F>)) {
        if let Some(details) = self.backing_off() {
            handler(&details);
        }
    }

    /// Calls a handler of `on_giveup`, if there will be no other attempt.
    #[inline]
    pub fn on_giveup(&self, handler: impl FnOnce(&Details<'_, F>)) {
        if let Some(details) = self.giving_up() {
            handler(&details);
        }
    }

    /// What `on_backoff` is told, if there will be another attempt.
    #[inline]
    #[must_use]
    pub fn backing_off(&self) -> Option<Details<'_, F>> {
        self.failure_details().filter(|details| details.wait.is_some())
    }

    /// What `on_giveup` is told, if there will be no other attempt.
    #[inline]
    #[must_use]
    pub fn giving_up(&self) -> Option<Details<'_, F>> {
        self.failure_details().filter(|details| details.reason.is_some())
    }

    #[inline]
    fn failure_details(&self) -> Option<Details<'_, F>> {
        let (wait, reason) = match self.stage {
            Stage::BackOff(wait) => (Some(wait), None),
            Stage::Throttled(at_least) => (Some(at_least), None),
            Stage::GiveUp(reason) => (None, Some(reason)),
            Stage::Undecided => return None,
        };
        let (target, tries, elapsed) = (self.target, self.retry.progress.tries(), self.elapsed);
        self.failure.map(|outcome| Details { target, tries, elapsed, wait, reason, outcome })
    }

    /// Ends the attempt: the wait before the next one, unless it was the last.
    #[inline]
    #[must_use]
    pub fn end(self) -> Option<Duration> {
        let wait = match self.stage {
            Stage::BackOff(wait) => wait,
            Stage::Throttled(_) => Duration::ZERO,
            Stage::Undecided | Stage::GiveUp(_) => return None,
        };
        self.retry.progress.next();
        self.retry.start = testing::back_off::<M>(self.retry.start);
        Some(wait)
    }
}
