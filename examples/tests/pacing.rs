//! The program `pacing` as its users start it.

mod program;

use std::{fs, path::PathBuf, time::Duration};

use backoff_examples::messages_api::Limit;
use program::{end, program};

#[test]
fn a_row_for_each_limit_with_each_way_and_a_picture_are_made() {
    let chart = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pacing.png");
    let arguments = ["--count", "60", "--rate", "30", "--max-wait", "0.5", "--chart"];
    let (stdout, stderr, status) = end(program("pacing").args(arguments).arg(&chart));
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.starts_with("60 messages each; calls and time as multiples of the least possible:"));
    // The calls per message, of each way.
    let row = |name: &str| -> Vec<f64> {
        let row = stdout.lines().find_map(|line| line.strip_prefix(name)).expect(&stdout);
        row.split_whitespace().step_by(2).filter_map(|cell| cell.parse().ok()).collect()
    };
    let names =
        ["30 a second, known", "falls to 15 a second", "two loops share the limit", "30 per 1 s, at once"];
    for name in names {
        let row = row(name);
        assert!(row.len() == 5 && row.iter().all(|calls| *calls >= 1.0), "{stdout}");
    }
    for guess in ["30 a second, guessed as 15", "30 a second, guessed as 60"] {
        assert_eq!(row(guess).len(), 4, "nobody could tell a pacer: {stdout}");
    }
    assert!([0, 2].iter().all(|told| row(names[*told])[3] <= 1.0), "{stdout}");
    // Now and then a call comes a moment before its window.
    assert!(row(names[3])[3] <= 1.1, "{stdout}");
    assert!(fs::read(chart).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn so_few_messages_that_the_limit_is_not_met_are_refused() {
    let (stdout, stderr, status) = end(program("pacing").args(["--count", "5", "--rate", "5"]));
    assert_eq!((stdout.as_str(), status), ("", 2));
    assert_eq!(stderr, "error: 5 messages pass at once, so there is no limit to meet: send more\n");
}

#[test]
fn the_least_time_begins_when_what_passes_at_once_has_passed() {
    assert_eq!(Limit::per_second(5.0).least_time(200), Duration::from_secs(39));
    assert_eq!(Limit::Rate { rate: 0.5, burst: 1 }.least_time(2), Duration::from_secs(2));
    assert_eq!(Limit::per_second(5.0).least_time(4), Duration::ZERO);
}
