//! The testing switch: for a scope, without a change in the annotated function.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{GiveUp, on_exception, on_predicate};

#[on_exception(expo, jitter = none, max_time = 20, on_backoff = |d| waits.push(d.wait.unwrap().as_secs()), on_giveup = |d| reasons.set(d.reason))]
fn connect(waits: &mut Vec<u64>, reasons: &Cell<Option<GiveUp>>) -> Result<(), &'static str> {
    Err("refused")
}

#[on_predicate(expo, max_tries = 6, on_backoff = |d| waits.push(d.wait.unwrap()))]
fn poll(waits: &mut Vec<Duration>) -> bool {
    false
}

#[on_predicate(constant, max_tries = 50, jitter = none)]
async fn poll_later(calls: &Cell<u32>) -> bool {
    calls.set(calls.get() + 1);
    false
}

fn jittered(scope: &Scope) -> Vec<Duration> {
    let mut waits = Vec::new();
    scope.run(|| poll(&mut waits));
    waits
}

#[test]
fn waits_take_no_time_and_limits_of_time_hold_on_the_scopes_clock() {
    let scope = Scope::new().without_waits();
    let (mut waits, reasons) = (Vec::new(), Cell::new(None));
    assert!(scope.run(|| connect(&mut waits, &reasons)).is_err());
    // The last one is cut to what is left.
    assert_eq!((waits, reasons.get()), (vec![1, 2, 4, 8, 5], Some(GiveUp::MaxTime)));
    assert_eq!(scope.elapsed(), Duration::from_secs(20));
}

#[test]
fn an_attempt_can_be_made_to_take_its_time() {
    #[on_exception(constant, jitter = none, max_time = 20)]
    fn slow(scope: &Scope, calls: &Cell<u32>) -> Result<(), ()> {
        calls.set(calls.get() + 1);
        scope.advance(Duration::from_secs(8));
        Err(())
    }
    let (scope, calls) = (Scope::new().without_waits(), Cell::new(0));
    assert!(scope.run(|| slow(&scope, &calls)).is_err());
    assert_eq!((calls.get(), scope.elapsed().as_secs()), (3, 8 + 1 + 8 + 1 + 8));
}

#[test]
fn tries_can_be_capped() {
    let (mut waits, reasons) = (Vec::new(), Cell::new(None));
    assert!(Scope::new().without_waits().max_tries(2).run(|| connect(&mut waits, &reasons)).is_err());
    assert_eq!((waits, reasons.get()), (vec![1], Some(GiveUp::MaxTries)));
}

#[test]
fn a_seed_repeats_the_same_jitter() {
    let seeded = |seed| jittered(&Scope::new().without_waits().seed(seed));
    assert_eq!(seeded(7), seeded(7));
    assert_ne!(seeded(7), seeded(8));
}

#[test]
fn an_inner_scope_goes_before_the_outer_one_and_ends() {
    let outer = Scope::new().without_waits();
    outer.run(|| {
        let inner = Scope::new().without_waits().max_tries(1);
        assert!(inner.run(|| poll(&mut Vec::new())) || inner.elapsed().is_zero());
        assert!(jittered(&outer).len() == 5);
    });
    assert!(outer.elapsed() > Duration::ZERO);
}

#[test]
fn a_panic_leaves_the_scope() {
    let scope = Scope::new().max_tries(1);
    assert!(std::panic::catch_unwind(|| scope.run(|| panic!("out"))).is_err());
    let mut waits = Vec::new();
    Scope::new().without_waits().run(|| poll(&mut waits));
    assert_eq!(waits.len(), 5, "the cap of the scope that was left does not hold any more");
}

#[test]
fn threads_do_not_disturb_each_other() {
    std::thread::scope(|threads| {
        for cap in 1..5 {
            threads.spawn(move || {
                let scope = Scope::new().without_waits().max_tries(cap);
                for _ in 0..50 {
                    assert_eq!(jittered(&scope).len(), cap as usize - 1);
                }
            });
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_future_runs_in_its_scope_wherever_it_is_polled_and_others_do_not() {
    let (scoped, free) = (Cell::new(0), Cell::new(0));
    let scope = Scope::new().max_tries(3);
    let both = (scope.run_async(poll_later(&scoped)), poll_later(&free));
    tokio::join!(both.0, both.1);
    assert_eq!((scoped.get(), free.get()), (3, 50));
}

#[test]
fn async_waits_are_skipped_outside_of_a_paused_runtime_too() {
    let calls = Cell::new(0);
    let scope = Scope::new().without_waits();
    // No timer is made: there is no runtime to make one in.
    let mut future = std::pin::pin!(scope.run_async(poll_later(&calls)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
    assert_eq!((calls.get(), scope.elapsed()), (50, Duration::from_secs(49)));
}
