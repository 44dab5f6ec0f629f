//! WAIT: the built-in generators with all their options, by name and without an import, and the user's own.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "what is asked and told is given references")]

use std::cell::Cell;
use std::iter;
use std::time::Duration;

use backoff_runtime::{self as backoff, Wait, constant, on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, millis, seconds};
use backoff_tests::{both, waits};

#[track_caller]
fn assert_seconds(waits: &[Duration], expected: &[f64]) {
    let expected: Vec<_> = expected.iter().copied().map(Duration::from_secs_f64).collect();
    assert_eq!(waits, expected);
}

#[test]
fn expo_waits_factor_times_base_to_the_n() {
    assert_seconds(&waits!(expo, jitter = none), &[1., 2., 4., 8., 16.]);
    assert_seconds(&waits!(expo, jitter = none, base = 3), &[1., 3., 9., 27., 81.]);
    assert_seconds(&waits!(expo, jitter = none, factor = 0.1), &[0.1, 0.2, 0.4, 0.8, 1.6]);
    assert_seconds(&waits!(expo, jitter = none, base = 1.5, factor = 4), &[4., 6., 9., 13.5, 20.25]);
    assert_seconds(&waits!(expo, jitter = none, base = 0.5, factor = 4), &[4., 2., 1., 0.5, 0.25]);
    assert_seconds(&waits!(expo, jitter = none, factor = 0), &[0.; 5]);
}

#[test]
fn max_value_is_waited_for_ever_once_the_sequence_reaches_it() {
    assert_seconds(&waits!(expo, jitter = none, max_value = 5), &[1., 2., 4., 5., 5.]);
    assert_seconds(
        &waits!(expo, jitter = none, max_value = "250ms", base = 3, factor = 0.1),
        &[0.1, 0.25, 0.25, 0.25, 0.25],
    );
    assert_seconds(&waits!(fibo, jitter = none, max_value = 3), &[1., 1., 2., 3., 3.]);
    assert_seconds(&waits!(fibo, jitter = none, max_value = 2.5), &[1., 1., 2., 2.5, 2.5]);
}

#[test]
fn fibo_waits_the_fibonacci_numbers() {
    assert_seconds(&waits!(fibo, jitter = none), &[1., 1., 2., 3., 5.]);
}

#[test]
fn constant_waits_the_interval_for_ever() {
    assert_seconds(&waits!(constant, jitter = none), &[1.; 5]);
    assert_seconds(&waits!(constant, jitter = none, interval = 0.5), &[0.5; 5]);
}

#[test]
fn constant_waits_each_item_of_a_sequence_then_is_exhausted() {
    const WAITS: [u8; 2] = [3, 4];
    const SLICE: &[f32] = &[0.5];
    assert_seconds(&waits!(constant, jitter = none, interval = [1, 2, 5]), &[1., 2., 5.]);
    assert_seconds(&waits!(constant, jitter = none, interval = ["1s", "2m"]), &[1., 120.]);
    assert_seconds(&waits!(constant, jitter = none, interval = [seconds(1), millis(10)]), &[1., 0.01]);
    assert_seconds(&waits!(constant, jitter = none, interval = vec![1.5, 0.5]), &[1.5, 0.5]);
    assert_seconds(&waits!(constant, jitter = none, interval = WAITS), &[3., 4.]);
    assert_seconds(&waits!(constant, jitter = none, interval = SLICE), &[0.5]);
    assert_seconds(&waits!(constant, jitter = none, interval = &WAITS[1..]), &[4.]);
    assert_seconds(&waits!(constant, jitter = none, interval = (1..4).collect::<Vec<_>>()), &[1., 2., 3.]);
    assert_seconds(&waits!(constant, jitter = none, interval = Vec::<u8>::new()), &[]);
    assert_seconds(&waits!(constant, jitter = none, interval = [7; 9]), &[7.; 5]);
}

