//! The waits of a policy as values: a job that a queue keeps is tried again when, and as often as, a call in the process
//! would be.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{
    AnyJitter, AnyWait, Details, GiveUp, LivePolicy, NextWait, Paced, Pacer, Policy, Timed, Tried, constant,
    decay, expo, fibo,
};
use proptest::prelude::*;

static PLAIN: Policy = Policy::expo().jitter(AnyJitter::None);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The wait after so many tries, in so many seconds.
fn after(policy: &Policy, tries: u32, elapsed: u64) -> Result<Duration, GiveUp> {
    policy.next_wait(Tried::new(tries, seconds(elapsed))).map(|next| next.wait)
}

#[test]
fn the_nth_try_waits_the_nth_wait_of_the_generator_whichever_process_asks() {
    let waits: Vec<_> = (1..=5).map(|tries| after(&PLAIN, tries, 0).unwrap().as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16]);
    assert_eq!(after(&PLAIN.max_value("5s"), 1000, 0), Ok(seconds(5)));
    assert_eq!(after(&PLAIN, 0, 0), Ok(seconds(1)), "no try counts as one");
}

#[test]
fn jitter_is_that_of_the_policy() {
    let full = PLAIN.jitter(AnyJitter::Full);
    let waits: Vec<_> = (0..200).map(|_| after(&full, 4, 0).unwrap()).collect();
    assert!(waits.iter().all(|wait| *wait <= seconds(8)));
    assert!(waits.iter().any(|wait| *wait < seconds(1)) && waits.iter().any(|wait| *wait > seconds(7)));
}

#[test]
fn decorrelated_jitter_goes_on_from_the_wait_before() {
    let policy = PLAIN.jitter(AnyJitter::Decorrelated).max_value("1h");
    let waits = |tried: Tried| (0..200).map(|_| policy.next_wait(tried).unwrap().wait).collect::<Vec<_>>();
    let tried = Tried::new(5, seconds(0));
    assert!(waits(tried).iter().all(|wait| (seconds(1)..=seconds(3)).contains(wait)));
    let later = waits(tried.drawn(seconds(100)));
    assert!(later.iter().all(|wait| (seconds(1)..=seconds(300)).contains(wait)));
    assert!(later.iter().any(|wait| *wait > seconds(150)));
}

#[test]
fn tries_count_against_max_tries_across_processes() {
    let policy = PLAIN.max_tries(3);
    assert_eq!(after(&policy, 2, 0), Ok(seconds(2)));
    assert_eq!(after(&policy, 3, 0), Err(GiveUp::MaxTries));
    assert_eq!(after(&policy, u32::MAX, 0), Err(GiveUp::MaxTries));
    assert!(after(&PLAIN, u32::MAX, 0).is_ok(), "without a limit it goes on for ever");
}

#[test]
fn max_time_counts_from_when_the_job_was_put_in() {
    let policy = PLAIN.max_time("1d");
    assert_eq!(after(&policy, 2, 86_000), Ok(seconds(2)));
    assert_eq!(after(&policy, 2, 86_400), Err(GiveUp::MaxTime));
    assert_eq!(after(&policy, 2, 9_000_000), Err(GiveUp::MaxTime));
}

#[test]
fn a_wait_that_does_not_fit_into_max_time_is_the_last() {
    let policy = PLAIN.max_time("10s");
    let cut = policy.next_wait(Tried::new(4, seconds(7))).unwrap();
    assert_eq!((cut.wait, cut.is_last), (seconds(3), true), "without jitter it is cut to what is left");
    assert!(!policy.next_wait(Tried::new(2, seconds(7))).unwrap().is_last);

    let full = policy.jitter(AnyJitter::Full);
    let lasts: Vec<_> = (0..500)
        .map(|_| full.next_wait(Tried::new(20, seconds(7))).unwrap())
        .filter(|next| next.is_last)
        .collect();
    assert!(lasts.len() > 400 && lasts.iter().all(|next| next.wait <= seconds(3)));
    assert!(
        lasts.iter().filter(|next| next.wait > Duration::from_millis(2900)).count() < 60,
        "it is drawn anew"
    );
    assert_eq!(full.next_wait(Tried::new(21, seconds(8)).last(true)), Err(GiveUp::MaxTime));
}

#[test]
fn a_hint_is_never_shortened_and_jitter_adds_to_it() {
    let tried = Tried::new(4, seconds(0)).retry_after(30);
    assert_eq!(PLAIN.next_wait(tried).unwrap().wait, seconds(30));
    assert_eq!(PLAIN.next_wait(tried.retry_after(Some(seconds(3)))).unwrap().wait, seconds(8));
    assert_eq!(PLAIN.next_wait(tried.retry_after(None::<Duration>)).unwrap().wait, seconds(8));
    let full = PLAIN.jitter(AnyJitter::Full);
    let waits: Vec<_> = (0..200).map(|_| full.next_wait(tried).unwrap().wait).collect();
    assert!(waits.iter().all(|wait| (seconds(30)..=seconds(38)).contains(wait)));
    assert!(waits.iter().any(|wait| *wait > seconds(34)));
}

#[test]
fn a_hint_that_does_not_fit_gives_up_at_once() {
    let hinted = |policy: &Policy, hint: u64| policy.next_wait(Tried::new(1, seconds(60)).retry_after(hint));
    let day = PLAIN.max_time("1d");
    assert_eq!(hinted(&day, 86_340).unwrap().wait, seconds(86_340));
    assert_eq!(hinted(&day, 86_341), Err(GiveUp::RetryAfter));
    assert_eq!(hinted(&PLAIN, 3600).unwrap().wait, seconds(3600));
    assert_eq!(hinted(&PLAIN, 3601), Err(GiveUp::RetryAfter));
}

