//! Rule 5: the generator is asked for a wait, told the outcome; exhausted means give up. Then jitter. A wait
//! that doesn't fit in what is left of `max_time` becomes the last one, and is followed by one last attempt.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{Details, GiveUp, full_jitter, on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{self, Trace, seconds};
use tokio::time::Instant;

#[test]
fn the_generator_is_told_the_outcome_then_jitter_makes_the_actual_wait() {
    both! {
        #[on_exception(
            trace.waits([1, 2]),
            max_tries = 3,
            jitter = |wait| trace.say(&format!("jitter {wait:?}"), wait * 10),
            on_backoff = |d| trace.told("on_backoff", d),
            logger = none,
        )]
        fn call(trace: &Trace, errors: &Cell<u8>) -> Result<(), u8> {
            errors.set(errors.get() + 1);
            Err(errors.get())
        }
        |trace| call(trace, &Cell::new(0)) => [
            "generator made",
            "generator told 1", "jitter 1s", "on_backoff: call #1 at 0ns, wait 10s, 1", "+10s",
            "generator told 2", "jitter 2s", "on_backoff: call #2 at 10s, wait 20s, 2", "+20s",
            "returned Err(3)",
        ]
    }
}

#[test]
fn a_generator_that_is_exhausted_gives_up_and_jitter_is_not_asked() {
    both! {
        #[on_predicate(
            trace.waits([1]),
            jitter = |wait| trace.say("jitter", wait),
            on_giveup = |d| trace.told("on_giveup", d),
        )]
        fn call(trace: &Trace) -> u8 {
            trace.note("body");
            0
        }
        |trace| call(trace) => [
            "generator made", "body", "generator told 0", "jitter",
            "INFO backoff: Backing off call(...) for 1.0s (0)", "+1s",
            "body", "generator told 0",
            "ERROR backoff: Giving up call(...) after 2 tries (0)",
            "on_giveup: call #2 at 1s, Exhausted, 0", "returned 0",
        ]
    }
}

#[test]
fn without_jitter_a_wait_that_does_not_fit_in_max_time_is_cut_to_what_is_left_then_one_last_attempt() {
    both! {
        #[on_exception(
            expo,
            max_time = 10,
            jitter = none,
            on_backoff = |d| trace.told("on_backoff", d),
            on_giveup = |d| trace.told("on_giveup", d),
            logger = none,
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            trace.note("body");
            Err(7)
        }
        |trace| call(trace) => [
            "body", "on_backoff: call #1 at 0ns, wait 1s, 7",
            "+1s", "body", "on_backoff: call #2 at 1s, wait 2s, 7",
            "+2s", "body", "on_backoff: call #3 at 3s, wait 4s, 7",
            // 8 s don't fit into the 3 s that are left.
            "+4s", "body", "on_backoff: call #4 at 7s, wait 3s, 7",
            "+3s", "body", "on_giveup: call #5 at 10s, MaxTime, 7", "returned Err(7)",
        ]
    }
}

#[test]
fn a_wait_that_just_fits_is_neither_cut_nor_drawn_anew() {
    both! {
        #[on_exception(
            constant,
            interval = 10,
            max_time = 10,
            jitter = |wait| wait,
            on_backoff = |d| trace.told("wait", d),
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace) => [
            "INFO backoff: Backing off call(...) for 10.0s (7)", "wait: call #1 at 0ns, wait 10s, 7", "+10s",
            "ERROR backoff: Giving up call(...) after 2 tries (7)", "returned Err(7)",
        ]
    }
}

/// What came of a call whose first wait doesn't fit in its `max_time` of 100 s.
#[derive(Default)]
struct Seen {
    waits: Vec<Duration>,
    tries: u32,
    at: Duration,
    reason: Option<GiveUp>,
}

impl Seen {
    fn backed_off(&mut self, details: &Details<'_, ()>) {
        self.waits.extend(details.wait);
    }

    fn gave_up(&mut self, details: &Details<'_, ()>) {
        (self.tries, self.at, self.reason) = (details.tries, details.elapsed, details.reason);
    }
}

/// Of each jitter that is random, an async and a sync call, of which each body takes 20 s.
macro_rules! last_waits {
    ($([$($jitter:tt)+])*) => {{
        let mut all = Vec::new();
        $({
            #[on_predicate(
                constant, interval = 1000, max_time = 100, jitter = $($jitter)+, logger = none,
                on_backoff = |d| seen.backed_off(d), on_giveup = |d| seen.gave_up(d),
            )]
            fn call(trace: &Trace, seen: &mut Seen) {
                trace.takes(seconds(20));
            }
            #[on_predicate(
                constant, interval = 1000, max_time = 100, jitter = $($jitter)+, logger = none,
                on_backoff = |d| seen.backed_off(d), on_giveup = |d| seen.gave_up(d),
            )]
            async fn call_later(trace: &Trace, seen: &mut Seen) {
                trace.takes(seconds(20));
            }
            for _ in 0..50 {
                let mut seen = Seen::default();
                trace::blocking(|trace| call(trace, &mut seen));
                all.push(seen);
                let mut seen = Seen::default();
                trace::later(async |trace: &Trace| call_later(trace, &mut seen).await);
                all.push(seen);
            }
        })*
        all
    }};
}

#[test]
fn with_jitter_a_wait_that_does_not_fit_is_drawn_anew_from_what_is_left_then_exactly_one_last_attempt() {
    let all =
        last_waits!([equal_jitter][random_jitter][decorrelated_jitter][|wait| full_jitter(wait) + wait]);
    for seen in &all {
        let &[wait] = &seen.waits[..] else { panic!("one wait: {:?}", seen.waits) };
        assert!(wait <= seconds(80), "{wait:?} is beyond `max_time`");
        // An async timer counts whole milliseconds.
        assert!(seen.at.abs_diff(wait + seconds(40)) <= Duration::from_millis(1));
        // However short the last wait, and though time may be left, this is the last attempt.
        assert_eq!((seen.tries, seen.reason), (2, Some(GiveUp::MaxTime)));
    }
    let at_the_end = all.iter().filter(|seen| seen.waits[0] > seconds(60)).count();
    let at_the_start = all.iter().filter(|seen| seen.waits[0] < seconds(20)).count();
    // A quarter of 400 each; less than 40 comes once in 10^14 runs.
    assert!(at_the_end > 40 && at_the_start > 40, "evenly: {at_the_start}, {at_the_end}");
}

#[tokio::test(start_paused = true)]
async fn callers_that_began_together_do_not_wake_together_at_max_time() {
    #[on_predicate(constant, interval = 3600, jitter = equal_jitter, max_time = 100, logger = none)]
    async fn call(start: Instant, attempts: &mut Vec<u64>) {
        attempts.push(start.elapsed().as_secs());
    }
    let start = Instant::now();
    let calls: Vec<_> = (0..500)
        .map(|_| {
            tokio::spawn(async move {
                let mut attempts = Vec::new();
                call(start, &mut attempts).await;
                attempts
            })
        })
        .collect();
    let mut per_second = [0; 101];
    for call in calls {
        let attempts = call.await.unwrap();
        assert_eq!((attempts[0], attempts.len()), (0, 2));
        per_second[usize::try_from(attempts[1]).unwrap()] += 1;
    }
    // 5 in each second are expected; 30 in any comes once in 10^12 runs. In Python all 500 are in the last.
    assert!(per_second.iter().all(|callers| *callers < 30), "{per_second:?}");
}
