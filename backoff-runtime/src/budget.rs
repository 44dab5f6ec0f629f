//! A retry budget: how many retries a server in trouble is spared.
//!
//! When a server fails, each caller's retries multiply the load that it fails under. A budget that all callers share
//! bounds the retries as a share of the calls that succeed, so that the load grows by a fifth and not by a multiple.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What calls have given is forgotten after this many seconds.
const MEMORY: usize = 10;

/// A token bucket shared by callers: a retry takes one token, a call that succeeds at its first attempt gives a part of one.
///
/// By default each success gives a fifth of a token, and ten more come each second, so that retries are possible where
/// calls are rare: the defaults of Finagle, tower and Linkerd. What successes gave is kept for ten seconds; what came
/// by time, up to one second's worth (and one token at least). It begins with that.
///
/// So in any time, no matter how calls fail: retries <= ratio * successes + `per_second` * seconds + one second's worth.
///
/// ```
/// use backoff_runtime::RetryBudget;
///
/// static BUDGET: RetryBudget = RetryBudget::new().ratio(0.1).per_second(1.0);
///
/// BUDGET.deposit();
/// assert!(BUDGET.withdraw(), "one retry a second is always there");
/// assert!(!BUDGET.withdraw(), "ten successes are worth the next");
/// ```
///
/// It drops work to protect the server. To keep work and spread it, use a [`Pacer`](crate::Pacer); both go together.
#[derive(Debug)]
pub struct RetryBudget {
    terms: Terms,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct Terms {
    ratio: f64,
    per_second: f64,
}

impl Terms {
    /// The most that comes by time and is kept.
    fn full(self) -> f64 {
        if self.per_second > 0.0 { self.per_second.max(1.0) } else { 0.0 }
    }
}

impl RetryBudget {
    /// A budget of 20 % of the calls and 10 retries a second.
    #[must_use]
    pub const fn new() -> Self {
        Self { terms: Terms { ratio: 0.2, per_second: 10.0 }, state: Mutex::new(State::new()) }
    }

    /// The retries that a successful call pays for; 0.2 by default.
    ///
    /// # Panics
    /// Below 0, NaN or infinite; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn ratio(mut self, ratio: f64) -> Self {
        assert!(
            ratio >= 0.0 && ratio < f64::INFINITY,
            "the ratio of a budget is the retries per successful call; write a finite number from 0, such as `0.2`"
        );
        self.terms.ratio = ratio;
        self
    }

    /// The retries per second that nothing has to pay for; 10 by default.
    ///
    /// # Panics
    /// Below 0, NaN or infinite; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn per_second(mut self, per_second: f64) -> Self {
        assert!(
            per_second >= 0.0 && per_second < f64::INFINITY,
            "the reserve of a budget is a number of retries per second; write a finite number from 0, such as `10.0`"
        );
        self.terms.per_second = per_second;
        self
    }

    /// Tells of a call that succeeded at its first attempt.
    pub fn deposit(&self) {
        self.deposit_at(Instant::now());
    }

    /// Asks for a retry: true, if the budget pays for it.
    #[must_use]
    pub fn withdraw(&self) -> bool {
        self.withdraw_at(Instant::now())
    }

    /// [`deposit`](Self::deposit) on a clock of the caller's; one budget is used on one clock.
    pub fn deposit_at(&self, now: Instant) {
        let mut state = self.lock();
        let now = state.since_start(now);
        state.deposit(self.terms, now);
    }

    /// [`withdraw`](Self::withdraw) on a clock of the caller's; one budget is used on one clock.
    #[must_use]
    pub fn withdraw_at(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let now = state.since_start(now);
        state.withdraw(self.terms, now).is_some()
    }

    /// A token for one retry, if the budget pays for it.
    pub(crate) fn token_at(&self, now: Instant) -> Option<Token<'_>> {
        let mut state = self.lock();
        let now = state.since_start(now);
        let resets = state.resets;
        state.withdraw(self.terms, now).map(|from| Token { budget: self, from, resets })
    }

    /// Makes it as new, so that one test leaves nothing for the next; see [`testing::Scope::reset`](crate::testing::Scope::reset).
    pub fn reset(&self) {
        let mut state = self.lock();
        *state = State { resets: state.resets.wrapping_add(1), ..State::new() };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new()
    }
}

/// What pays for a retry, and goes back to the budget if that is not made.
#[derive(Debug)]
#[must_use = "a token that is dropped goes back to the budget"]
pub struct Token<'b> {
    budget: &'b RetryBudget,
    from: From,
    /// How often the budget had been made as new.
    resets: u32,
}