#[test]
fn a_generator_that_ends_gives_up() {
    static TWO: Policy =
        Policy::sequence(&[Duration::from_secs(7), Duration::from_secs(9)]).jitter(AnyJitter::None);
    assert_eq!(after(&TWO, 2, 0), Ok(seconds(9)));
    assert_eq!(after(&TWO, 3, 0), Err(GiveUp::Exhausted));
}

#[test]
fn what_belongs_to_a_process_has_no_part_in_it() {
    static LIMIT: Pacer = Pacer::per(1, "1h");
    static PACED: Policy<Paced> = Policy::expo().jitter(AnyJitter::None).pacer(&LIMIT);
    static TIMED: Policy<Timed> =
        Policy::expo().jitter(AnyJitter::None).attempt_timeout("1ms").timeout("10s");
    assert_eq!(PACED.next_wait(Tried::new(3, seconds(1))).unwrap().wait, seconds(4));
    assert_eq!(TIMED.next_wait(Tried::new(3, seconds(1))).unwrap().wait, seconds(4));
    assert_eq!(TIMED.next_wait(Tried::new(3, seconds(10))), Err(GiveUp::Timeout));
}

#[test]
fn a_live_policy_is_asked_as_it_is_now() {
    static LATER: LivePolicy = LivePolicy::new(Policy::constant("60s").jitter(AnyJitter::None));
    let tried = Tried::new(1, seconds(0));
    assert_eq!(LATER.next_wait(tried).unwrap().wait, seconds(60));
    LATER.set(Policy::constant("90s").jitter(AnyJitter::None));
    assert_eq!(LATER.next_wait(tried).unwrap().wait, seconds(90));
}

#[test]
fn a_scope_caps_the_tries_of_a_job() {
    let capped = Scope::new().max_tries(2).run(|| after(&PLAIN, 2, 0));
    assert_eq!(capped, Err(GiveUp::MaxTries));
}

fn waits() -> impl Strategy<Value = AnyWait> {
    static SEQUENCE: [Duration; 4] =
        [Duration::from_secs(5), Duration::ZERO, Duration::from_secs(40), Duration::from_millis(1)];
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
        (1..=4_usize).prop_map(|count| SEQUENCE[..count].into()),
    ]
}

fn jitters() -> impl Strategy<Value = AnyJitter> {
    use AnyJitter::{Decorrelated, Equal, Full, None, Random};
    prop::sample::select(vec![Full, Equal, Random, Decorrelated, None])
}

/// What a failed try was followed by: the tries and time until then, and the wait or why there was none.
type Step = (u32, Duration, Result<Duration, GiveUp>);

/// What a call of the process does whose attempts take so long and fail with these hints.
fn in_the_process(policy: &Policy, scope: &Scope, takes: Duration, hints: &[Option<f64>]) -> Vec<Step> {
    let steps = RefCell::new(Vec::new());
    let tries = Cell::new(0);
    let note = |d: &Details<'_, Option<f64>>| {
        steps.borrow_mut().push((d.tries, d.elapsed, d.wait.ok_or_else(|| d.reason.unwrap())));
    };
    let call = policy.on_exception().retry_after(|hint: &Option<f64>| *hint).on_backoff(note).on_giveup(note);
    let _ = scope.run(|| {
        call.run_blocking(|| {
            scope.advance(takes);
            tries.set(tries.get() + 1);
            Err::<(), _>(hints[tries.get() % hints.len()])
        })
    });
    steps.into_inner()
}

/// The same by a job that is asked about anew after each try.
fn by_a_queue(policy: &Policy, scope: &Scope, takes: Duration, hints: &[Option<f64>]) -> Vec<Step> {
    let (mut steps, mut elapsed) = (Vec::new(), Duration::ZERO);
    let mut before: Option<NextWait> = None;
    for tries in 1.. {
        elapsed += takes;
        let mut tried = Tried::new(tries, elapsed).retry_after(hints[tries as usize % hints.len()]);
        if let Some(NextWait { drawn, is_last, .. }) = before {
            tried = tried.drawn(drawn).last(is_last);
        }
        let next = scope.run(|| policy.next_wait(tried));
        steps.push((tries, elapsed, next.map(|next| next.wait)));
        let Ok(next) = next else { break };
        elapsed += next.wait;
        before = Some(next);
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_queue_says_what_a_call_in_the_process_does(
        waits in waits(),
        jitter in jitters(),
        tries in prop::option::weighted(0.9, 1..30_u32),
        time in 0.0..120.0_f64,
        takes in 1..4000_u64,
        hints in prop::collection::vec(prop::option::weighted(0.3, 0.0..60.0_f64), 1..6),
        seed in any::<u64>(),
    ) {
        let mut policy = Policy::expo();
        policy.set_waits(waits);
        policy.set_jitter(jitter);
        policy.set_max_tries(tries);
        policy.set_max_time(time);
        let takes = Duration::from_millis(takes);
        let scope = || Scope::new().without_waits().seed(seed);
        let expected = in_the_process(&policy, &scope(), takes, &hints);
        prop_assert_eq!(by_a_queue(&policy, &scope(), takes, &hints), expected);
    }
}
