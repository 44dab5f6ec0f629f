//! The switch that turns all retries of a program off. Alone in its program, which it is for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{GiveUp, Pacer, Policy, Retried, Tried, constant, on_exception, on_predicate, program};
use backoff_tests::logs;
use tokio::time::Instant;

/// One test at a time; at its end retries are on again, also after a panic.
struct Off(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Off {
    fn wait() -> Self {
        static ONE: Mutex<()> = Mutex::new(());
        Self(ONE.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Off {
    fn drop(&mut self) {
        program::enable_retries();
    }
}

#[test]
fn while_retries_are_off_a_call_makes_one_attempt_and_gives_up_as_usual() {
    #[on_exception(constant, interval = 3600, jitter = none, on_giveup = |d| given_up.push(d.reason))]
    fn call(given_up: &mut Vec<Option<GiveUp>>) -> Retried<Result<(), &'static str>> {
        Err("refused")
    }
    let _off = Off::wait();
    let (lines, _guard) = logs::record();
    program::disable_retries();
    assert!(!program::are_retries_enabled());
    let mut given_up = Vec::new();
    let called = call(&mut given_up);
    assert_eq!((called.tries, called.reason), (1, Some(GiveUp::SwitchedOff)));
    assert_eq!(given_up, [Some(GiveUp::SwitchedOff)]);
    let lines = lines.lock().unwrap();
    assert_eq!(lines[0].message, "Giving up call(...) after 1 tries (refused)");
    assert_eq!(lines[0].fields["reason"], "switched_off");
    assert_eq!(lines.len(), 1);
}

#[test]
fn retries_are_on_again_when_the_switch_says_so() {
    #[on_predicate(constant, interval = 0, max_tries = 3)]
    fn call(tries: &mut u32) -> bool {
        *tries += 1;
        false
    }
    let _off = Off::wait();
    let mut tries = 0;
    program::disable_retries();
    call(&mut tries);
    assert_eq!(tries, 1);
    program::enable_retries();
    call(&mut tries);
    assert_eq!(tries, 4);
}

#[test]
fn a_reason_of_the_calls_own_is_told_and_a_success_is_one() {
    #[on_exception(constant, interval = 0, giveup = |e| *e == 404, max_tries = max_tries)]
    fn call(status: u32, max_tries: u32) -> Retried<Result<(), u32>> {
        if status == 200 { Ok(()) } else { Err(status) }
    }
    let _off = Off::wait();
    program::disable_retries();
    assert_eq!(call(404, 9).reason, Some(GiveUp::Predicate));
    assert_eq!(call(500, 1).reason, Some(GiveUp::MaxTries));
    assert_eq!(call(500, 9).reason, Some(GiveUp::SwitchedOff));
    assert_eq!(call(200, 9).reason, None);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_makes_the_attempt_that_it_waited_for_and_no_more() {
    #[on_exception(constant, interval = 10, jitter = none)]
    async fn call() -> Retried<Result<(), &'static str>> {
        Err("refused")
    }
    let _off = Off::wait();
    let begun = Instant::now();
    let turn_off = async {
        tokio::time::sleep(Duration::from_secs(15)).await;
        program::disable_retries();
    };
    let (called, ()) = tokio::join!(call(), turn_off);
    assert_eq!((called.tries, called.reason), (3, Some(GiveUp::SwitchedOff)));
    assert_eq!(begun.elapsed(), Duration::from_secs(20));
}

#[test]
fn a_pacer_still_makes_an_attempt_wait_for_its_turn_and_hears_of_a_refusal() {
    static PACER: Pacer = Pacer::per_second(1.0).margin(1.0);
    #[on_exception(constant, interval = 3600, pacer = PACER, throttled = |_| true)]
    fn call() -> Retried<Result<(), &'static str>> {
        Err("refused")
    }
    let _off = Off::wait();
    program::disable_retries();
    let scope = Scope::new().without_waits().reset(&PACER);
    for tries in scope.run(|| [call().tries, call().tries, call().tries]) {
        assert_eq!(tries, 1);
    }
    assert!(scope.elapsed() >= Duration::from_secs(2), "{:?}", scope.elapsed());
}

#[test]
fn closures_are_turned_off_too() {
    let _off = Off::wait();
    program::disable_retries();
    let called = on_exception(constant()).run_blocking_reported(|_| Err::<(), _>("refused"));
    assert_eq!((called.tries, called.reason), (1, Some(GiveUp::SwitchedOff)));
}

#[test]
fn while_retries_are_off_the_jobs_of_a_queue_still_come_back_later() {
    static LATER: Policy = Policy::constant("1m");
    let _off = Off::wait();
    program::disable_retries();
    assert!(LATER.next_wait(Tried::new(1, Duration::ZERO)).is_ok());
}
