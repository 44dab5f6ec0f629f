//! Without the attributes, compared with the annotated twin under one seed: every jitter, by name.

mod closures;

use std::time::Duration;

use backoff_runtime::{
    Details, constant, decorrelated_jitter, equal_jitter, expo, full_jitter, none, on_exception,
    on_predicate, random_jitter, runtime,
};
use backoff_tests::trace::{Trace, seconds};

/// The waits of twins that fail eight times, which have to be the same four times: by attribute and by closure, sync
/// and async.
macro_rules! jittered {
    ($attribute:ident($($options:tt)+), $builder:expr, $type:ty, $output:ty = $failure:expr) => {{
        #[backoff_runtime::$attribute(
            $($options)+, max_tries = 9, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        fn call(waits: &mut Vec<Duration>) -> $output {
            let _ = &waits;
            $failure
        }
        #[backoff_runtime::$attribute(
            $($options)+, max_tries = 9, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        async fn call_later(waits: &mut Vec<Duration>) -> $output {
            let _ = &waits;
            $failure
        }
        let mut all: [Vec<Duration>; 4] = std::array::from_fn(|_| Vec::new());
        let [first, second, third, fourth] = &mut all;
        closures::blocking(|_| {
            let _ = call(first);
        });
        closures::later(async |_: &Trace| {
            let _ = call_later(second).await;
        });
        closures::blocking(|_| {
            let builder = $builder.max_tries(9).logger(None);
            let builder = builder.on_backoff(|d: &Details<'_, $type>| third.extend(d.wait));
            let _ = builder.run_blocking(|| $failure);
        });
        closures::later(async |_: &Trace| {
            let builder = $builder.max_tries(9).logger(None);
            let builder = builder.on_backoff(|d: &Details<'_, $type>| fourth.extend(d.wait));
            let _ = builder.run(async || $failure).await;
        });
        let [waits, others @ ..] = all;
        assert_eq!(waits.len(), 8);
        assert!(others.iter().all(|other| *other == waits), "{others:?} differ from {waits:?}");
        waits
    }};
}

/// Of `on_exception` with waits of 10 s.
macro_rules! of_ten {
    ([$($jitter:tt)*] $($call:tt)*) => {
        jittered!(
            on_exception(constant, interval = 10 $($jitter)*),
            on_exception(constant().interval(10)) $($call)*,
            u8,
            Result<(), u8> = Err::<(), u8>(7)
        )
    };
}

/// All in the range, and not all the same.
#[track_caller]
fn assert_spread(waits: &[Duration], low: Duration, high: Duration) {
    assert!(waits.iter().all(|wait| (low..=high).contains(wait)), "{waits:?} are not in {low:?}..={high:?}");
    assert!(waits.windows(2).any(|pair| pair[0] != pair[1]), "{waits:?} are not random");
}

#[test]
fn full_jitter_is_the_default() {
    let waits = of_ten!([]);
    assert_spread(&waits, Duration::ZERO, seconds(10));
    assert_eq!(waits, of_ten!([, jitter = full_jitter] .jitter(full_jitter)));
}

#[test]
fn equal_jitter_keeps_half_of_the_wait() {
    assert_spread(&of_ten!([, jitter = equal_jitter] .jitter(equal_jitter)), seconds(5), seconds(10));
}

#[test]
fn random_jitter_adds_up_to_a_second() {
    assert_spread(&of_ten!([, jitter = random_jitter] .jitter(random_jitter)), seconds(10), seconds(11));
}

#[test]
fn none_keeps_the_wait() {
    assert_eq!(of_ten!([, jitter = none] .jitter(none)), [seconds(10); 8]);
    assert_eq!(of_ten!([, jitter = None] .jitter(None)), [seconds(10); 8]);
}

#[test]
fn a_function_of_the_wait_is_a_jitter() {
    fn double(wait: Duration) -> Duration {
        wait * 2
    }
    assert_eq!(of_ten!([, jitter = double] .jitter(double)), [seconds(20); 8]);
    assert_eq!(of_ten!([, jitter = |wait| wait / 2] .jitter(|wait| wait / 2)), [seconds(5); 8]);
}

#[test]
fn a_jitter_of_a_closure_may_keep_state() {
    let mut number = 0;
    let mut waits = Vec::new();
    closures::blocking(|_| {
        on_predicate(constant())
            .max_tries(4)
            .jitter(|wait| {
                number += 1;
                wait * number
            })
            .on_backoff(|d: &Details<'_, ()>| waits.extend(d.wait))
            .run_blocking(|| ());
    });
    assert_eq!(waits, [1, 2, 3].map(seconds));
}

#[test]
fn decorrelated_jitter_is_between_the_first_wait_and_three_times_the_previous_one() {
    let waits = of_ten!([, jitter = decorrelated_jitter] .jitter(decorrelated_jitter));
    assert_spread(&waits, seconds(10), Duration::MAX);
    assert!(waits[0] <= seconds(30));
    assert!(waits.windows(2).all(|pair| pair[1] <= pair[0] * 3), "{waits:?}");
}

#[test]
fn decorrelated_jitter_is_bounded_by_max_value() {
    let waits = jittered!(
        on_predicate(expo, factor = 2, max_value = 5, jitter = decorrelated_jitter),
        on_predicate(expo().factor(2).max_value(5)).jitter(decorrelated_jitter),
        bool,
        bool = false
    );
    assert_spread(&waits, seconds(2), seconds(5));
    // Drawn from up to 3 * 2 s at least, so that the bound is met: it is not only never exceeded by luck.
    assert!(waits.contains(&seconds(5)), "{waits:?}");
}

#[test]
fn runtime_is_not_jittered_unless_asked() {
    let waits = jittered!(
        on_exception(runtime, value = |e| *e),
        on_exception(runtime().value(|e: &u8| *e)),
        u8,
        Result<(), u8> = Err::<(), u8>(7)
    );
    assert_eq!(waits, [seconds(7); 8]);
    let waits = jittered!(
        on_exception(runtime, value = |e| *e, jitter = full_jitter),
        on_exception(runtime().value(|e: &u8| *e)).jitter(full_jitter),
        u8,
        Result<(), u8> = Err::<(), u8>(7)
    );
    assert_spread(&waits, seconds(7), seconds(14));
}

#[test]
fn a_jittered_last_wait_under_max_time_is_drawn_anew_as_in_the_twin() {
    let waits = jittered!(
        on_predicate(constant, interval = 10, jitter = equal_jitter, max_time = 1000),
        on_predicate(constant().interval(10)).jitter(equal_jitter).max_time(1000),
        bool,
        bool = false
    );
    assert_spread(&waits, seconds(5), seconds(10));
    let last = |jittered: bool| {
        let mut waits = Vec::new();
        closures::blocking(|_| {
            let builder = on_predicate(constant().interval(100)).max_time(30).logger(None);
            let told = |d: &Details<'_, bool>| waits.extend(d.wait);
            if jittered {
                builder.jitter(random_jitter).on_backoff(told).run_blocking(|| false);
            } else {
                builder.jitter(none).on_backoff(told).run_blocking(|| false);
            }
        });
        waits
    };
    assert_eq!(last(false), [seconds(30)]);
    let drawn = last(true);
    assert!(drawn.len() == 1 && drawn[0] < seconds(30), "{drawn:?}");
}
