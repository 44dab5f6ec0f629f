//! The promises of the queue, on a pace that is known.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::mode::{Blocking, Mode};
use crate::testing::Scope;

fn pacer(rate: f64) -> &'static Pacer {
    Box::leak(Box::new(Pacer::per_second(rate).margin(1.0)))
}

#[test]
fn a_turn_can_be_held_across_an_await_and_sent_to_other_threads() {
    fn sendable<T: Send + Sync>() {}
    sendable::<Pacer>();
    sendable::<Turn<'_>>();
    sendable::<Place>();
    #[cfg(feature = "tokio")]
    sendable::<WaitForTurn<'_>>();
}

#[test]
fn a_pacer_is_made_at_compile_time() {
    static ADAPTIVE: Pacer = Pacer::adaptive();
    static KNOWN: Pacer = Pacer::per_second(2.0).margin(0.5);
    assert_eq!((ADAPTIVE.rate(), KNOWN.rate()), (None, Some(1.0)));
    assert_eq!((ADAPTIVE.waiting(), ADAPTIVE.in_flight()), (0, 0));
}

#[test]
fn rates_that_are_none_are_refused() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(std::panic::catch_unwind(|| Pacer::per_second(rate)).is_err(), "{rate}");
    }
    for margin in [0.0, -1.0, f64::NAN, 1.01] {
        assert!(std::panic::catch_unwind(|| Pacer::per_second(1.0).margin(margin)).is_err(), "{margin}");
    }
    assert!(std::panic::catch_unwind(|| Pacer::adaptive().margin(1.0)).is_err());
}

#[test]
fn a_blocked_caller_waits_on_the_clock_of_its_scope() {
    let pacer = pacer(0.1);
    let scope = Scope::new().without_waits();
    scope.run(|| {
        for _ in 0..4 {
            pacer.turn_blocking(Place::back(), None).unwrap().accepted();
        }
    });
    assert_eq!(scope.elapsed(), Duration::from_secs(30));
}

#[test]
fn a_blocked_caller_gives_up_as_soon_as_it_is_known_to_be_late() {
    let pacer = pacer(0.1);
    let scope = Scope::new().without_waits();
    scope.run(|| {
        let start = Blocking::now();
        pacer.turn_blocking(Place::back(), None).unwrap().accepted();
        assert!(pacer.turn_blocking(Place::back(), Some(start + Duration::from_secs(9))).is_none());
        assert!(pacer.turn_blocking(Place::back(), Some(start + Duration::from_secs(10))).is_some());
    });
    assert_eq!((scope.elapsed(), pacer.waiting()), (Duration::from_secs(10), 0));
}

#[test]
fn threads_go_one_by_one_in_the_order_in_which_they_came() {
    // Until a first call has ended with an answer, an adaptive pacer lets one go at a time, so that what a thread does in
    // its turn is over before the next has one.
    let pacer: &'static Pacer = Box::leak(Box::new(Pacer::adaptive()));
    let order = Mutex::new(Vec::new());
    let first = pacer.turn_blocking(Place::back(), None).unwrap();
    thread::scope(|threads| {
        for n in 0..8 {
            let order = &order;
            threads.spawn(move || {
                let turn = pacer.turn_blocking(Place::back(), None).unwrap();
                order.lock().unwrap().push(n);
                turn.failed();
            });
            // The next comes after this one.
            while pacer.waiting() <= n {
                thread::yield_now();
            }
        }
        first.failed();
    });
    assert_eq!(order.into_inner().unwrap(), (0..8).collect::<Vec<_>>());
}

#[test]
fn many_threads_all_get_their_turns() {
    let pacer = pacer(20_000.0);
    let calls = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..32 {
            threads.spawn(|| {
                for _ in 0..50 {
                    let turn = pacer.turn_blocking(Place::back(), None).unwrap();
                    calls.fetch_add(1, Ordering::Relaxed);
                    turn.accepted();
                }
            });
        }
    });
    assert_eq!((calls.into_inner(), pacer.waiting(), pacer.in_flight()), (1600, 0, 0));
}

