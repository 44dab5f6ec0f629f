//! Calls and time of a shared pacer, as ratios to what each server allows.
//!
//! `cargo run --release -p backoff-tests --example pacer_table`
//!
//! Each row sends all messages through annotated functions that share a pacer, on a paused clock whose timers count
//! milliseconds. In the first table a limit counts by the second; the reference is a simulation in exact time of a pacer
//! that finds the rate, too. The second table has limits of all kinds, and the worst seed beside the mean. In the third, the
//! server tells in each answer how much of its limit remains.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::{CASES, Case, ROWS};
use backoff_tests::telling;

fn main() {
    println!("{:20}{:18}{:18}{:18}{:18}", "", "reference", "adaptive", "told, 0.95 of it", "told, all of it");
    println!("{:20}{}", "", "calls   time      ".repeat(4));
    for row in ROWS {
        let adaptive = row.ratios(|_| Pacer::adaptive(), 5);
        let told = row.ratios(|row| Pacer::per_second(row.rate), 5);
        let exactly = row.ratios(|row| Pacer::per_second(row.rate).margin(1.0), 5);
        println!("{:20}{}    {adaptive}    {told}    {exactly}", row.name, row.reference);
    }
    println!("\n{:45}{:37}{:18}adaptive by told", "", "adaptive: mean (worst)", "told, 0.95 of it");
    println!("{:45}{:18}{:19}{:8}{:10}time", "", "calls", "time", "calls", "time");
    for case in CASES {
        let (adaptive, told) = (case.measure(|_| Pacer::adaptive(), 0..5), case.measure(Case::told, 0..5));
        let by_told = adaptive.seconds / told.seconds;
        println!("{case}  {adaptive}   x{:.3}  x{:6.3}   x{by_told:.3}", told.mean.calls, told.mean.time);
    }
    println!("* without Retry-After");
    println!("\n{:45}  calls   time (worst)", "told by the server");
    for case in telling::cases() {
        let (calls, [time, worst]) = case.measure(5);
        println!("{case}  x{calls:.3}  x{time:.3} ({worst:.3})");
    }
}
