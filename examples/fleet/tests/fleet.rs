//! Real processes that share a limit through a real Redis, as the tables of the example measure them.

use std::process::Command;

use backoff_test_servers::{Redis, or_skip};

/// The row with this name, behind it.
fn measured(arguments: &[&str], name: &str) -> Vec<f64> {
    let program = Command::new(env!("CARGO_BIN_EXE_backoff-example-fleet")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&program.stdout);
    let complaint = String::from_utf8_lossy(&program.stderr);
    assert!(program.status.success(), "{said}{complaint}");
    let line = said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{said}"));
    line.split_whitespace().filter_map(|cell| cell.parse().ok()).collect()
}

#[test]
fn eight_processes_that_are_told_nothing_find_one_limit_together_and_share_it_fairly() {
    let Some(_redis) = or_skip(Redis::start()) else { return };
    let name = "bucket of 1 s, 170/s";
    let row = measured(&["servers", "--server", name, "--processes", "8", "--shared"], name);
    let [8.0, calls, _, least, most] = row[..] else { panic!("{row:?}") };
    assert!(calls < 1.1, "{row:?}");
    assert!(least > 0.8 && most < 1.2, "{row:?}");
}

/// All are sent but those of a process that is killed, and hardly a call is too many.
fn all_are_sent(name: &str, least: f64) {
    let Some(_redis) = or_skip(Redis::start()) else { return };
    let row = measured(&["faults", "--only", name], name);
    let [accepted, refused, ..] = row[..] else { panic!("{row:?}") };
    assert!(accepted >= least && accepted <= 500.0, "{row:?}");
    // So many may be in flight at the moment when it happens.
    assert!(refused <= 20.0, "{row:?}");
}

#[test]
fn nobody_hangs_when_the_process_that_leads_is_killed() {
    all_are_sent("kill -9 of the one that leads", 375.0);
}

#[test]
fn nobody_hangs_when_the_process_that_leads_stands_still() {
    all_are_sent("the one that leads stopped for 3 s", 500.0);
}

#[test]
fn nobody_hangs_when_redis_is_flushed() {
    all_are_sent("FLUSHALL", 500.0);
}

#[test]
fn nobody_hangs_when_redis_does() {
    all_are_sent("Redis hangs for 3 s", 500.0);
}