#[test]
fn a_pacer_that_is_reset_is_as_new_and_does_not_hear_of_calls_from_before() {
    let pacer = Pacer::adaptive();
    let turn = || pacer.turn_blocking(Place::back(), None).unwrap();
    Scope::new().without_waits().run(|| {
        turn().accepted();
        let (refused, ended) = (turn(), turn());
        pacer.reset();
        assert_eq!((pacer.rate(), pacer.in_flight()), (None, 0));
        let first = turn();
        let place = refused.throttled(Some(Duration::from_secs(3600)));
        drop(ended);
        assert_eq!((pacer.rate(), pacer.in_flight()), (None, 1));
        first.accepted();
        assert!(pacer.turn_blocking(place, None).is_some());
    });
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use std::sync::Arc;

    use super::*;
    use crate::mode::Async;
    use tokio::task::JoinSet;

    /// Seconds at which each of so many callers got its turn.
    async fn turns(pacer: &'static Pacer, callers: usize) -> Vec<f64> {
        let start = Async::now();
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            tasks.spawn(async move {
                pacer.turn(Place::back(), None).await.unwrap().accepted();
                (Async::now() - start).as_secs_f64()
            });
        }
        let mut times = tasks.join_all().await;
        times.sort_by(f64::total_cmp);
        times
    }

    #[tokio::test(start_paused = true)]
    async fn calls_go_at_the_rate_and_the_first_at_once() {
        assert_eq!(turns(pacer(4.0), 5).await, [0.0, 0.25, 0.5, 0.75, 1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_beyond_the_timers_resolution_is_kept() {
        let last = *turns(pacer(3000.0), 3001).await.last().unwrap();
        assert!((1.0..1.01).contains(&last), "{last}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_caller_is_the_next_to_go() {
        let pacer = pacer(1.0);
        let first = pacer.turn(Place::back(), None).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let other = tokio::spawn({
            let order = order.clone();
            async move {
                pacer.turn(Place::back(), None).await.unwrap().accepted();
                order.lock().unwrap().push("other");
            }
        });
        tokio::task::yield_now().await;
        assert_eq!(pacer.waiting(), 1);
        let place = first.throttled(Some(Duration::from_secs(5)));
        let start = Async::now();
        pacer.turn(place, None).await.unwrap().accepted();
        assert_eq!(Async::now() - start, Duration::from_secs(5));
        order.lock().unwrap().push("throttled");
        other.await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["throttled", "other"]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_dropped_at_the_head_hands_the_timer_on() {
        let pacer = pacer(1.0);
        pacer.turn(Place::back(), None).await.unwrap().accepted();
        let heads = [(); 3].map(|()| tokio::spawn(pacer.turn(Place::back(), None)));
        tokio::task::yield_now().await;
        let start = Async::now();
        let last = tokio::spawn(async { pacer.turn(Place::back(), None).await.unwrap().accepted() });
        tokio::task::yield_now().await;
        assert_eq!(pacer.waiting(), 4);
        heads.iter().for_each(tokio::task::JoinHandle::abort);
        last.await.unwrap();
        assert_eq!(Async::now() - start, Duration::from_secs(1));
        assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_before_any_turn_is_told_at_once_wherever_the_caller_stands() {
        let pacer = pacer(1.0);
        let turn = pacer.turn(Place::back(), None).await.unwrap();
        let start = Async::now();
        let until = move |s| Some(start + Duration::from_secs(s));
        let patient = tokio::spawn(pacer.turn(Place::back(), until(60)));
        let hasty = tokio::spawn(async move {
            assert!(pacer.turn(Place::back(), until(20)).await.is_none());
            Async::now()
        });
        tokio::task::yield_now().await;
        let _ = turn.throttled(Some(Duration::from_secs(30)));
        assert_eq!(hasty.await.unwrap(), start, "the gate is closed for longer than its deadline");
        assert!(pacer.turn(Place::back(), until(29)).await.is_none());
        assert_eq!(Async::now(), start);
        patient.await.unwrap().unwrap().accepted();
        assert_eq!(Async::now() - start, Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_when_a_pacer_is_reset_keep_their_order() {
        let pacer = pacer(1.0);
        let _ = pacer.turn(Place::back(), None).await.unwrap().throttled(Some(Duration::from_secs(3600)));
        let (start, waiters) = (Async::now(), tokio::spawn(turns(pacer, 3)));
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        assert_eq!(pacer.waiting(), 3);
        pacer.reset();
        assert_eq!(waiters.await.unwrap(), [0.0, 1.0, 2.0]);
        assert_eq!(Async::now() - start, Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_beyond_a_deadline() {
        let pacer: &Pacer = Box::leak(Box::new(Pacer::adaptive()));
        let _first = pacer.turn(Place::back(), None).await.unwrap();
        let start = Async::now();
        let second = tokio::spawn(pacer.turn(Place::back(), None));
        tokio::task::yield_now().await;
        let deadline = start + Duration::from_millis(300);
        assert!(pacer.turn(Place::back(), Some(deadline)).await.is_none());
        assert_eq!(Async::now(), deadline);
        second.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_future_that_was_never_polled_has_no_place() {
        let pacer = pacer(1.0);
        drop(pacer.turn(Place::back(), None));
        let _waits = pacer.turn(Place::back(), None);
        assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
    }

    #[tokio::test]
    async fn threads_and_tasks_stand_in_one_queue() {
        let pacer = pacer(500.0);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                thread::spawn(|| {
                    (0..10).for_each(|_| pacer.turn_blocking(Place::back(), None).unwrap().accepted());
                })
            })
            .collect();
        turns(pacer, 40).await;
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pacer_goes_on_when_the_clock_is_set_back() {
        let pacer = pacer(1.0);
        tokio::time::sleep(Duration::from_secs(1000)).await;
        turns(pacer, 3).await;
        let scope = Scope::new().without_waits();
        scope.run(|| {
            (0..3).for_each(|_| pacer.turn_blocking(Place::back(), None).unwrap().accepted());
        });
        assert!(scope.elapsed() <= Duration::from_secs(3), "{:?}", scope.elapsed());
    }
}
