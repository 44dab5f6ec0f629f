//! Limits as people have them: per window, several at once, by cost, with a bound on calls in flight, and changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backoff_runtime::{Pacer, Place, RateError};
use backoff_tests::rate_limits::paused;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// When each of so many calls of that cost went that came at once and take 50 ms, in milliseconds.
fn sent_at(pacer: Pacer, calls: u32, cost: u64) -> Vec<u128> {
    paused(async move {
        let (pacer, start) = (Arc::new(pacer), Instant::now());
        let mut tasks = JoinSet::new();
        for _ in 0..calls {
            let pacer = pacer.clone();
            tasks.spawn(async move {
                let turn =
                    pacer.turn(Place::back().with_cost(cost), None).await.expect("there is no deadline");
                let at = start.elapsed().as_millis();
                sleep(Duration::from_millis(50)).await;
                turn.accepted();
                at
            });
        }
        let mut sent = tasks.join_all().await;
        sent.sort_unstable();
        sent
    })
}

#[test]
fn a_limit_per_window_is_used_at_once_and_no_window_has_more() {
    let sent = sent_at(Pacer::per(100, "10s"), 300, 1);
    assert_eq!(sent[99], 0, "the first hundred wait for nothing");
    assert!(sent.windows(101).all(|calls| calls[100] - calls[0] >= 10_000));
    assert!(sent[299] < 20_300, "{}", sent[299]);
}

#[test]
fn a_limit_that_is_spread_goes_at_equal_distances() {
    let sent = sent_at(Pacer::per(100, "10s").spread().margin(1.0), 50, 1);
    assert!(sent.windows(2).all(|calls| (100..=101).contains(&(calls[1] - calls[0]))), "{sent:?}");
    let sent = sent_at(Pacer::per(100, "10s").spread(), 50, 1);
    assert!((5150..5170).contains(&sent[49]), "at 0.95 of it: {}", sent[49]);
}

#[test]
fn a_call_goes_when_all_limits_let_it() {
    let sent = sent_at(Pacer::per(10, "1s").and_per(25, "1m"), 60, 1);
    assert!(sent.windows(11).all(|calls| calls[10] - calls[0] >= 1000));
    assert!(sent.windows(26).all(|calls| calls[25] - calls[0] >= 60_000));
    assert!(sent[59] < 122_500, "{}", sent[59]);
}

#[test]
fn a_call_takes_what_it_costs() {
    let sent = sent_at(Pacer::per(10, "1s"), 6, 5);
    assert_eq!(sent.iter().map(|at| at / 1000).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2]);
    let sent = sent_at(Pacer::per_second(10.0).margin(1.0), 3, 5);
    assert!(sent[1] >= 500 && sent[2] >= 1000, "{sent:?}");
    let sent = sent_at(Pacer::per(1000, "1s").and_calls_per(2, "1s"), 4, 5);
    assert_eq!(sent.iter().map(|at| at / 1000).collect::<Vec<_>>(), [0, 0, 1, 1]);
}

#[test]
fn a_call_that_costs_more_than_the_limit_goes_alone() {
    let sent = sent_at(Pacer::per(10, "1s"), 3, 25);
    assert!(sent[1] >= 1000 && sent[2] >= 2000 && sent[2] < 2200, "{sent:?}");
}

#[test]
fn a_cheap_call_does_not_overtake_a_dear_one() {
    paused(async {
        let (pacer, order) = (Arc::new(Pacer::per(10, "1s")), Arc::new(AtomicU32::new(0)));
        let mut tasks = JoinSet::new();
        for cost in [8, 9, 1] {
            let (pacer, order) = (pacer.clone(), order.clone());
            tasks.spawn(async move {
                let turn =
                    pacer.turn(Place::back().with_cost(cost), None).await.expect("there is no deadline");
                turn.accepted();
                (order.fetch_add(1, Ordering::Relaxed), cost)
            });
            tokio::task::yield_now().await;
        }
        let mut went = tasks.join_all().await;
        went.sort_unstable();
        assert_eq!(went, [(0, 8), (1, 9), (2, 1)]);
    });
}

