//! The testing switch holds for what runs in it and for nothing else: other tasks and threads are not disturbed.

use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{constant, none, on_predicate};
use backoff_tests::trace::{Trace, seconds};

#[on_predicate(constant, max_tries = 10, jitter = none, logger = none)]
async fn poll_later(tries: &Cell<u32>) {
    tries.set(tries.get() + 1);
}

#[on_predicate(constant, max_tries = 10, jitter = none, logger = none)]
fn poll(tries: &Cell<u32>) {
    tries.set(tries.get() + 1);
}

/// How many tries a sync call makes where this stands: 10, or what a scope caps them to.
fn tries() -> u32 {
    let tries = Cell::new(0);
    on_predicate(constant().interval(0))
        .max_tries(10)
        .logger(None)
        .run_blocking(|| tries.set(tries.get() + 1));
    tries.get()
}

#[test]
fn a_scope_can_go_to_other_threads_and_over_a_panic() {
    fn require<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: &T) {}
    require(&Scope::new().without_waits().max_tries(1).seed(7));
}

#[test]
fn run_async_holds_wherever_the_future_is_polled_on_many_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let calls: Vec<_> = (1..=40_u32)
        .map(|cap| {
            runtime.spawn(async move {
                let scope = Scope::new().without_waits().max_tries(cap);
                // No timer could be made: the runtime has none. Each skipped wait yields, so that tasks move.
                let tries = AtomicU32::new(0);
                let call = on_predicate(constant()).jitter(none).max_tries(30).logger(None).run(async || {
                    tries.fetch_add(1, Ordering::Relaxed);
                });
                scope.run_async(call).await;
                let tries = tries.into_inner();
                (cap, tries, scope.elapsed())
            })
        })
        .collect();
    for call in calls {
        let (cap, tries, elapsed) = runtime.block_on(call).unwrap();
        assert_eq!((tries, elapsed), (cap.min(30), seconds(u64::from(cap.min(30)) - 1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_scope_does_not_leak_into_other_tasks_on_the_same_thread() {
    let trace = Trace::later();
    let local = tokio::task::LocalSet::new();
    let task = |name: &'static str, scope: Option<Scope>| {
        let trace = trace.clone();
        let call = async move {
            on_predicate(constant().interval(0))
                .max_tries(3)
                .logger(None)
                .run(async || trace.note(name))
                .await;
        };
        async move {
            match scope {
                Some(scope) => scope.run_async(call).await,
                None => call.await,
            }
        }
    };
    local.spawn_local(task("capped", Some(Scope::new().max_tries(2))));
    local.spawn_local(task("free", None));
    local.await;
    // They take turns on the one thread.
    trace.assert(&["capped", "free", "capped", "free", "free"]);
    assert_eq!(tries(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_enters_a_clone_of_the_scope_by_itself() {
    let scope = Scope::new().max_tries(2);
    let spawned = scope.run_async(async {
        let without = tokio::spawn(async { tries() });
        let clone = scope.clone();
        let with = tokio::spawn(async move { clone.run_async(async { tries() }).await });
        let thread = std::thread::spawn(tries).join().unwrap();
        (without.await.unwrap(), with.await.unwrap(), thread, tries())
    });
    assert_eq!(spawned.await, (10, 2, 10, 2));
}

#[tokio::test(start_paused = true)]
async fn a_future_that_was_made_in_run_but_polled_outside_is_not_in_the_scope() {
    let tries = Cell::new(0);
    let start = tokio::time::Instant::now();
    let future = Scope::new().without_waits().max_tries(2).run(|| poll_later(&tries));
    future.await;
    assert_eq!((tries.get(), start.elapsed()), (10, seconds(9)));
}

#[tokio::test(start_paused = true)]
async fn a_scoped_future_that_is_dropped_halfway_leaves_no_scope_behind() {
    let scope = Scope::new().max_tries(2);
    let call = scope.run_async(async {
        assert_eq!(tries(), 2);
        std::future::pending::<()>().await;
    });
    assert!(tokio::time::timeout(seconds(1), call).await.is_err());
    assert_eq!(tries(), 10);
}

#[test]
fn parallel_threads_do_not_disturb_each_other() {
    let all_in = Barrier::new(8);
    std::thread::scope(|threads| {
        for cap in 1..=8_u32 {
            let all_in = &all_in;
            threads.spawn(move || {
                let scope = Scope::new().without_waits().max_tries(cap);
                scope.run(|| {
                    // All are inside of their scopes now, and none leaves before all are through.
                    all_in.wait();
                    let tries = Cell::new(0);
                    poll(&tries);
                    all_in.wait();
                    assert_eq!((tries.get(), scope.elapsed()), (cap, seconds(u64::from(cap) - 1)));
                });
            });
        }
    });
    assert_eq!(tries(), 10);
}

#[test]
fn threads_that_enter_clones_share_one_clock() {
    let scope = Scope::new().without_waits();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| scope.clone().run(|| poll(&Cell::new(0))));
        }
    });
    assert_eq!(scope.elapsed(), seconds(4 * 9));
}

thread_local! {
    static FLUSH: Flush = const { Flush(Cell::new(None)) };
}

/// Retries something when its thread ends.
struct Flush(Cell<Option<std::sync::mpsc::Sender<(u32, u32)>>>);

impl Drop for Flush {
    fn drop(&mut self) {
        let capped = Scope::new().run(tries);
        let _ = self.0.take().map(|flushed| flushed.send((tries(), capped)));
    }
}

#[test]
fn what_is_retried_while_its_thread_ends_does_not_panic() {
    let (sender, flushed) = std::sync::mpsc::channel();
    let ended = std::thread::spawn(move || {
        // Thread-locals go in the reverse order: the scope's goes first.
        FLUSH.with(|flush| flush.0.set(Some(sender)));
        Scope::new().without_waits().run(|| poll(&Cell::new(0)));
    });
    assert!(ended.join().is_ok());
    assert_eq!(flushed.recv(), Ok((10, 10)));
}

#[tokio::test(start_paused = true)]
async fn a_scope_without_rules_changes_nothing() {
    let (scope, start, tries) = (Scope::new(), tokio::time::Instant::now(), Cell::new(0));
    scope.run_async(poll_later(&tries)).await;
    assert_eq!((tries.get(), scope.elapsed(), start.elapsed()), (10, Duration::ZERO, seconds(9)));
}
