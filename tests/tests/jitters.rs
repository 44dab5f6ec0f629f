//! Jitters, of a wait w: `full_jitter` U[0, w]; `equal_jitter` w/2 + U[0, w/2]; `random_jitter` w + U[0, 1
//! s]; `decorrelated_jitter` U[first wait, 3 * previous actual wait], at most `max_value`; `none` w; or a
//! function of the wait.

use std::ops::RangeInclusive;
use std::time::Duration;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, seconds};
use backoff_tests::{both, waits};

/// The waits of a call that fails 1001 times, sync and async.
macro_rules! thousand {
    ($($argument:tt)+) => {{
        #[on_predicate($($argument)+, max_tries = 1001, logger = none, on_backoff = |d| waits.extend(d.wait))]
        fn call(waits: &mut Vec<Duration>) {}
        #[on_predicate($($argument)+, max_tries = 1001, logger = none, on_backoff = |d| waits.extend(d.wait))]
        async fn call_later(waits: &mut Vec<Duration>) {}
        let (mut waits, mut later) = (vec![], vec![]);
        trace::blocking(|_| call(&mut waits));
        trace::later(async |_: &Trace| call_later(&mut later).await);
        [waits, later]
    }};
}

/// All are in the range, and fill it evenly: each tenth of it has 100 of 1000, and less than 40 once in 10^10
/// runs.
#[track_caller]
fn assert_uniform(runs: [Vec<Duration>; 2], range: &RangeInclusive<f64>) {
    let tenth = (range.end() - range.start()) / 10.;
    for waits in runs {
        let mut tenths = [0; 10];
        for wait in waits {
            let wait = wait.as_secs_f64();
            assert!(range.contains(&wait), "{wait} is not in {range:?}");
            tenths[(((wait - range.start()) / tenth) as usize).min(9)] += 1;
        }
        assert!(tenths.iter().all(|count| (40..170).contains(count)), "{tenths:?}");
    }
}

#[test]
fn full_jitter_draws_from_zero_to_the_wait() {
    assert_uniform(thousand!(constant, interval = 8, jitter = full_jitter), &(0. ..=8.));
}

#[test]
fn full_jitter_is_the_default() {
    assert_uniform(thousand!(constant, interval = 8), &(0. ..=8.));
    assert_uniform(thousand!(std::iter::repeat(seconds(8))), &(0. ..=8.));
}

#[test]
fn equal_jitter_draws_from_half_the_wait_to_the_wait() {
    assert_uniform(thousand!(constant, interval = 8, jitter = equal_jitter), &(4. ..=8.));
}

#[test]
fn random_jitter_adds_up_to_a_second() {
    assert_uniform(thousand!(constant, interval = 8, jitter = random_jitter), &(8. ..=9.));
}

#[test]
fn decorrelated_jitter_draws_from_the_first_wait_to_thrice_the_previous_actual_wait() {
    for waits in thousand!(expo, factor = 2, max_value = 1000, jitter = decorrelated_jitter) {
        let mut previous = seconds(2);
        for wait in &waits {
            assert!(
                *wait >= seconds(2) && *wait <= (previous * 3).min(seconds(1000)),
                "{previous:?}, {wait:?}"
            );
            previous = *wait;
        }
        // It depends on the last wait, not on the generator's next: after a short one it is short again.
        assert!(waits.windows(2).skip(20).any(|pair| pair[1] < pair[0] / 2), "{waits:?}");
        assert!(
            waits[20..].iter().any(|wait| *wait < seconds(100)),
            "the exponential would be at its maximum"
        );
    }
}

#[test]
fn decorrelated_jitter_remembers_nothing_between_calls() {
    #[on_predicate(constant, interval = 2, max_tries = 2, jitter = decorrelated_jitter, logger = none)]
    fn call() {}
    for _ in 0..200 {
        // The first wait of a call is at most thrice the first wait of the generator.
        assert!(trace::blocking(|_| call()).elapsed() <= seconds(6));
    }
}

