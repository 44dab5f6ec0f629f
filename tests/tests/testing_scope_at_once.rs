//! The testing switch: calls that run at once see the time that a paused clock would show.

use std::cell::RefCell;
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{Details, Pacer, RetryBudget, Stop, constant, none, on_exception, on_predicate};
use backoff_tests::trace::{millis, seconds};
use tokio::task::yield_now;

/// What calls are told, in the order in which they are.
#[derive(Debug, Default, PartialEq)]
struct Told(RefCell<Vec<String>>);

impl Told {
    fn told<O>(&self, name: &str, d: &Details<'_, O>) {
        let what = d.reason.map_or_else(|| "try".to_owned(), |reason| format!("{reason:?}"));
        self.note(format!("{name} {what} #{} at {:?}", d.tries, d.elapsed));
    }

    fn note(&self, what: String) {
        self.0.borrow_mut().push(what);
    }

    /// What each was told: which of two comes first at the same moment, a timer doesn't say.
    fn by_name(&self) -> Vec<String> {
        let mut told = self.0.borrow().clone();
        let name = |event: &String| event.split(' ').next().map(str::to_owned);
        told.sort_by_key(name);
        told
    }
}

/// Runs the same in a scope without waits and on a paused clock, and compares what each call was told, and the time.
fn as_on_a_paused_clock(shape: &impl AsyncFn(&Told)) {
    let (skipped, waited) = (Told::default(), Told::default());
    let scope = Scope::new().without_waits();
    let elapsed_of_tokio = |run: &mut dyn FnMut(&tokio::runtime::Runtime)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.unwrap();
        let now = || runtime.block_on(async { tokio::time::Instant::now() });
        let start = now();
        run(&runtime);
        now() - start
    };
    let none = elapsed_of_tokio(&mut |runtime| runtime.block_on(scope.run_async(shape(&skipped))));
    let all = elapsed_of_tokio(&mut |runtime| runtime.block_on(shape(&waited)));
    assert_eq!(skipped.by_name(), waited.by_name());
    assert_eq!((none, scope.elapsed()), (Duration::ZERO, all));
}

#[on_exception(
    constant, interval = interval, jitter = none, max_time = max_time, logger = none,
    on_try = |d| told.told(name, d), on_giveup = |d| told.told(name, d),
)]
async fn call(
    told: &Told,
    name: &'static str,
    interval: Duration,
    max_time: Duration,
    yields: u32,
) -> Result<(), ()> {
    for _ in 0..yields {
        yield_now().await;
    }
    Err(())
}

async fn short(told: &Told, name: &'static str, yields: u32) {
    let _ = call(told, name, seconds(1), seconds(10), yields).await;
}

async fn long(told: &Told, name: &'static str, yields: u32) {
    let _ = call(told, name, seconds(60), seconds(200), yields).await;
}

#[test]
fn calls_that_are_joined_see_the_time_of_a_paused_clock() {
    as_on_a_paused_clock(&async |told| {
        tokio::join!(short(told, "short", 0), long(told, "long", 0));
    });
    as_on_a_paused_clock(&async |told| {
        tokio::join!(long(told, "long", 0), short(told, "short", 0), short(told, "other", 0));
    });
}

#[test]
fn calls_whose_attempts_yield_see_the_time_of_a_paused_clock() {
    for yields in [(0, 5), (5, 0), (1, 9), (3, 2)] {
        as_on_a_paused_clock(&async |told| {
            tokio::join!(short(told, "short", yields.0), long(told, "long", yields.1));
        });
        as_on_a_paused_clock(&async |told| {
            tokio::join!(long(told, "long", yields.0), short(told, "short", yields.1));
        });
    }
}

