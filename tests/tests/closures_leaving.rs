//! Without the attributes: leaving in the middle, and values that are odd.

mod closures;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{
    Details, GiveUp, constant, decay, decorrelated_jitter, equal_jitter, expo, fibo, none, on_exception,
    on_predicate, random_jitter, runtime,
};
use backoff_tests::trace::{Trace, seconds};

/// Says when it goes.
struct Guard<'a>(&'a Trace, &'static str);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// Runs a call of many events for so long, then drops it.
fn dropped_after(time: Duration) -> Trace {
    closures::later(async |trace: &Trace| {
        let call = on_exception(constant().interval(10))
            .max_tries(5)
            .jitter(none)
            .on_try(|d| trace.told("try", d))
            .on_success(|d: &Details<'_, ()>| trace.told("success", d))
            .on_backoff(|d: &Details<'_, u8>| trace.told("backoff", d))
            .on_giveup(|d: &Details<'_, u8>| trace.told("giveup", d))
            .run(async || {
                let _guard = Guard(trace, "body ends");
                tokio::time::sleep(seconds(2)).await;
                Err::<(), u8>(7)
            });
        assert!(tokio::time::timeout(time, call).await.is_err());
        trace.note("dropped");
        // Time for what might have been left behind.
        tokio::time::sleep(seconds(1000)).await;
        trace.note("end");
    })
}

#[test]
fn dropping_the_future_in_the_body_ends_everything() {
    dropped_after(seconds(1)).assert(&[
        "try: dropped_after #1 at 0ns, ()",
        "+1s",
        "body ends",
        "dropped",
        "+1000s",
        "end",
    ]);
}

#[test]
fn dropping_the_future_in_the_wait_ends_everything() {
    dropped_after(seconds(11)).assert(&[
        "try: dropped_after #1 at 0ns, ()",
        "+2s",
        "body ends",
        "INFO backoff: Backing off dropped_after(...) for 10.0s (7)",
        "backoff: dropped_after #1 at 2s, wait 10s, 7",
        "+9s",
        "dropped",
        "+1000s",
        "end",
    ]);
}

#[test]
fn a_future_that_is_never_polled_does_nothing() {
    closures::later(async |trace: &Trace| {
        drop(
            on_predicate(constant()).on_try(|d| trace.told("try", d)).run(async || trace.say("body", false)),
        );
    })
    .assert(&[]);
}

/// What panics.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Body,
    Exception,
    Giveup,
    Generator,
    Jitter,
    OnTry,
    OnBackoff,
    OnGiveup,
    Fallback,
}

/// A call in which one part panics.
fn panics_in(trace: &Trace, part: Part) {
    let at = |here: Part, event: &str| {
        trace.note(event);
        assert!(here != part, "through");
    };
    let waits = std::iter::from_fn(|| {
        at(Part::Generator, "generator");
        Some(seconds(1))
    });
    let call = on_exception(waits)
        .max_tries(2)
        .logger(None)
        .exception(|_: &u8| {
            at(Part::Exception, "exception");
            true
        })
        .giveup(|_: &u8| {
            at(Part::Giveup, "giveup");
            false
        })
        .jitter(|wait| {
            at(Part::Jitter, "jitter");
            wait
        })
        .on_try(|_| at(Part::OnTry, "on_try"))
        .on_backoff(|_: &Details<'_, u8>| at(Part::OnBackoff, "on_backoff"))
        .on_giveup(|_: &Details<'_, u8>| at(Part::OnGiveup, "on_giveup"))
        .fallback(|e| {
            at(Part::Fallback, "fallback");
            Err(e)
        });
    let payload = catch_unwind(AssertUnwindSafe(|| {
        call.run_blocking(|| {
            at(Part::Body, "body");
            Err::<(), u8>(7)
        })
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"through"));
}

#[test]
fn a_panic_goes_through_wherever_it_is_and_nothing_follows() {
    let all = [
        "on_try",
        "body",
        "exception",
        "giveup",
        "generator",
        "jitter",
        "on_backoff",
        "+1s",
        "on_try",
        "body",
        "exception",
        "giveup",
        "on_giveup",
        "fallback",
    ];
    for (part, events) in [
        (Part::OnTry, 1),
        (Part::Body, 2),
        (Part::Exception, 3),
        (Part::Giveup, 4),
        (Part::Generator, 5),
        (Part::Jitter, 6),
        (Part::OnBackoff, 7),
        (Part::OnGiveup, 13),
        (Part::Fallback, 14),
    ] {
        closures::blocking(|trace| panics_in(trace, part)).assert(&all[..events]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_an_async_closure_goes_through_after_a_wait_too() {
    let call = async {
        let tries = std::sync::atomic::AtomicU32::new(0);
        on_predicate(constant())
            .run(async || {
                assert!(tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2, "through");
                tokio::task::yield_now().await;
                false
            })
            .await
    };
    let panic = tokio::spawn(call).await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"through"));
}

const ODD: [f64; 9] =
    [f64::NAN, -1.0, -0.0, 0.0, f64::MIN_POSITIVE, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY];

/// How many tries three calls of odd values make, of each generator.
macro_rules! odd_tries {
    ($odd:expr, |$waits:ident| $call:expr) => {{
        let odd: f64 = $odd;
        let expo = expo().base(odd).factor(odd).max_value(odd);
        let fibo = fibo().max_value(odd);
        let decay = decay().initial_value(odd).decay_factor(odd).min_value(odd);
        let (sequence, asked) = (constant().interval([odd; 40]), runtime().value(move |_: &bool| odd));
        [
            {
                let $waits = expo;
                $call
            },
            {
                let $waits = fibo;
                $call
            },
            {
                let $waits = decay;
                $call
            },
            {
                let $waits = constant().interval(odd);
                $call
            },
            {
                let $waits = sequence;
                $call
            },
            {
                let $waits = asked;
                $call
            },
        ]
    }};
}

/// The call makes all its tries.
macro_rules! tries {
    ($builder:expr) => {{
        let mut tries = 0;
        let counted = $builder.max_tries(40).logger(None).on_try(|d| tries = d.tries);
        Scope::new().without_waits().run(|| counted.run_blocking(|| false));
        tries
    }};
}

#[test]
fn odd_values_of_generators_do_not_panic_and_only_what_is_no_wait_ends_a_call() {
    for odd in ODD {
        // What `runtime` returns last of these is asked for by the other side; below zero and NaN it is as `None`.
        let mut expected = [40; 6];
        if odd < 0.0 || odd.is_nan() {
            expected[5] = 1;
        }
        assert_eq!(odd_tries!(odd, |waits| tries!(on_predicate(waits).jitter(none))), expected, "{odd}");
        assert_eq!(odd_tries!(odd, |waits| tries!(on_predicate(waits))), expected, "{odd}");
        let equal = odd_tries!(odd, |waits| tries!(on_predicate(waits).jitter(equal_jitter)));
        assert_eq!(equal, expected, "{odd}");
        let random = odd_tries!(odd, |waits| tries!(on_predicate(waits).jitter(random_jitter)));
        assert_eq!(random, expected, "{odd}");
        let decorrelated = odd_tries!(odd, |waits| tries!(on_predicate(waits).jitter(decorrelated_jitter)));
        assert_eq!(decorrelated, expected, "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn odd_values_do_not_panic_in_an_async_call_either() {
    for odd in ODD {
        for scope in [Scope::new(), Scope::new().without_waits()] {
            let mut tries = 0;
            let call = on_predicate(expo().base(odd).factor(odd)).max_tries(4).on_try(|d| tries = d.tries);
            assert!(!scope.run_async(call.run(async || false)).await);
            assert_eq!(tries, 4, "{odd}");
        }
    }
}

/// Why a call gives up, and after how many tries.
macro_rules! end_of {
    ($builder:expr) => {{
        let mut end = None;
        let call =
            $builder.logger(None).on_giveup(|d: &Details<'_, bool>| end = Some((d.tries, d.reason.unwrap())));
        Scope::new().without_waits().run(|| call.run_blocking(|| false));
        end.unwrap()
    }};
}

#[test]
fn odd_limits_are_the_nearest_that_make_sense() {
    let endless = || on_predicate(constant().interval(Duration::MAX));
    assert_eq!(end_of!(endless().max_tries(0)), (1, GiveUp::MaxTries));
    assert_eq!(end_of!(endless().max_tries(i64::MIN)), (1, GiveUp::MaxTries));
    assert_eq!(end_of!(endless().max_tries(usize::MAX).max_tries(3)), (3, GiveUp::MaxTries));
    for none_at_all in [f64::NAN, -1.0, f64::MIN, f64::NEG_INFINITY, 0.0] {
        assert_eq!(end_of!(endless().max_time(none_at_all)), (1, GiveUp::MaxTime));
    }
    for far in [f64::MAX, f64::INFINITY, Duration::MAX.as_secs_f64()] {
        assert_eq!(end_of!(on_predicate(expo()).max_time(far).max_tries(3)), (3, GiveUp::MaxTries));
    }
    assert_eq!(end_of!(on_predicate(constant().interval([0; 0]))), (1, GiveUp::Exhausted));
    assert_eq!(end_of!(on_predicate(runtime().value(|_: &bool| None::<f32>))), (1, GiveUp::Exhausted));
}