#[test]
fn none_leaves_the_wait_as_it_is() {
    assert_eq!(waits!(fibo, jitter = none), [1, 1, 2, 3, 5].map(seconds));
    assert_eq!(waits!(fibo, jitter = None), [1, 1, 2, 3, 5].map(seconds), "as in Python");
    assert_eq!(waits!(fibo, jitter = backoff_runtime::none), [1, 1, 2, 3, 5].map(seconds));
}

#[test]
fn jitters_are_named_by_path_too() {
    assert_uniform(thousand!(constant, jitter = backoff_runtime::full_jitter), &(0. ..=1.));
    assert_uniform(thousand!(constant, jitter = ::backoff_runtime::equal_jitter), &(0.5..=1.));
    for waits in thousand!(constant, interval = 2, jitter = backoff_runtime::decorrelated_jitter) {
        assert!(waits.iter().any(|wait| *wait > seconds(6)), "it remembers the last wait");
    }
}

#[test]
fn runtime_is_not_jittered_unless_asked() {
    assert_eq!(waits!(runtime, value = |()| 8), [8; 5].map(seconds));
    // What was asked for is never shortened: a jitter that would do so adds to it.
    assert_uniform(thousand!(runtime, value = |()| 8, jitter = full_jitter), &(8. ..=16.));
    assert_uniform(thousand!(runtime, value = |()| 8, jitter = random_jitter), &(8. ..=9.));
}

#[test]
fn a_jitter_may_be_any_function_of_the_wait() {
    fn twice(wait: Duration) -> Duration {
        wait * 2
    }
    struct Jitters;
    impl Jitters {
        fn half(wait: Duration) -> Duration {
            wait / 2
        }
    }
    fn times(n: u32) -> impl Fn(Duration) -> Duration {
        move |wait| wait * n
    }
    assert_eq!(waits!(expo, jitter = twice), [2, 4, 8, 16, 32].map(seconds));
    assert_eq!(waits!(constant, interval = 4, jitter = Jitters::half), [2; 5].map(seconds));
    assert_eq!(waits!(expo, jitter = times(3)), [3, 6, 12, 24, 48].map(seconds));
    assert_eq!(waits!(expo, jitter = |wait| wait + seconds(1)), [2, 3, 5, 9, 17].map(seconds));
    assert_eq!(waits!(expo, jitter = |_| seconds(1)), [1; 5].map(seconds));
    assert_eq!(
        waits!(
            constant,
            jitter = {
                let mut n = 0;
                move |wait| {
                    n += 1;
                    wait * n
                }
            }
        ),
        [1, 2, 3, 4, 5].map(seconds)
    );
}

#[test]
fn a_jitter_sees_the_arguments_of_the_function() {
    both! {
        #[on_exception(
            constant,
            max_tries = 3,
            jitter = |wait| { seen.push(wait); wait * factor },
            logger = none,
        )]
        fn call(factor: u32, seen: &mut Vec<Duration>) -> Result<usize, u32> {
            Err(factor)
        }
        |trace| call(5, &mut vec![]) => ["+10s", "returned Err(5)"]
    }
}

#[test]
fn a_seed_makes_the_waits_repeat() {
    #[on_predicate(expo, max_tries = 20, logger = none, on_backoff = |d| waits.extend(d.wait))]
    fn call(waits: &mut Vec<Duration>) {}
    let seeded = |seed| {
        let mut waits = vec![];
        backoff_runtime::testing::Scope::new().without_waits().seed(seed).run(|| call(&mut waits));
        waits
    };
    assert_eq!(seeded(7), seeded(7));
    assert_ne!(seeded(7), seeded(8));
}

#[test]
fn a_jitter_may_stand_in_parentheses_or_come_through_a_macro() {
    macro_rules! equal {
        ($jitter:expr) => {
            thousand!(constant, interval = 8, jitter = $jitter)
        };
    }
    assert_uniform(equal!(equal_jitter), &(4. ..=8.));
    assert_uniform(thousand!(constant, interval = 8, jitter = (equal_jitter)), &(4. ..=8.));
    for waits in equal!(decorrelated_jitter) {
        assert!(waits.iter().any(|wait| *wait > seconds(24)), "it remembers the last wait");
    }
}
