//! Calls and time of a shared pacer, as ratios to what each server allows.
//!
//! `cargo run --release -p backoff-tests --example pacer_table`
//!
//! Each row sends all messages at once through annotated functions that share a pacer, on a paused clock whose timers
//! count milliseconds. The second table has windows that are longer than a second. The reference is a simulation in exact time of a pacer that finds the rate, too.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::{ROWS, WINDOW_ROWS, WindowRow};

fn main() {
    println!("{:20}{:18}{:18}{:18}{:18}", "", "reference", "adaptive", "told, 0.95 of it", "told, all of it");
    println!("{:20}{}", "", "calls   time      ".repeat(4));
    for row in ROWS {
        let adaptive = row.ratios(|_| Pacer::adaptive(), 5);
        let told = row.ratios(|row| Pacer::per_second(row.rate), 5);
        let exactly = row.ratios(|row| Pacer::per_second(row.rate).margin(1.0), 5);
        println!("{:20}{}    {adaptive}    {told}    {exactly}", row.name, row.reference);
    }
    println!("\n{:38}{:18}{:18}", "", "adaptive", "told, 0.95 of it");
    println!("{:38}{}", "", "calls   time      ".repeat(2));
    for row in WINDOW_ROWS {
        let (adaptive, told) = (row.ratios(|_| Pacer::adaptive(), 5), row.ratios(WindowRow::told, 5));
        let WindowRow { name, messages, quota: (calls, seconds), hints, .. } = row;
        let hints = if hints { ' ' } else { '*' };
        println!("{name:21}{calls:4} in {seconds:4} s{hints}{messages:5}  {adaptive}    {told}");
    }
    println!("* without hints");
}