#[test]
fn attempts_of_calls_that_are_joined_come_in_the_order_of_a_paused_clock() {
    let told = Told::default();
    let joined =
        async { tokio::join!(long(&told, "long", 3), call(&told, "other", seconds(7), seconds(99), 1)) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _ = runtime.block_on(Scope::new().without_waits().run_async(joined));
    let names: String = told.0.into_inner().iter().filter_map(|event| event.chars().next()).collect();
    // At 0, 7 .. 56, 60, 63 .. 98, 99, 120, 180, 200, and two that give up.
    assert_eq!(names, format!("lo{}l{}lll l", "o".repeat(8), "o".repeat(8)).replace(' ', ""));
}

#[test]
fn calls_that_may_be_stopped_see_the_time_of_a_paused_clock() {
    static STOP: Stop = Stop::new();

    #[on_exception(
        constant, interval = interval, jitter = none, max_time = 20, stop = STOP, logger = none,
        on_try = |d| told.told(name, d), on_giveup = |d| told.told(name, d),
    )]
    async fn stoppable(told: &Told, name: &str, interval: u64) -> Result<(), ()> {
        yield_now().await;
        Err(())
    }
    as_on_a_paused_clock(&async |told| {
        let closure = on_exception(constant().interval(3)).jitter(none).max_tries(9).logger(None);
        let closure = closure.stop(&STOP).on_timeout(|_| ());
        let closure = closure.on_try(|d: &Details<'_, ()>| told.told("closure", d));
        let closure = closure.run(async || Err::<(), _>(()));
        let _ = tokio::join!(stoppable(told, "short", 1), stoppable(told, "long", 7), closure);
    });
}

#[test]
fn many_calls_at_once_see_the_time_of_a_paused_clock() {
    as_on_a_paused_clock(&async |told| {
        const NAMES: [&str; 20] = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
            "t",
        ];
        let calls =
            (0..20).map(|n| call(told, NAMES[n as usize], millis(300 + 77 * n), seconds(5), (n % 4) as u32));
        futures_util::future::join_all(calls).await;
    });
}

#[test]
fn the_waits_of_calls_in_an_attempt_count_for_the_outer_call_by_the_longest() {
    async fn outer(told: &Told, name: &str, inner: impl AsyncFn()) {
        let call = on_predicate(constant().interval(100)).jitter(none).max_time(500).logger(None);
        let call = call.on_try(|d: &Details<'_, ()>| told.told(name, d));
        call.on_giveup(|d| told.told(name, d)).run(async || inner().await).await;
    }
    as_on_a_paused_clock(&async |told| {
        outer(told, "outer", async || {
            tokio::join!(short(told, "short", 0), long(told, "long", 1));
        })
        .await;
    });
    as_on_a_paused_clock(&async |told| {
        outer(told, "outer", async || {
            short(told, "one", 1).await;
            short(told, "two", 0).await;
        })
        .await;
    });
    // Two outer calls at once, each with calls of its own.
    as_on_a_paused_clock(&async |told| {
        let first = outer(told, "first", async || {
            tokio::join!(short(told, "one", 2), short(told, "two", 0));
            short(told, "three", 0).await;
        });
        let second = outer(told, "second", async || {
            yield_now().await;
            long(told, "four", 1).await;
            yield_now().await;
        });
        tokio::join!(first, second, short(told, "beside", 3));
    });
}

#[test]
fn stacked_loops_at_once_see_the_time_of_a_paused_clock() {
    #[on_predicate(
        constant, |_| true, interval = 50, jitter = none, max_time = 300, logger = none,
        on_try = |d| told.told(&format!("{interval}-outer"), d),
        on_giveup = |d| told.told(&format!("{interval}-outer"), d),
    )]
    #[on_exception(
        constant, interval = interval, jitter = none, max_tries = 4, raise_on_giveup = false, logger = none,
        on_try = |d| told.told(&format!("{interval}-inner"), d),
    )]
    async fn stacked(told: &Told, interval: u64, yields: u32) -> Result<bool, ()> {
        for _ in 0..yields {
            yield_now().await;
        }
        Err(())
    }
    // Polled once more.
    async fn polled(told: &Told, interval: u64, yields: u32) {
        #[on_predicate(constant, |_| true, interval = 7, jitter = none, max_time = 900, logger = none,
            on_try = |d| told.told(&format!("{interval}-polls"), d))]
        async fn poll(told: &Told, interval: u64, yields: u32) -> Result<bool, ()> {
            stacked(told, interval, yields).await
        }
        let _ = poll(told, interval, yields).await;
    }
    as_on_a_paused_clock(&async |told| {
        tokio::join!(polled(told, 1, 0), polled(told, 9, 2), polled(told, 30, 1));
    });
}