impl Token<'_> {
    /// The retry is made.
    pub(crate) fn spend(self) {
        std::mem::forget(self);
    }
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        let terms = self.budget.terms;
        let mut state = self.budget.lock();
        if state.resets == self.resets {
            state.give_back(terms, self.from);
        }
    }
}

/// What a token was taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Given,
    Reserve,
}

#[derive(Debug)]
struct State {
    start: Option<Instant>,
    latest: Duration,
    /// Given in the second of this number and those before it, each at its number modulo the length.
    given: [f64; MEMORY],
    second: u64,
    /// Came by time, until then.
    reserve: Option<f64>,
    filled: Duration,
    resets: u32,
}

impl State {
    const fn new() -> Self {
        Self {
            start: None,
            latest: Duration::ZERO,
            given: [0.0; MEMORY],
            second: 0,
            reserve: None,
            filled: Duration::ZERO,
            resets: 0,
        }
    }

    /// The time since the first use; it never goes back.
    fn since_start(&mut self, now: Instant) -> Duration {
        let start = *self.start.get_or_insert(now);
        self.latest = self.latest.max(now.saturating_duration_since(start));
        self.latest
    }

    fn deposit(&mut self, terms: Terms, now: Duration) {
        self.forget(now);
        self.given[slot(self.second)] += terms.ratio;
    }

    fn withdraw(&mut self, terms: Terms, now: Duration) -> Option<From> {
        self.forget(now);
        self.fill(terms, now);
        if self.take_given() { Some(From::Given) } else { self.take_reserve().then_some(From::Reserve) }
    }

    fn give_back(&mut self, terms: Terms, from: From) {
        match from {
            From::Given => self.given[slot(self.second)] += 1.0,
            From::Reserve => self.reserve = self.reserve.map(|reserve| (reserve + 1.0).min(terms.full())),
        }
    }

    /// Empties the slots of the seconds that have passed.
    fn forget(&mut self, now: Duration) {
        let passed = now.as_secs().saturating_sub(self.second).min(MEMORY as u64);
        self.second = self.second.max(now.as_secs());
        for ago in 0..passed {
            self.given[slot(self.second - ago)] = 0.0;
        }
    }

    fn fill(&mut self, terms: Terms, now: Duration) {
        let full = terms.full();
        let gained = now.saturating_sub(self.filled).as_secs_f64() * terms.per_second;
        self.reserve = Some((self.reserve.unwrap_or(full) + gained).min(full));
        self.filled = now;
    }

    /// Takes one token of what was given, the oldest first.
    fn take_given(&mut self) -> bool {
        if self.given.iter().sum::<f64>() < WHOLE {
            return false;
        }
        let mut left = 1.0_f64;
        for number in self.second + 1..=self.second + MEMORY as u64 {
            let given = &mut self.given[slot(number)];
            let taken = given.min(left);
            *given -= taken;
            left -= taken;
        }
        true
    }

    fn take_reserve(&mut self) -> bool {
        match &mut self.reserve {
            Some(reserve) if *reserve >= WHOLE => {
                *reserve = (*reserve - 1.0).max(0.0);
                true
            }
            _ => false,
        }
    }
}

/// A whole token, but for what sums of fractions lose: five fifths are one.
const WHOLE: f64 = 1.0 - 1e-9;

