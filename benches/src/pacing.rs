//! Whether a rate that was told is kept, and what that costs a call: beside governor, in one program.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backoff_runtime::{Pacer, Place};
use governor::{Quota, RateLimiter};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::Result;
use crate::processor;

/// Calls per second.
const RATES: [u32; 4] = [100, 1000, 10_000, 100_000];
/// Tasks that call, one call after the other.
const CALLERS: usize = 64;
/// How long each is measured.
const SPAN: Duration = Duration::from_secs(4);

/// What was seen of one limiter at one rate.
#[derive(Clone, Copy)]
struct Seen {
    /// Calls per second, as a ratio to the rate.
    rate: f64,
    /// Microseconds of processor time for each call.
    cost: f64,
}

/// Measures and prints a table.
pub(crate) fn measure(runs: usize) -> Result<()> {
    println!(
        "| calls a second | `Pacer` keeps | `governor` keeps | `Pacer`, µs a call | `governor`, µs a call |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: |");
    for rate in RATES {
        let pacer = median(&(0..runs).map(|_| paced(rate)).collect::<Result<Vec<_>>>()?);
        let governor = median(&(0..runs).map(|_| governed(rate)).collect::<Result<Vec<_>>>()?);
        println!(
            "| {rate} | {:.4} | {:.4} | {:.2} | {:.2} |",
            pacer.rate, governor.rate, pacer.cost, governor.cost
        );
    }
    Ok(())
}

/// Each figure's median.
fn median(seen: &[Seen]) -> Seen {
    let middle = |figure: fn(&Seen) -> f64| {
        let mut figures: Vec<_> = seen.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Seen { rate: middle(|seen| seen.rate), cost: middle(|seen| seen.cost) }
}

fn paced(rate: u32) -> Result<Seen> {
    let pacer = Arc::new(Pacer::per_second(rate.into()).margin(1.0));
    run(rate, move || {
        let pacer = pacer.clone();
        async move {
            if let Some(turn) = pacer.turn(Place::back(), None).await {
                turn.accepted();
            }
        }
    })
}

fn governed(rate: u32) -> Result<Seen> {
    let quota = Quota::per_second(NonZeroU32::new(rate).ok_or("no rate is zero")?);
    let limiter = Arc::new(RateLimiter::direct(quota.allow_burst(NonZeroU32::MIN)));
    run(rate, move || {
        let limiter = limiter.clone();
        async move { limiter.until_ready().await }
    })
}

/// Lets callers call, each again and again, and counts.
fn run<F: Future<Output = ()> + Send>(
    rate: u32,
    call: impl Fn() -> F + Clone + Send + 'static,
) -> Result<Seen> {
    let calls = Arc::new(AtomicU64::new(0));
    Builder::new_current_thread().enable_time().build()?.block_on(async {
        let (start, before) = (Instant::now(), processor::time());
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (call, calls) = (call.clone(), calls.clone());
            callers.spawn(async move {
                while start.elapsed() < SPAN {
                    call().await;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tokio::time::sleep(SPAN).await;
        let (calls, elapsed) = (calls.load(Ordering::Relaxed) as f64, start.elapsed().as_secs_f64());
        let cost = processor::time().saturating_sub(before).as_secs_f64() * 1e6 / calls;
        Ok(Seen { rate: (calls - 1.0) / elapsed / f64::from(rate), cost })
    })
}
