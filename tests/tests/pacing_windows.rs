//! Calls and time where so many calls are allowed in a window that is longer than a second.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::{Ratios, WINDOW_ROWS, WindowRow};

fn ratios(row: &WindowRow) -> (Ratios, f64) {
    let adaptive = row.ratios(|_| Pacer::adaptive(), 3);
    let told = row.ratios(WindowRow::told, 1);
    (adaptive, adaptive.time / told.time)
}

#[test]
fn an_adaptive_pacer_uses_a_window_nearly_as_fast_as_the_server_allows_if_that_says_when_it_ends() {
    let hinted = |row: &&WindowRow| row.quota == (100, 10.0) && row.hints && row.name.starts_with("windows");
    for row in WINDOW_ROWS.iter().filter(hinted) {
        let (Ratios { calls, time }, of_told) = ratios(row);
        let most = if row.messages >= 1000 { 1.03 } else { 1.10 };
        assert!(calls <= most && time <= 1.25, "{} {}: {calls} {time} {of_told}", row.name, row.messages);
    }
}

#[test]
fn an_adaptive_pacer_is_not_much_slower_than_one_that_was_told_the_rate_whatever_the_window() {
    for row in &WINDOW_ROWS {
        let (Ratios { calls, time }, of_told) = ratios(row);
        let most = match row.name {
            // What was saved up before is used at once, and then the rate is found.
            "bucket" => 1.20,
            _ if row.messages > 1000 => 1.05,
            _ if row.messages == 1000 => 1.03,
            _ => 1.15,
        };
        assert!(calls <= most && of_told <= 1.2, "{} {:?}: {calls} {time} {of_told}", row.name, row.quota);
    }
}