#[test]
fn decay_waits_initial_value_times_e_to_the_minus_n_decay_factor() {
    let near = |waits: &[Duration], initial: f64, factor: f64| {
        for (n, wait) in iter::zip(0_u8.., waits) {
            let expected = initial * (-f64::from(n) * factor).exp();
            assert!((wait.as_secs_f64() - expected).abs() < 2e-9, "{n}: {wait:?}");
        }
        assert_eq!(waits.len(), 5);
    };
    // Whole milliseconds are what tokio counts; the waits that are asked for are exact.
    near(&waits!(decay, jitter = none), 1., 1.);
    near(&waits!(decay, jitter = none, initial_value = 100), 100., 1.);
    near(&waits!(decay, jitter = none, initial_value = "1m", decay_factor = 0.25), 60., 0.25);
    assert_seconds(&waits!(decay, jitter = none, decay_factor = 0), &[1.; 5]);
    assert_seconds(&waits!(decay, jitter = none, initial_value = 2, min_value = 1)[1..], &[1.; 4]);
}

#[test]
fn runtime_waits_what_value_returns_for_the_outcome() {
    both! {
        #[on_exception(
            runtime,
            value = |retry_after| *retry_after,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, errors: &Cell<u64>) -> Result<(), Option<f64>> {
            errors.set(errors.get() + 1);
            trace.note("body");
            Err([None, Some(0.5), Some(120.)].into_iter().nth(errors.get() as usize).unwrap_or_default())
        }
        // Not jittered, and `None` gives up.
        |trace| call(trace, &Cell::new(0)) => [
            "body", "+500ms", "body", "+120s", "body",
            "on_giveup: call #3 at 120.5s, Exhausted, None", "returned Err(None)",
        ]
    }
}

#[test]
fn runtime_takes_functions_and_returns_of_every_kind() {
    fn double(value: &u64) -> Duration {
        seconds(value * 2)
    }
    macro_rules! wait_for_3 {
        ($($value:expr),* $(,)?) => {[$({
            #[on_predicate(runtime, |_| true, value = $value, max_tries = 2, logger = none)]
            fn call() -> u64 {
                3
            }
            trace::blocking(|trace| trace.returned(call())).elapsed()
        }),*]};
    }
    assert_eq!(
        wait_for_3!(
            double,
            |v| *v,
            |v: &u64| seconds(*v),
            |v| v * 10,
            |v| Some(*v as f32),
            |_| -1,
            u64::clone
        ),
        [6, 3, 3, 30, 3, 0, 3].map(seconds)
    );
}

#[test]
fn the_value_of_runtime_sees_the_arguments() {
    both! {
        #[on_exception(runtime, value = |v| v * factor, max_tries = 2, logger = none)]
        fn call(factor: u64) -> Result<(), u64> {
            Err(factor)
        }
        |trace| call(5) => ["+25s", "returned Err(5)"]
    }
}

#[test]
fn generators_are_named_alone_or_by_path() {
    #[backoff::on_predicate(
        backoff::fibo,
        backoff::Falsy::is_falsy,
        max_tries = 4,
        jitter = none,
        logger = none,
    )]
    fn by_path() {}
    #[backoff_runtime::on_exception(
        backoff_runtime::constant,
        interval = 5,
        max_tries = 2,
        jitter = none,
        logger = none,
    )]
    fn by_full_path() -> Result<(), ()> {
        Err(())
    }
    assert_eq!(trace::blocking(|_| by_path()).elapsed(), seconds(4));
    assert_eq!(trace::blocking(|trace| trace.returned(by_full_path())).elapsed(), seconds(5));
}

#[test]
fn an_iterator_is_a_generator() {
    assert_seconds(&waits!([3, 1].map(seconds).into_iter(), jitter = none), &[3., 1.]);
    assert_seconds(&waits!(iter::repeat(millis(1500)), jitter = none), &[1.5; 5]);
    assert_seconds(&waits!((1..).map(|n| seconds(n * n)), jitter = none), &[1., 4., 9., 16., 25.]);
    assert_seconds(
        &waits!(backoff::expo().into_iter().skip(2).chain(iter::once(seconds(0))), jitter = none),
        &[4., 8., 16., 32., 64.],
    );
    assert_seconds(
        &waits!(Box::new(iter::once(seconds(2))) as Box<dyn Iterator<Item = Duration>>, jitter = none),
        &[2.],
    );
    assert_seconds(&waits!(iter::empty(), jitter = none), &[]);
}