#[test]
fn an_untimed_call_in_an_attempt_counts_as_a_timed_one() {
    as_on_a_paused_clock(&async |told| {
        let inner = async |interval: u64| {
            let call = on_predicate(constant().interval(interval)).jitter(none).max_tries(4).logger(None);
            call.run(async || yield_now().await).await;
        };
        let outer = async |interval: u64| {
            let call = on_predicate(constant()).jitter(none).max_time(200).logger(None);
            let call = call.on_try(|d: &Details<'_, ()>| told.told(&interval.to_string(), d));
            call.run(async || {
                inner(interval).await;
                inner(1).await;
            })
            .await;
        };
        tokio::join!(outer(3), outer(20));
    });
}

#[test]
fn a_call_that_is_dropped_in_its_wait_takes_no_time() {
    as_on_a_paused_clock(&async |told| {
        let outer = on_predicate(constant().interval(5)).jitter(none).max_time(60).logger(None);
        let outer = outer.on_try(|d: &Details<'_, ()>| told.told("outer", d));
        outer
            .run(async || {
                tokio::select! {
                    biased;
                    () = long(told, "dropped", 0) => (),
                    _ = call(told, "kept", seconds(2), seconds(6), 0) => (),
                }
            })
            .await;
    });
}

#[test]
fn callers_of_a_pacer_stand_in_its_queue_on_the_clock_of_the_scope() {
    as_on_a_paused_clock(&async |told| {
        let pacer = Pacer::per_second(0.1).margin(1.0);
        let send = async |name: &'static str| {
            let call = on_exception(constant().interval(3)).jitter(none).max_time(100).logger(None);
            let call = call.pacer(&pacer).throttled(|_: &std::io::Error| false);
            let call = call.on_try(|d: &Details<'_, ()>| told.told(name, d));
            let call = call.on_giveup(|d: &Details<'_, std::io::Error>| told.told(name, d));
            let error = || std::io::Error::other("refused");
            let _ = call.run(async || Err::<(), _>(error())).await;
        };
        tokio::join!(send("one"), send("two"), send("three"), short(told, "beside", 1));
    });
}

#[test]
fn callers_of_a_budget_fill_it_on_the_clock_of_the_scope() {
    as_on_a_paused_clock(&async |told| {
        let budget = RetryBudget::new().ratio(0.0).per_second(0.5);
        let send = async |name: &'static str, interval: u64| {
            let call = on_exception(constant().interval(interval)).jitter(none).max_tries(9).logger(None);
            let call = call.budget(&budget).on_try(|d: &Details<'_, ()>| told.told(name, d));
            let call = call.on_giveup(|d: &Details<'_, ()>| told.told(name, d));
            let _ = call.run(async || Err::<(), _>(())).await;
        };
        tokio::join!(send("one", 4), send("two", 7));
    });
}

#[test]
fn a_future_that_only_lets_others_run_does_not_keep_a_wait_from_its_end() {
    let done = std::cell::Cell::new(false);
    let scope = Scope::new().without_waits();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(scope.run_async(async {
        let busy = async {
            while !done.get() {
                yield_now().await;
            }
        };
        let told = Told::default();
        tokio::join!(busy, async {
            short(&told, "short", 0).await;
            done.set(true);
        });
    }));
    assert_eq!(scope.elapsed(), seconds(10));
}

/// An attempt takes time on another clock, as an answer of a server does: here tokio's.
#[on_exception(
    constant, interval = interval, jitter = none, max_time = 100, logger = none,
    on_try = |d| told.told(name, d), on_giveup = |d| told.told(name, d),
)]
async fn ask(told: &Told, name: &'static str, interval: u64, takes: u64) -> Result<(), ()> {
    tokio::time::sleep(seconds(takes)).await;
    Err(())
}

fn assert_asked(told: &Told) {
    let of = |name: &str| {
        let told = told.0.borrow();
        told.iter().filter(|event| event.starts_with(name)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("quick").last().unwrap(), "quick MaxTime #10 at 109s");
    assert_eq!(
        of("slow"),
        ["slow try #1 at 0ns", "slow try #2 at 90s", "slow MaxTime #2 at 120s"],
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_one_call_skips_is_not_the_time_of_another_that_waits_for_an_answer() {
    let told = Told::default();
    let calls = async { tokio::join!(ask(&told, "quick", 1, 10), ask(&told, "slow", 60, 30)) };
    let _ = Scope::new().without_waits().run_async(calls).await;
    assert_asked(&told);
}

#[tokio::test(start_paused = true)]
async fn futures_that_run_in_a_scope_each_by_itself_have_times_of_their_own_whoever_begins_first() {
    let (told, scope) = (Told::default(), Scope::new().without_waits());
    let (slow, quick) = (ask(&told, "slow", 60, 30), ask(&told, "quick", 1, 10));
    let _ = tokio::join!(scope.run_async(slow), scope.run_async(quick));
    assert_asked(&told);
}

#[tokio::test]
async fn tasks_that_enter_clones_do_not_wait_for_each_other() {
    let scope = Scope::new().without_waits();
    let task = |interval: u64| {
        let scope = scope.clone();
        tokio::spawn(async move {
            let tries = std::sync::atomic::AtomicU32::new(0);
            let call = on_predicate(constant().interval(interval)).jitter(none).max_time(100).logger(None);
            let call = call.run(async || {
                tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                yield_now().await;
            });
            scope.run_async(call).await;
            tries.into_inner()
        })
    };
    let (short, long, other) = tokio::join!(task(1), task(40), task(10));
    assert_eq!((short.unwrap(), long.unwrap(), other.unwrap()), (101, 4, 11));
}

#[test]
fn a_runtime_that_is_run_in_a_scope_has_calls_that_do_not_wait_for_each_other() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let told = Told::default();
    let scope = Scope::new().without_waits();
    scope.run(|| {
        let _ = runtime.block_on(async { tokio::join!(short(&told, "short", 1), long(&told, "long", 2)) });
    });
    let told = told.0.into_inner();
    assert!(told.contains(&"short MaxTime #11 at 10s".to_owned()), "{told:?}");
    assert!(told.contains(&"long MaxTime #5 at 200s".to_owned()), "{told:?}");
}

#[test]
fn threads_in_one_scope_do_not_wait_for_each_other() {
    let scope = Scope::new().without_waits();
    let all_in = std::sync::Barrier::new(4);
    std::thread::scope(|threads| {
        for interval in [1, 7, 20, 60] {
            let (scope, all_in) = (&scope, &all_in);
            threads.spawn(move || {
                scope.run(|| {
                    let mut tries = 0;
                    let inner = || {
                        all_in.wait();
                        on_predicate(constant().interval(interval))
                            .jitter(none)
                            .max_tries(2)
                            .logger(None)
                            .run_blocking(|| ());
                    };
                    let call = on_predicate(constant().interval(interval)).jitter(none).max_time(600);
                    let mut at = Vec::new();
                    call.logger(None).on_try(|d: &Details<'_, ()>| at.push(d.elapsed)).run_blocking(|| {
                        tries += 1;
                        if tries < 4 {
                            inner();
                        }
                    });
                    let expected = [0, 2, 4, 6, 7, 8].map(|n| seconds(n * interval));
                    assert_eq!(at[..6], expected, "{interval}");
                });
            });
        }
    });
}
