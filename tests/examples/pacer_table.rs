//! Calls and time of a shared pacer, as ratios to what each server allows.
//!
//! `cargo run --release -p backoff-tests --example pacer_table`
//!
//! Each row sends all messages at once through annotated functions that share a pacer, on a paused clock whose timers
//! count milliseconds. The reference is a simulation in exact time of a pacer that finds the rate, too.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::ROWS;

fn main() {
    println!("{:20}{:18}{:18}{:18}{:18}", "", "reference", "adaptive", "told, 0.95 of it", "told, all of it");
    println!("{:20}{}", "", "calls   time      ".repeat(4));
    for row in ROWS {
        let adaptive = row.ratios(|_| Pacer::adaptive(), 5);
        let told = row.ratios(|row| Pacer::per_second(row.rate), 5);
        let exactly = row.ratios(|row| Pacer::per_second(row.rate).margin(1.0), 5);
        println!("{:20}{}    {adaptive}    {told}    {exactly}", row.name, row.reference);
    }
}