#[test]
fn what_was_estimated_too_high_is_given_back() {
    paused(async {
        let pacer = Pacer::per(1000, "1m");
        let start = Instant::now();
        for _ in 0..10 {
            let place = Place::back().with_cost(900);
            let mut turn = pacer.turn(place, None).await.expect("there is no deadline");
            turn.settle(10);
            turn.accepted();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let turn = pacer.turn(Place::back().with_cost(901), None).await.expect("there is no deadline");
        assert!(start.elapsed() >= Duration::from_secs(59), "{:?}", start.elapsed());
        turn.accepted();
    });
}

#[test]
fn no_more_calls_are_in_flight_than_are_allowed() {
    paused(async {
        for pacer in [Pacer::adaptive().max_in_flight(7), Pacer::per(1000, "1s").max_in_flight(7)] {
            let (pacer, most) = (Arc::new(pacer), Arc::new(AtomicU32::new(0)));
            let start = Instant::now();
            let mut tasks = JoinSet::new();
            for n in 0..100 {
                let (pacer, most) = (pacer.clone(), most.clone());
                tasks.spawn(async move {
                    let turn = pacer.turn(Place::back(), None).await.expect("there is no deadline");
                    most.fetch_max(pacer.in_flight() as u32, Ordering::Relaxed);
                    sleep(Duration::from_millis(100)).await;
                    // However it ends.
                    match n % 3 {
                        0 => turn.accepted(),
                        1 => turn.failed(),
                        _ => drop(turn),
                    }
                });
            }
            tasks.join_all().await;
            assert!((4..=7).contains(&most.load(Ordering::Relaxed)), "{most:?}");
            assert_eq!((pacer.in_flight(), pacer.waiting()), (0, 0));
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        }
    });
}

#[test]
fn a_rate_that_is_changed_holds_for_those_who_wait() {
    paused(async {
        let pacer = Arc::new(Pacer::per_second(0.001).margin(1.0));
        pacer.turn(Place::back(), None).await.expect("there is no deadline").accepted();
        let start = Instant::now();
        let waiting = tokio::spawn({
            let pacer = pacer.clone();
            async move { pacer.turn(Place::back(), None).await.expect("there is no deadline").accepted() }
        });
        sleep(Duration::from_secs(5)).await;
        pacer.set_rate(0.1).expect("it is a rate");
        waiting.await.expect("it has its turn");
        assert!((10.0..10.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert!(matches!(pacer.set_rate(f64::NAN), Err(RateError::NoRate(_))));
        assert_eq!(pacer.rate(), Some(0.1), "what is no rate changes nothing");
        assert_eq!(Pacer::adaptive().set_rate(1.0), Err(RateError::Adaptive));
    });
}

#[test]
fn a_refusal_of_a_limit_that_is_used_at_once_spreads_it() {
    paused(async {
        let pacer = Pacer::per(10, "10s");
        let start = Instant::now();
        let turn = pacer.turn(Place::back(), None).await.expect("there is no deadline");
        let place = turn.throttled(Some(Duration::from_secs(2)));
        pacer.turn(place, None).await.expect("there is no deadline").accepted();
        assert!(start.elapsed() >= Duration::from_secs(2));
        pacer.turn(Place::back(), None).await.expect("there is no deadline").accepted();
        assert!(start.elapsed() >= Duration::from_secs(3));
    });
}

#[test]
fn what_can_be_seen_is_as_it_is() {
    paused(async {
        let pacer = Pacer::per(2, "1m");
        let first = pacer.turn(Place::back(), None).await.expect("there is no deadline");
        assert_eq!((pacer.state().in_flight, pacer.state().closed_until), (1, None));
        first.accepted();
        pacer.turn(Place::back(), None).await.expect("there is no deadline").accepted();
        let until = pacer.state().closed_until.expect("both calls of this minute are made");
        let left = until.saturating_duration_since(Instant::now().into_std());
        assert!(left > Duration::from_secs(59) && left <= Duration::from_secs(60), "{left:?}");
        let late = Instant::now().into_std() + Duration::from_secs(30);
        assert!(pacer.turn(Place::back(), Some(late)).await.is_none(), "said at once");
    });
}
