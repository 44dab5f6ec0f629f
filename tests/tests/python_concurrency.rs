//! What the test suite of Python's `backoff` 2.2.1 promises of threads and coroutines, as promises of ours. A
//! call that is cancelled is in `rule_08_leaving.rs`.

use backoff_runtime as backoff;
use backoff_tests::trace::{Trace, seconds};

/// The decorated function works in threads, where there is no event loop.
#[test]
fn a_sync_function_is_retried_in_other_threads() {
    #[backoff::on_predicate(backoff::constant, interval = 0, max_tries = 10, logger = none)]
    fn check(attempts: &mut u32) -> bool {
        *attempts += 1;
        *attempts == 3
    }
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let mut attempts = 0;
                (check(&mut attempts), attempts)
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == (true, 3)));
}

/// Calls of one function at a time do not disturb each other.
#[tokio::test(start_paused = true)]
async fn concurrent_calls_have_counts_and_waits_of_their_own() {
    #[backoff::on_predicate(backoff::expo, jitter = None, logger = none)]
    async fn check(attempts: &mut u32, n: u32) -> bool {
        *attempts += 1;
        *attempts == n
    }
    let calls: Vec<_> = (1..=8)
        .map(|n| {
            tokio::spawn(async move {
                let (start, mut attempts) = (tokio::time::Instant::now(), 0);
                check(&mut attempts, n).await;
                (attempts, start.elapsed())
            })
        })
        .collect();
    for (n, call) in (1..).zip(calls) {
        assert_eq!(call.await.unwrap(), (n, seconds(2_u64.pow(n - 1) - 1)));
    }
}

/// A coroutine that waits lets others run.
#[tokio::test(start_paused = true)]
async fn an_async_wait_does_not_block_the_thread() {
    #[backoff::on_predicate(backoff::constant, interval = 10, jitter = None, max_tries = 3, logger = none)]
    async fn check() {}
    let trace = Trace::later();
    let ticks = async {
        for _ in 0..4 {
            tokio::time::sleep(seconds(5)).await;
            trace.note("tick");
        }
    };
    tokio::join!(check(), ticks);
    trace.assert(&["+5s", "tick", "+5s", "tick", "+5s", "tick", "+5s", "tick"]);
}
