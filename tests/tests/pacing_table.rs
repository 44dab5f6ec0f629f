//! Calls and time of annotated functions that share a pacer, as ratios to what each server allows.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::{ROWS, Ratios, Row};

fn assert_at_most(row: &Row, measured: Ratios, calls: f64, time: f64) {
    assert!(measured.calls <= calls && measured.time <= time, "{}: {measured}", row.name);
}

#[test]
fn an_adaptive_pacer_is_close_to_the_limit_and_no_worse_than_the_reference() {
    // Of calls and time: the goal is 1.03 and 1.05. At 170 a second the one closed second that teaches the limit costs
    // 1.034 of 29 seconds alone.
    let most = [1.035, 1.045, 1.125, 1.02, 1.05, 1.045, 1.25];
    for (row, time) in ROWS.iter().zip(most) {
        let measured = row.ratios(|_| Pacer::adaptive(), 3);
        assert_at_most(row, measured, 1.03, time);
        assert_at_most(row, measured, row.reference.calls + 0.005, row.reference.time + 0.015);
    }
}

#[test]
fn a_pacer_that_was_told_the_rate_makes_no_call_in_vain() {
    for row in &ROWS {
        let shortest = f64::from(row.messages) / (f64::from(row.messages) - row.burst);
        let measured = row.ratios(|row| Pacer::per_second(row.rate), 1);
        assert_at_most(row, measured, 1.0, shortest / 0.95 + 0.005);
    }
}

#[test]
fn without_a_margin_it_takes_the_time_that_the_limit_takes() {
    // Above, a late call is made up for, which a server that saves up nothing does not allow.
    for row in ROWS.iter().filter(|row| row.noise == 0.0 && row.rate <= 50.0) {
        let measured = row.ratios(|row| Pacer::per_second(row.rate).margin(1.0), 1);
        assert_at_most(row, measured, 1.0, 1.005);
    }
}