#[test]
fn a_generator_may_come_from_a_function_a_constant_or_a_closure() {
    #[derive(Clone)]
    struct Steps(u64);
    impl Iterator for Steps {
        type Item = Duration;
        fn next(&mut self) -> Option<Duration> {
            self.0 += 1;
            Some(seconds(self.0))
        }
    }
    const STEPS: Steps = Steps(10);
    fn steps(from: u64) -> impl Iterator<Item = Duration> {
        Steps(from)
    }
    assert_seconds(&waits!(steps(1), jitter = none), &[2., 3., 4., 5., 6.]);
    assert_seconds(&waits!({ STEPS }, jitter = none), &[11., 12., 13., 14., 15.]);
    assert_seconds(&waits!(Steps(3), jitter = none), &[4., 5., 6., 7., 8.]);
    assert_seconds(
        &waits!(
            iter::from_fn({
                let mut n = 0;
                move || {
                    n += 1;
                    Some(seconds(n))
                }
            }),
            jitter = none
        ),
        &[1., 2., 3., 4., 5.],
    );
    assert_seconds(&waits!(constant().interval([5, 6]), jitter = none), &[5., 6.]);
}

#[test]
fn a_generator_is_made_from_arguments_afresh_for_each_call() {
    both! {
        #[on_exception(waits.iter().copied(), jitter = none, logger = none)]
        fn call(trace: &Trace, waits: &[Duration]) -> Result<(), ()> {
            trace.note("body");
            Err(())
        }
        |trace| call(trace, &[seconds(1), seconds(2)]), call(trace, &[seconds(3)]), call(trace, &[]) => [
            "body", "+1s", "body", "+2s", "body", "returned Err(())",
            "body", "+3s", "body", "returned Err(())",
            "body", "returned Err(())",
        ]
    }
}

/// As long as the queue is; hears each outcome.
struct Queue(u64);

impl Wait<u64> for Queue {
    fn next_wait(&mut self, ahead: &u64) -> Option<Duration> {
        self.0 += 1;
        (*ahead < 60).then(|| seconds(ahead * 10 + self.0))
    }
}

#[test]
fn a_type_that_implements_wait_hears_each_outcome_and_none_gives_up() {
    both! {
        #[on_predicate(
            Queue(0),
            |_| true,
            jitter = none,
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace, ahead: &Cell<Option<u64>>) -> u64 {
            trace.note("body");
            ahead.take().unwrap_or(60)
        }
        |trace| call(trace, &Cell::new(Some(3))) => [
            "body", "+31s", "body", "on_giveup: call #2 at 31s, Exhausted, 60", "returned 60",
        ]
    }
}

#[test]
fn no_generator_overflows_or_panics_after_thousands_of_tries() {
    macro_rules! three_thousand {
        ($([$($option:tt)+])*) => {$({
            #[on_predicate($($option)+, max_tries = 3000, logger = none)]
            fn call(tries: &mut u32) {
                *tries += 1;
            }
            let mut tries = 0;
            trace::blocking(|_| call(&mut tries));
            assert_eq!(tries, 3000);
        })*};
    }
    three_thousand! {
        [expo] [expo, jitter = none] [expo, jitter = equal_jitter] [expo, jitter = random_jitter]
        [expo, jitter = decorrelated_jitter] [expo, base = 1e300, factor = 1e300] [expo, base = 1e-300]
        [fibo] [fibo, jitter = none] [fibo, jitter = random_jitter] [fibo, jitter = decorrelated_jitter]
        [decay] [decay, decay_factor = 1e300] [decay, jitter = decorrelated_jitter]
        [constant, interval = Duration::MAX, jitter = random_jitter]
        [runtime, value = |()| Duration::MAX] [runtime, value = |()| f64::INFINITY, jitter = equal_jitter]
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_an_eternity_can_be_awaited() {
    #[on_predicate(constant, interval = Duration::MAX, jitter = none, logger = none)]
    async fn call() -> bool {
        false
    }
    assert!(tokio::time::timeout(seconds(1_000_000), call()).await.is_err());
}
