//! The testing switch for the whole process: what the tested code starts by itself is under it, too.
//!
//! All tests here retry, so each holds the process or is in a scope of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use backoff_runtime::testing::{Everywhere, Scope};
use backoff_runtime::{Pacer, RetryBudget, constant, none, on_exception, on_predicate};
use backoff_tests::trace::seconds;
use tokio::task::yield_now;

fn hold() -> (Scope, Everywhere) {
    let scope = Scope::new().without_waits();
    let everywhere = scope.everywhere_blocking();
    (scope, everywhere)
}

#[on_exception(constant, interval = interval, jitter = none, max_time = 100, logger = none)]
fn send(tries: &AtomicU32, interval: u64) -> Result<(), ()> {
    tries.fetch_add(1, Ordering::Relaxed);
    Err(())
}

#[on_exception(constant, interval = interval, jitter = none, max_time = 100, logger = none)]
async fn send_later(tries: &AtomicU32, interval: u64) -> Result<(), ()> {
    tries.fetch_add(1, Ordering::Relaxed);
    yield_now().await;
    Err(())
}

/// The tries of a call on a thread that the tested code starts.
fn on_a_thread(interval: u64) -> thread::JoinHandle<u32> {
    thread::spawn(move || {
        let tries = AtomicU32::new(0);
        let _ = send(&tries, interval);
        tries.into_inner()
    })
}

/// The tries of a call in a task that the tested code spawns.
fn in_a_task(interval: u64) -> tokio::task::JoinHandle<u32> {
    tokio::spawn(async move {
        let tries = AtomicU32::new(0);
        let _ = send_later(&tries, interval).await;
        tries.into_inner()
    })
}

#[test]
fn threads_that_the_tested_code_starts_skip_their_waits_and_not_those_of_others() {
    let (scope, _everywhere) = hold();
    let threads = [1, 10, 40].map(on_a_thread);
    assert_eq!(threads.map(|thread| thread.join().unwrap()), [101, 11, 4]);
    assert_eq!(scope.elapsed(), seconds(300));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_the_tested_code_spawns_skip_their_waits_and_not_those_of_others() {
    let (_, _everywhere) = hold();
    let (one, other, third) = tokio::join!(in_a_task(1), in_a_task(10), in_a_task(40));
    assert_eq!((one.unwrap(), other.unwrap(), third.unwrap()), (101, 11, 4));
}

#[test]
fn tasks_on_many_threads_skip_their_waits() {
    #[on_exception(constant, interval = interval, jitter = none, max_time = 100, logger = none)]
    async fn send_at_once(tries: &AtomicU32, interval: u64) -> Result<(), ()> {
        tries.fetch_add(1, Ordering::Relaxed);
        Err(())
    }
    let (_, _everywhere) = hold();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let task = |n| {
        runtime.spawn(async move {
            let tries = AtomicU32::new(0);
            let _ = send_at_once(&tries, n).await;
            tries.into_inner()
        })
    };
    let tasks: Vec<_> = (1..=20).map(|n| (n, task(n))).collect();
    for (n, task) in tasks {
        // The last wait is cut to what is left.
        assert_eq!(u64::from(runtime.block_on(task).unwrap()), 100_u64.div_ceil(n) + 1, "{n}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_loop_in_a_task_counts_the_waits_of_the_loop_in_its_attempts() {
    let (_, _everywhere) = hold();
    let tries = tokio::spawn(async {
        let tries = AtomicU32::new(0);
        let call = on_predicate(constant().interval(10)).jitter(none).max_time(400).logger(None);
        call.run(async || {
            tries.fetch_add(1, Ordering::Relaxed);
            let _ = send_later(&AtomicU32::new(0), 30).await;
        })
        .await;
        tries.into_inner()
    });
    // At 0, 110, 220, 330.
    assert_eq!(tries.await.unwrap(), 4);
}

#[test]
fn it_is_refused_while_another_holds_it_and_free_when_that_is_dropped() {
    let (scope, everywhere) = hold();
    let refused = Scope::new().everywhere().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "another scope is in force in the whole process, as one test at a time may change it; wait for its end by \
         `Scope::everywhere_blocking`"
    );
    assert!(scope.everywhere().is_err());
    let waits = thread::spawn(|| drop(Scope::new().without_waits().everywhere_blocking()));
    drop(everywhere);
    waits.join().unwrap();
}

#[test]
fn a_panic_leaves_the_process() {
    let panicked = thread::spawn(|| {
        let (_, _everywhere) = hold();
        panic!("out");
    });
    assert!(panicked.join().is_err());
    drop(hold());
}

#[test]
fn a_scope_that_a_thread_entered_goes_before_that_of_the_process() {
    let (whole, _everywhere) = hold();
    let own = Scope::new().without_waits().max_tries(3);
    let tries = AtomicU32::new(0);
    let _ = own.run(|| send(&tries, 10));
    assert_eq!(
        (tries.load(Ordering::Relaxed), own.elapsed(), whole.elapsed()),
        (3, seconds(20), Duration::ZERO)
    );
    let _ = send(&tries, 10);
    assert_eq!((tries.into_inner(), whole.elapsed()), (3 + 11, seconds(100)));
}

#[test]
fn a_scope_makes_what_it_is_asked_to_as_new_when_it_is_first_entered() {
    static PACER: Pacer = Pacer::per_second(0.1).margin(1.0);
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).per_second(1.0);

    #[on_exception(
        constant, interval = 0, max_tries = 2, pacer = PACER, budget = BUDGET, throttled = |()| false, logger = none,
    )]
    fn send(tries: &AtomicU32) -> Result<(), ()> {
        tries.fetch_add(1, Ordering::Relaxed);
        Err(())
    }
    for _ in 0..3 {
        let scope = Scope::new().without_waits().reset(&PACER).reset(&BUDGET);
        let tries = AtomicU32::new(0);
        // A clone that is entered later, or by another thread, finds them as they are.
        let _ = scope.run(|| scope.clone().run(|| BUDGET.withdraw()));
        let _ = scope.run(|| send(&tries));
        assert_eq!((tries.into_inner(), scope.elapsed()), (1, Duration::ZERO));
    }
    let scope = Scope::new().without_waits().reset(&PACER).reset(&BUDGET);
    let _everywhere = scope.everywhere_blocking();
    let tries = AtomicU32::new(0);
    let _ = send(&tries);
    assert_eq!((tries.into_inner(), scope.elapsed()), (2, seconds(10)));
}

#[tokio::test(start_paused = true)]
async fn a_scope_of_a_future_makes_it_as_new_when_it_is_first_polled() {
    static PACER: Pacer = Pacer::per_second(0.1).margin(1.0);

    #[on_exception(constant, pacer = PACER, logger = none)]
    async fn send() -> Result<(), ()> {
        Ok(())
    }
    for _ in 0..3 {
        let scope = Scope::new().without_waits().reset(&PACER);
        scope.run_async(async { tokio::join!(send(), send()) }).await.0.unwrap();
        assert_eq!(scope.elapsed(), seconds(10));
    }
}
