//! PROMISE 7.9: one policy, many functions. A policy is a value that can be `static`, and its type can be written.

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{
    AnyJitter, AnyWait, Details, LivePolicy, Paced, Pacer, Policy, RetryBudget, Retryable, Timed, constant,
    expo, on_exception,
};
use tokio::time::Instant;

static API: Policy = Policy::expo().factor(0.5).max_value("3s").max_tries(4).jitter(AnyJitter::None);

/// How long a call took that always failed, in seconds, and how many attempts it made.
async fn spent<F: Future<Output = Result<(), u8>>>(call: impl FnOnce(Cell<u32>) -> F) -> f64 {
    let start = Instant::now();
    assert!(call(Cell::new(0)).await.is_err());
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn a_static_policy_says_how_closures_are_retried() {
    let mut tries = 0;
    let start = Instant::now();
    let result = (|| {
        tries += 1;
        async { Err::<(), u8>(1) }
    })
    .retry(&API)
    .await;
    assert_eq!((result, tries, start.elapsed()), (Err(1), 4, Duration::from_millis(500 + 1000 + 2000)));
}

#[tokio::test(start_paused = true)]
async fn the_options_of_a_call_override_those_of_its_policy() {
    let spent = spent(async |_| {
        let call = API.on_exception().max_tries(6).jitter(|_| Duration::from_secs(10));
        let mut waits = Vec::new();
        let result =
            call.on_backoff(|d: &Details<'_, u8>| waits.push(d.wait)).run(async || Err::<(), u8>(1)).await;
        assert_eq!(waits.len(), 5);
        result
    });
    assert!((spent.await - 50.0).abs() < 1e-9);
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_changed_by_what_is_known_only_at_run_time() {
    let mut policy = API;
    policy.set_waits(constant().interval(2));
    policy.set_max_tries(Some(3));
    policy.set_max_time(None::<f64>);
    assert!((spent(|_| (async || Err(1)).retry(&policy)).await - 4.0).abs() < 1e-9);
    policy.set_max_time(1.5);
    policy.set_jitter(AnyJitter::None);
    assert!((spent(|_| (async || Err(1)).retry(&policy)).await - 1.5).abs() < 1e-9, "the last wait is cut");
    policy.set_max_tries(0);
    assert!(spent(|_| (async || Err(1)).retry(&policy)).await < 1e-9, "what is below 1 counts as 1");
}

#[test]
fn every_generator_may_be_chosen_at_run_time() {
    const SEQUENCE: &[Duration] = &[Duration::from_secs(1), Duration::from_secs(5)];
    let waits = |policy: &Policy| {
        let mut waits = Vec::new();
        let _ = policy
            .on_exception()
            .max_tries(4)
            .jitter(|wait: Duration| {
                waits.push(wait.as_secs_f64());
                Duration::ZERO
            })
            .run_blocking(|| Err::<(), u8>(1));
        waits
    };
    assert_eq!(waits(&Policy::expo().base(3.0)), [1.0, 3.0, 9.0]);
    assert_eq!(waits(&Policy::fibo().max_value("1500ms")), [1.0, 1.0, 1.5]);
    assert_eq!(waits(&Policy::constant("250ms")), [0.25, 0.25, 0.25]);
    assert_eq!(waits(&Policy::sequence(SEQUENCE)), [1.0, 5.0]);
    assert_eq!(
        waits(&Policy::decay().initial_value("2s").decay_factor(0.0).min_value("1s")),
        [2.0, 2.0, 2.0]
    );
    assert_eq!(waits(&Policy::waits(|n| Some(Duration::from_secs(n.into())))), [0.0, 1.0, 2.0]);
    let mut chosen = Policy::expo();
    chosen.set_waits(AnyWait::from(expo().factor(0.1).max_value(0.3)));
    assert_eq!(waits(&chosen), [0.1, 0.2, 0.3]);
}

#[test]
fn a_decorrelated_jitter_of_a_policy_remembers_the_wait_before() {
    static DECORRELATED: Policy =
        Policy::expo().max_value("4s").max_tries(30).jitter(AnyJitter::Decorrelated);
    let scope = backoff_runtime::testing::Scope::new().without_waits().seed(7);
    let mut waits = Vec::new();
    let _ = scope.run(|| {
        DECORRELATED
            .on_exception()
            .on_backoff(|d: &Details<'_, u8>| waits.extend(d.wait))
            .run_blocking(|| Err::<(), u8>(1))
    });
    let first = Duration::from_secs(1);
    let mut previous = first;
    for wait in &waits {
        assert!((first..=Duration::from_secs(4).min(previous * 3)).contains(wait), "{waits:?}");
        previous = *wait;
    }
    assert!(waits.iter().any(|wait| *wait > first * 3), "the bound grows with the wait before: {waits:?}");
}

#[test]
fn a_policy_takes_retries_from_its_budget() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).per_second(0.0);
    static SPARING: Policy = Policy::constant("0s").max_tries(1000).budget(&BUDGET);
    let mut tries = 0;
    let _ = SPARING.on_exception().run_blocking(|| {
        tries += 1;
        Err::<(), u8>(1)
    });
    assert!(tries < 1000, "{tries} attempts, and the budget gave no retries any more");
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_paced_policy_wait_for_their_turn() {
    static LIMIT: Pacer = Pacer::per_second(1.0);
    static SMS: Policy<Paced> = Policy::expo().max_tries(3).pacer(&LIMIT);
    let start = Instant::now();
    for _ in 0..4 {
        assert!((async || Ok::<_, std::io::Error>(())).retry(&SMS).await.is_ok());
    }
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_timed_policy_are_cut() {
    static SLOW: Policy<Timed> =
        Policy::constant("1s").max_tries(2).attempt_timeout("2s").jitter(AnyJitter::None);
    let start = Instant::now();
    let result = SLOW.on_exception().run(std::future::pending::<Result<(), std::io::Error>>).await;
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let mut changed = SLOW;
    changed.set_attempt_timeout(None::<u8>);
    changed.set_timeout(0.5);
    let start = Instant::now();
    let result = changed.on_exception().run(std::future::pending::<Result<(), std::io::Error>>).await;
    assert!(result.is_err() && start.elapsed() == Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn a_live_policy_is_replaced_while_the_program_runs_and_a_call_keeps_the_one_it_began_with() {
    static LIVE: LivePolicy = LivePolicy::new(Policy::constant("1s").max_tries(3).jitter(AnyJitter::None));
    let running = tokio::spawn((async || Err::<(), u8>(1)).retry(&LIVE));
    tokio::task::yield_now().await;
    let mut policy = LIVE.get();
    policy.set_max_tries(9);
    LIVE.set(policy);
    let start = Instant::now();
    let _ = running.await;
    assert!(start.elapsed() < Duration::from_secs(3), "the running call has its three tries");
    let start = Instant::now();
    let _ = (async || Err::<(), u8>(1)).retry(&LIVE).await;
    assert_eq!(start.elapsed(), Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn a_function_is_retried_by_a_policy_a_generator_or_a_call() {
    async fn fails() -> Result<(), u8> {
        Err(1)
    }
    let boxed: Box<dyn FnMut() -> std::future::Ready<Result<(), u8>>> =
        Box::new(|| std::future::ready(Err(1)));
    assert_eq!(fails.retry(&API).await, Err(1));
    assert_eq!(boxed.retry(&API).await, Err(1));
    assert_eq!(fails.retry(on_exception(expo()).max_tries(2)).await, Err(1));
    let mut left = 3;
    let works = || {
        left -= 1;
        if left > 0 { Err(left) } else { Ok(left) }
    };
    assert_eq!(works.retry_blocking(constant().interval(0)), Ok(0));
}
