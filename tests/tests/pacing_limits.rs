//! Limits that change, that are not there, that are not reached, and that punish.

use std::time::Duration;

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::{Api, Bucket, Limit, Random, paused, send, send_all, send_without_hints};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// The rate at which calls pass, between two times.
async fn passed_between(api: &Api, from: u64, to: u64, passed: impl Fn() -> usize) -> f64 {
    let until = |second: u64| Duration::from_secs(second).saturating_sub(api.elapsed());
    sleep(until(from)).await;
    let before = passed();
    sleep(until(to)).await;
    (passed() - before) as f64 / (to - from) as f64
}

#[test]
fn a_limit_that_rises_or_falls_is_found_again() {
    paused(async {
        let limit = Limit::Changing(Bucket::new(10.0, 10.0), vec![(300.0, 40.0), (600.0, 8.0)]);
        let api = Api::new(Pacer::adaptive(), limit, 0.002, 7);
        let mut tasks = JoinSet::new();
        for _ in 0..30_000 {
            let api = api.clone();
            tasks.spawn(async move { send(&api).await });
        }
        let waiting = || 30_000 - api.pacer.waiting();
        let at_first = passed_between(&api, 100, 300, waiting).await;
        let risen = passed_between(&api, 400, 600, waiting).await;
        let fallen = passed_between(&api, 650, 900, waiting).await;
        assert!((9.3..=10.1).contains(&at_first), "{at_first}");
        assert!((36.0..=40.4).contains(&risen), "{risen}");
        assert!((7.2..=8.1).contains(&fallen), "{fallen}");
    });
}

#[test]
fn many_calls_to_an_api_without_a_limit_soon_go_as_if_there_were_no_pacer() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::Open, 0.0, 0);
        // 40 callers, each with one call after the other: unpaced, 5000 calls take 125 round trips.
        let start = Instant::now();
        let callers = |messages: u32| {
            let mut tasks = JoinSet::new();
            for _ in 0..40 {
                let api = api.clone();
                tasks.spawn(async move {
                    for _ in 0..messages / 40 {
                        send(&api).await.expect("it has no limit");
                    }
                });
            }
            tasks.join_all()
        };
        callers(2000).await;
        let slow_start = start.elapsed();
        assert!(slow_start < Duration::from_secs(6), "{slow_start:?}");
        let start = Instant::now();
        callers(5000).await;
        let unpaced = Duration::from_millis(50 * 5000 / 40);
        assert!(start.elapsed() <= unpaced.mul_f64(1.05), "{:?} of {unpaced:?}", start.elapsed());
        assert_eq!(api.calls(), 7000);
    });
}

#[test]
fn many_calls_at_once_are_through_after_slow_start() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::Open, 0.0, 0);
        send_all(&api, 5000).await;
        // A seventieth of the work is in flight, and a twentieth of what has passed, at 50 ms each.
        assert!(api.seconds() < 3.0, "{}", api.seconds());
    });
}

#[test]
fn demand_below_the_limit_waits_for_nothing() {
    for pacer in [Pacer::adaptive(), Pacer::per_second(10.0)] {
        paused(async move {
            let api = Api::new(pacer, Limit::bucket(10.0, 1.0), 0.0, 0);
            for _ in 0..500 {
                let start = Instant::now();
                send(&api).await.expect("it is retried until it passes");
                assert_eq!(start.elapsed(), Duration::from_millis(50), "one round trip");
                sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(api.calls(), 500);
        });
    }
}

#[test]
fn a_rise_of_demand_after_a_quiet_time_does_not_storm_the_server() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(10.0, 10.0), 0.002, 3);
        for _ in 0..1000 {
            send(&api).await.expect("it is retried until it passes");
            sleep(Duration::from_millis(200)).await;
        }
        let quiet = api.calls();
        send_all(&api, 1000).await;
        assert!(api.calls() - quiet < 1050, "{}", api.calls() - quiet);
    });
}

#[test]
fn a_server_that_punishes_refused_calls_is_not_provoked() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::Penal(Bucket::new(10.0, 10.0)), 0.002, 5);
        send_all(&api, 2000).await;
        let ratio = f64::from(api.calls()) / 2000.0;
        assert!(ratio < 1.03 && api.seconds() < 199.0 * 1.07, "{ratio} {}", api.seconds());
    });
}

#[test]
fn a_server_without_hints_is_paced_too() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(10.0, 10.0), 0.002, 5);
        let mut tasks = JoinSet::new();
        for _ in 0..2000 {
            let api = api.clone();
            tasks.spawn(async move { send_without_hints(&api).await });
        }
        tasks.join_all().await;
        let ratio = f64::from(api.calls()) / 2000.0;
        assert!(ratio < 1.06 && api.seconds() < 199.0 * 1.07, "{ratio} {}", api.seconds());
    });
}

#[test]
fn calls_that_come_at_random_are_all_sent_and_few_in_vain() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(20.0, 20.0), 0.002, 1);
        let (mut random, mut tasks) = (Random(9), JoinSet::new());
        // 18 a second on average, where 20 are allowed.
        for _ in 0..5000 {
            sleep(Duration::from_secs_f64(-random.uniform().ln() / 18.0)).await;
            let api = api.clone();
            tasks.spawn(async move { send(&api).await });
        }
        tasks.join_all().await;
        assert!(api.calls() < 5150, "{}", api.calls());
    });
}