/// The place of a second; those in the memory have one each.
fn slot(second: u64) -> usize {
    (second % MEMORY as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// Retries that the budget pays for at one moment, up to 100.
    fn retries(state: &mut State, terms: Terms, now: f64) -> usize {
        (0..100).take_while(|_| state.withdraw(terms, seconds(now)).is_some()).count()
    }

    const CALLS: Terms = Terms { ratio: 0.2, per_second: 0.0 };
    const TIME: Terms = Terms { ratio: 0.0, per_second: 10.0 };

    #[test]
    fn five_successes_pay_for_one_retry() {
        let mut state = State::new();
        (0..4).for_each(|_| state.deposit(CALLS, seconds(0.0)));
        assert_eq!(retries(&mut state, CALLS, 0.0), 0);
        state.deposit(CALLS, seconds(0.5));
        assert_eq!(retries(&mut state, CALLS, 0.5), 1);
        (0..50).for_each(|_| state.deposit(CALLS, seconds(1.0)));
        assert_eq!(retries(&mut state, CALLS, 1.0), 10);
    }

    #[test]
    fn ten_retries_a_second_need_no_success() {
        let mut state = State::new();
        assert_eq!([0.0, 0.5, 1.5, 100.0].map(|at| retries(&mut state, TIME, at)), [10, 5, 10, 10]);
    }

    #[test]
    fn a_slow_reserve_still_comes_to_a_whole_retry() {
        let mut state = State::new();
        let terms = Terms { ratio: 0.0, per_second: 0.1 };
        assert_eq!([0.0, 9.9, 10.1, 100.0].map(|at| retries(&mut state, terms, at)), [1, 0, 1, 1]);
    }

    #[test]
    fn what_was_given_is_forgotten_after_ten_seconds() {
        let mut state = State::new();
        (0..50).for_each(|_| state.deposit(CALLS, seconds(0.0)));
        assert_eq!(retries(&mut state, CALLS, 10.0), 0);
        (0..50).for_each(|_| state.deposit(CALLS, seconds(20.0)));
        assert_eq!(retries(&mut state, CALLS, 29.9), 10);
    }

    #[test]
    fn nothing_is_left_without_calls_and_reserve() {
        let mut state = State::new();
        assert_eq!(retries(&mut state, Terms { ratio: 0.0, per_second: 0.0 }, 1000.0), 0);
    }

    #[test]
    fn a_token_goes_back_if_the_retry_is_not_made() {
        let now = Instant::now();
        for budget in
            [RetryBudget::new().ratio(0.0).per_second(1.0), RetryBudget::new().ratio(1.0).per_second(0.0)]
        {
            budget.deposit_at(now);
            drop(budget.token_at(now).unwrap());
            budget.token_at(now).unwrap().spend();
            assert!(budget.token_at(now).is_none());
        }
    }

    #[test]
    fn a_token_of_before_a_reset_is_worth_nothing_after_it() {
        let (now, budget) = (Instant::now(), RetryBudget::new().ratio(0.0).per_second(1.0));
        let before = budget.token_at(now).unwrap();
        budget.reset();
        budget.token_at(now).unwrap().spend();
        drop(before);
        assert!(budget.token_at(now).is_none());
    }

    #[test]
    fn a_budget_is_made_at_compile_time_and_shared() {
        static BUDGET: RetryBudget = RetryBudget::new().ratio(1.0).per_second(0.0);
        let now = Instant::now();
        assert!(!BUDGET.withdraw_at(now));
        std::thread::scope(|threads| {
            (0..4).for_each(|_| drop(threads.spawn(|| (0..5).for_each(|_| BUDGET.deposit_at(now)))));
        });
        assert_eq!((0..100).filter(|_| BUDGET.withdraw_at(now)).count(), 20);
    }

    #[test]
    fn a_budget_that_is_reset_is_as_new() {
        let budget = RetryBudget::new().ratio(1.0).per_second(1.0);
        let now = Instant::now();
        budget.deposit_at(now);
        assert_eq!((0..9).filter(|_| budget.withdraw_at(now)).count(), 2);
        budget.reset();
        assert_eq!((0..9).filter(|_| budget.withdraw_at(now)).count(), 1);
    }

    #[test]
    fn terms_that_are_none_are_refused() {
        for number in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(std::panic::catch_unwind(|| RetryBudget::new().ratio(number)).is_err(), "{number}");
            assert!(std::panic::catch_unwind(|| RetryBudget::new().per_second(number)).is_err(), "{number}");
        }
    }

    proptest! {
        #[test]
        fn retries_never_exceed_what_calls_and_time_pay_for(
            ratio in 0.0..2.0, per_second in 0.0..50.0,
            events in prop::collection::vec((0.0..3.0, any::<bool>(), 0_usize..30), 1..100),
        ) {
            let terms = Terms { ratio, per_second };
            let (mut state, mut now, mut successes, mut retries) = (State::new(), 0.0, 0_u32, 0_u32);
            for (after, success, times) in events {
                now += after;
                for _ in 0..times {
                    if success {
                        successes += 1;
                        state.deposit(terms, seconds(now));
                    } else {
                        retries += u32::from(state.withdraw(terms, seconds(now)).is_some());
                    }
                }
                let burst = per_second.max(1.0);
                let paid = ratio * f64::from(successes) + per_second * now + burst;
                prop_assert!(f64::from(retries) <= paid + 1e-6, "{retries} retries, {paid} paid for");
            }
        }
    }
}
