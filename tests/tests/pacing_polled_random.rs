//! Random callers on several runtimes and threads: polled, paused, cancelled, forgotten and panicking at random points.
//! Everyone who is polled gets a turn, and nothing is left behind.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use backoff_runtime::{Pacer, Place, Turn, WaitForTurn};
use backoff_tests::rate_limits::Random;
use tokio::runtime::Builder;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep, timeout};

/// One of so many.
fn one_of(random: &mut Random, choices: u64) -> u64 {
    (random.uniform() * choices as f64) as u64
}

fn a_moment(random: &mut Random) -> Duration {
    Duration::from_micros(one_of(random, 4000))
}

/// Ends the call in one of the ways in which calls end.
fn end(turn: Turn<'_>, random: &mut Random) {
    match one_of(random, 8) {
        0 => turn.failed(),
        1 => drop(turn),
        2 => drop(turn.throttled(Some(Duration::from_millis(1)))),
        // Without unwinding noise in the test's output.
        3 => resume_unwind(Box::new("a call panics")),
        _ => turn.accepted(),
    }
}

async fn poll_once<'p>(wait: &mut WaitForTurn<'p>) -> Poll<Option<Turn<'p>>> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *wait).poll(context))).await
}

/// One that may be left alone for a while or for ever, but goes through with it if it is not.
async fn call(pacer: &'static Pacer, mut random: Random) {
    let mut wait = pacer.turn(Place::back(), None);
    match one_of(&mut random, 6) {
        // Paused, and polled again.
        0 => {
            if let Poll::Ready(turn) = poll_once(&mut wait).await {
                return end(turn.expect("there is no deadline"), &mut random);
            }
            sleep(a_moment(&mut random)).await;
        }
        // Cancelled.
        1 => {
            if let Ok(turn) = timeout(a_moment(&mut random), wait).await {
                end(turn.expect("there is no deadline"), &mut random);
            }
            return;
        }
        // Forgotten.
        2 => match poll_once(&mut wait).await {
            Poll::Ready(turn) => return end(turn.expect("there is no deadline"), &mut random),
            Poll::Pending => return std::mem::forget(wait),
        },
        // Its runtime's thread is busy.
        3 => thread::sleep(a_moment(&mut random) / 4),
        // Has no time.
        4 => {
            let deadline = Instant::now() + a_moment(&mut random);
            if let Some(turn) = pacer.turn(Place::back(), Some(deadline.into_std())).await {
                end(turn, &mut random);
            }
            return;
        }
        _ => {}
    }
    end(wait.await.expect("there is no deadline"), &mut random);
}

/// Calls of a runtime of its own.
fn run_async(pacer: &'static Pacer, seed: u64, threads: usize) {
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let mut tasks = JoinSet::new();
        for n in 0..100 {
            tasks.spawn(call(pacer, Random(seed + n)));
            if n % 16 == 0 {
                yield_now().await;
            }
        }
        // Those who panicked are gone, too.
        while tasks.join_next().await.is_some() {}
    });
}

fn run_blocking(pacer: &'static Pacer, seed: u64) {
    let mut random = Random(seed);
    for _ in 0..20 {
        let deadline =
            (one_of(&mut random, 4) == 0).then(|| std::time::Instant::now() + a_moment(&mut random));
        let turn = pacer.turn_blocking(Place::back(), deadline);
        assert!(turn.is_some() || deadline.is_some());
        if let Some(turn) = turn {
            let _ = catch_unwind(AssertUnwindSafe(|| end(turn, &mut random)));
        }
    }
}

fn run_all(pacer: &'static Pacer, seed: u64) {
    thread::scope(|threads| {
        for n in 0..3 {
            threads.spawn(move || run_async(pacer, seed + 1000 * n, 1 + n as usize % 2));
            threads.spawn(move || run_blocking(pacer, seed + 1000 * n + 500));
        }
    });
    // Whoever was forgotten at the end is passed by the next.
    pacer.turn_blocking(Place::back(), None).expect("there is no deadline").accepted();
    assert_eq!((pacer.waiting(), pacer.in_flight()), (0, 0));
}

#[test]
fn everyone_who_is_polled_gets_a_turn_whatever_the_others_do() {
    let (done, ended) = mpsc::channel();
    let test = thread::spawn(move || {
        for seed in 0..4 {
            let pacer = if seed % 2 == 0 { Pacer::adaptive() } else { Pacer::per_second(2000.0) };
            run_all(Box::leak(Box::new(pacer)), 100_000 * seed);
            let _ = done.send(());
        }
    });
    while !test.is_finished() {
        let hangs =
            matches!(ended.recv_timeout(Duration::from_secs(60)), Err(mpsc::RecvTimeoutError::Timeout));
        assert!(!hangs, "it hangs");
    }
    assert!(test.join().is_ok());
}
