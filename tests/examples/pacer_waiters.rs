//! What it costs to wait for a pacer: memory and time per waiter, of 100,000 on one pacer.
//!
//! `cargo run --release -p backoff-tests --example pacer_waiters` (Linux, where the memory in use can be read)
//!
//! Each number is the difference between tasks that wait for their turns and tasks that wait for nothing.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use backoff_runtime::{Pacer, Place};
use backoff_tests::rate_limits::paused;
use tokio::task::{JoinSet, yield_now};

const WAITERS: u32 = 100_000;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("nothing") => println!("{}", paused(memory_of(|| async { std::future::pending().await }))),
        Some("turn") => println!("{}", waiting(None)),
        Some("turn in time") => println!("{}", waiting(Some(Duration::from_secs(3600)))),
        _ => report(),
    }
}

fn report() {
    println!("a pacer: {} bytes", size_of::<Pacer>());
    println!("the future of a turn: {} bytes", size_of_val(&Pacer::adaptive().turn(Place::back(), None)));
    let nothing = in_a_process_of_its_own("nothing");
    for (name, what) in [("without", "turn"), ("with", "turn in time")] {
        let bytes = (in_a_process_of_its_own(what) - nothing) / f64::from(WAITERS);
        println!("a waiter {name} a deadline, its future included: {bytes:.0} bytes");
    }
    println!("from joining the queue to the end of the call: {:.0} ns", time() / f64::from(WAITERS) * 1e9);
}

/// Memory that was in use and is free again is taken first, so each case begins anew.
fn in_a_process_of_its_own(what: &str) -> f64 {
    let this = env::current_exe().expect("a program has a path");
    let output = Command::new(this).arg(what).output().expect("the program can run itself");
    let text = String::from_utf8(output.stdout).expect("a number is ASCII");
    text.trim().parse().expect("a number of bytes")
}

fn waiting(time: Option<Duration>) -> f64 {
    let pacer = Arc::new(Pacer::per_second(0.001));
    paused(memory_of(|| {
        let pacer = pacer.clone();
        async move {
            let deadline = time.map(|time| (tokio::time::Instant::now() + time).into_std());
            if let Some(turn) = pacer.turn(Place::back(), deadline).await {
                turn.accepted();
            }
        }
    }))
}

fn time() -> f64 {
    let bare = paused(time_of(|| async { yield_now().await }));
    let pacer = Arc::new(Pacer::per_second(100_000.0).margin(1.0));
    let with_turns = paused(time_of(|| {
        let pacer = pacer.clone();
        async move {
            if let Some(turn) = pacer.turn(Place::back(), None).await {
                turn.accepted();
            }
        }
    }));
    with_turns - bare
}

/// Spawns the waiters and lets each come to its wait.
async fn spawned<F: Future<Output = ()> + Send + 'static>(task: impl Fn() -> F) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..WAITERS {
        tasks.spawn(task());
    }
    // A paused clock moves on only when all wait.
    tokio::time::sleep(Duration::from_millis(1)).await;
    tasks
}

/// Bytes that the waiters take.
async fn memory_of<F: Future<Output = ()> + Send + 'static>(task: impl Fn() -> F) -> f64 {
    let before = resident();
    let tasks = spawned(task).await;
    let after = resident();
    drop(tasks);
    after - before
}

/// Seconds of real time until all waiters are through.
async fn time_of<F: Future<Output = ()> + Send + 'static>(task: impl Fn() -> F) -> f64 {
    let start = Instant::now();
    spawned(task).await.join_all().await;
    start.elapsed().as_secs_f64()
}

/// The memory in use, in bytes.
fn resident() -> f64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux tells the memory in use");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096.0
}
