//! PROMISE 7.9: a policy says what the same options say when they are written out. Random configurations, each run by a
//! closure with a generator, by closures with a policy and by functions that name it, event by event.

use std::cell::RefCell;
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{
    AnyJitter, AnyWait, Details, Level, LivePolicy, Policy, Retried, constant, decay, expo, fibo,
    on_exception, retry,
};
use proptest::prelude::*;

type Answer = Result<usize, usize>;
type Attempt<'a> = &'a dyn Fn(&Trace) -> Answer;

/// What happens in a call.
#[derive(Default)]
struct Trace(RefCell<Vec<String>>);

impl Trace {
    fn attempt(&self, succeeds_at: usize, takes: Duration, scope: &Scope) -> Result<usize, usize> {
        scope.advance(takes);
        let attempts = 1 + self.0.borrow().iter().filter(|line| line.starts_with("attempt")).count();
        self.note(format!("attempt {attempts}"));
        if attempts == succeeds_at { Ok(attempts) } else { Err(attempts) }
    }

    fn told(&self, details: &Details<'_, usize>) {
        let Details { tries, elapsed, wait, reason, outcome, .. } = details;
        self.note(format!("{tries} {elapsed:?} {wait:?} {reason:?} {outcome}"));
    }

    fn note(&self, line: String) {
        self.0.borrow_mut().push(line);
    }

    fn end(self, retried: &Retried<Answer>) -> Vec<String> {
        self.note(format!(
            "{:?} {} {:?} {:?}",
            retried.result, retried.tries, retried.elapsed, retried.reason
        ));
        self.0.into_inner()
    }
}

#[retry(&policy, on_backoff = |d| trace.told(d), on_giveup = |d| trace.told(d))]
fn by_name(policy: &Policy, trace: &Trace, attempt: Attempt<'_>) -> Retried<Answer> {
    attempt(trace)
}

#[retry(&policy, on_backoff = |d| trace.told(d), on_giveup = |d| trace.told(d))]
async fn by_name_async(policy: &LivePolicy, trace: &Trace, attempt: Attempt<'_>) -> Retried<Answer> {
    attempt(trace)
}

#[retry(waits, max_tries = tries, max_time = time, jitter = jitter, on_backoff = |d| trace.told(d), on_giveup = |d| trace.told(d))]
fn written_out(
    (waits, tries, time, jitter): (AnyWait, Option<u32>, Option<Duration>, AnyJitter),
    trace: &Trace,
    attempt: Attempt<'_>,
) -> Retried<Answer> {
    attempt(trace)
}

fn waits() -> impl Strategy<Value = AnyWait> {
    let seconds = || 0.0..20.0_f64;
    prop_oneof![
        (seconds(), 0.5..4.0_f64, seconds()).prop_map(|(factor, base, most)| expo()
            .factor(factor)
            .base(base)
            .max_value(most)
            .into()),
        seconds().prop_map(|most| fibo().max_value(most).into()),
        seconds().prop_map(|interval| constant().interval(interval).into()),
        (seconds(), seconds())
            .prop_map(|(first, least)| decay().initial_value(first).min_value(least).into()),
    ]
}

fn jitters() -> impl Strategy<Value = AnyJitter> {
    use AnyJitter::{Decorrelated, Equal, Full, None, Random};
    prop::sample::select(vec![Full, Equal, Random, Decorrelated, None])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_does_what_its_options_do_when_they_are_written_out(
        waits in waits(),
        jitter in jitters(),
        tries in prop::option::of(1..8_u32),
        seconds in 0.0..60.0_f64,
        succeeds_at in 1..12_usize,
        takes in 0..4000_u64,
        seed in any::<u64>(),
    ) {
        let time = Some(Duration::from_secs_f64(seconds));
        let mut policy = Policy::expo().backoff_log_level(Level::Debug);
        policy.set_waits(waits);
        policy.set_jitter(jitter);
        policy.set_max_tries(tries);
        policy.set_max_time(time);
        let live = LivePolicy::new(policy);

        let scope = || Scope::new().without_waits().seed(seed);
        let run = |call: &dyn Fn(&Trace, Attempt<'_>) -> Retried<Answer>| {
            let (scope, trace) = (scope(), Trace::default());
            let attempt = |trace: &Trace| trace.attempt(succeeds_at, Duration::from_millis(takes), &scope);
            let retried = scope.run(|| call(&trace, &attempt));
            trace.end(&retried)
        };
        let expected = run(&|trace, attempt| written_out((waits, tries, time, jitter), trace, attempt));
        let told = |trace: &Trace, d: &Details<'_, usize>| trace.told(d);
        let closure = run(&|trace, attempt| {
            on_exception(waits)
                .max_tries(tries)
                .max_time(time)
                .jitter(jitter)
                .on_backoff(|d: &Details<'_, usize>| told(trace, d))
                .on_giveup(|d: &Details<'_, usize>| told(trace, d))
                .run_blocking_reported(|_| attempt(trace))
        });
        prop_assert_eq!(&closure, &expected, "a closure");
        let by_policy = run(&|trace, attempt| {
            policy
                .on_exception()
                .on_backoff(|d: &Details<'_, usize>| told(trace, d))
                .on_giveup(|d: &Details<'_, usize>| told(trace, d))
                .run_blocking_reported(|_| attempt(trace))
        });
        prop_assert_eq!(&by_policy, &expected, "a closure with a policy");
        prop_assert_eq!(&run(&|trace, attempt| by_name(&policy, trace, attempt)), &expected, "a function");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let later = run(&|trace, attempt| runtime.block_on(by_name_async(&live, trace, attempt)));
        prop_assert_eq!(&later, &expected, "an async function with a live policy");
    }
}
