//! The small examples as their readers run them: what each prints, and that it ends well.

mod program;

use std::{env, fs, path::Path};

use program::{end, program};

/// What it prints, when it ends without a failure.
fn printed(name: &str) -> String {
    let (stdout, stderr, status) = end(&mut program(name));
    assert!(status == 0 && stderr.is_empty(), "{name}: {status}\n{stdout}\n{stderr}");
    stdout
}

/// Whether these texts stand in what was printed, in this order.
#[track_caller]
fn assert_in_order(printed: &str, texts: &[&str]) {
    texts.iter().fold(printed, |rest, text| match rest.split_once(text) {
        Some((_, rest)) => rest,
        None => panic!("{text:?} is missing from {rest:?}, the rest of:\n{printed}"),
    });
}

fn count(printed: &str, text: &str) -> usize {
    printed.matches(text).count()
}

#[test]
fn retry_on_error() {
    let printed = printed("retry_on_error");
    assert_eq!(count(&printed, "asking for the weather in Lisbon\n"), 3);
    assert_eq!(count(&printed, "  no answer: "), 2);
    assert!(printed.ends_with("\nLisbon: sunny, 21 degrees\n"), "{printed}");
}

#[test]
fn poll_until_ready() {
    let polls = "warm: false\nwarm: true\njob: Queued\njob: Printing { page: 1 }\njob: Printing { page: 2 }\n\
                 job: Done { pages: 2 }\nPrinted 2 pages.\n";
    assert_eq!(printed("poll_until_ready"), polls);
}

#[test]
fn give_up_on_fatal_errors() {
    let printed = printed("give_up_on_fatal_errors");
    let orders = "GET /orders\n  3 orders\n  requests: 3\n";
    let accounts = "GET /accounts\n  gave up, reason: giveup\n  status 401\n  requests: 1\n";
    let no_such_page = "GET /no-such-page\n  status 404\n  requests: 1\n";
    assert_in_order(&printed, &[orders, accounts, orders, no_such_page]);
}

#[test]
fn strategies() {
    let events = [
        "a bad day",
        "  try 1: Busy, again in 10ms",
        "  try 2: ConnectionLost, again in 50ms",
        "  try 3: Busy, again in 20ms",
        "  try 4: ConnectionLost, again in 50ms",
        "  Ok(42)",
        "a busy day",
        "  try 1: Busy, again in 10ms",
        "  try 2: ConnectionLost, again in 50ms",
        "  try 3: Busy, again in 20ms",
        "  try 4: Busy, given up: max_tries",
        "  Err(Busy)",
        "the wrong table",
        "  Err(NoSuchTable)",
        "",
    ];
    assert_eq!(printed("strategies"), events.join("\n"));
}

#[test]
fn handlers() {
    let printed = printed("handlers");
    let events = [
        "parcel 1: attempt 1\n",
        " INFO backoff: Backing off announce(...) for 0.1s (no answer in time) ",
        "note: attempt 1 of announce: no answer in time\n",
        "parcel 1: attempt 2\n",
        " INFO backoff: Backing off announce(...) for 0.2s (no answer in time) ",
        "note: attempt 2 of announce: no answer in time\n",
        "parcel 1: attempt 3\n",
        "ERROR backoff: Giving up announce(...) after 3 tries (no answer in time) ",
        "note: attempt 3 of announce: no answer in time\n",
        "support: told after 3 attempts, because of max_tries\n",
        "parcel 1: Err(TimedOut)\n",
        "parcel 2: attempt 1\nparcel 2: pick-up on Monday\nparcel 2: Ok(\"Monday\")\n",
        "Statistics { failures: 3 }\n",
    ];
    assert_in_order(&printed, &events);
}

#[test]
fn own_generator() {
    let printed = printed("own_generator");
    let call = "ringing the taxi rank\n";
    let taxi =
        [call, "  again in 20ms\n", call, "  again in 40ms\n", call, "  gave up after 3 calls: exhausted\n"];
    assert!(printed.starts_with(&taxi.concat()), "{printed}");
    let line = [
        "  6 in front: wait 60ms\n",
        "  3 in front: wait 30ms\n",
        "  1 in front: wait 10ms\n",
        "  Ok(\"stamps\")\n",
    ];
    assert_in_order(&printed, &["post office:\n", &line.concat(), "  Err(NotYet { in_front: 500 })\n"]);
}

#[test]
fn retry_after() {
    let printed = printed("retry_after");
    assert_eq!(
        (count(&printed, "  a request, in time\n"), count(&printed, "too early")),
        (4, 0),
        "{printed}"
    );
    let polite = ["  refused; wait 120ms\n", "  refused; wait 60ms\n", "  Ok(\"12 pages about sailing\")\n"];
    assert_in_order(&printed, &polite);
    assert_in_order(&printed, &["One that doesn't:\n", "  refused; gave up: exhausted\n", "  Err("]);
}

#[test]
fn per_call_configuration() {
    let missing = |requests| format!("  Err(\"Moby-Dick: not found yet\"), requests: {requests}\n");
    let [in_a_hurry, patient, without_patience] = [2, 5, 1].map(missing);
    let printed = printed("per_call_configuration");
    let calls = [
        "in a hurry:\n  (reading the settings)\n",
        &in_a_hurry,
        "patient:\n  (reading the settings)\n",
        &patient,
        "without a limit:\n  (reading the settings)\n  Ok(\"Moby-Dick: shelf 9\"), requests: 7\n",
        "without patience:\n  (reading the settings)\n",
        &without_patience,
    ];
    assert_eq!(printed, calls.concat());
}

#[test]
fn sync() {
    let printed = printed("sync");
    let first = ["first backup: got the lock\n", "first backup: done\n", "second backup: got the lock\n"];
    assert_in_order(&printed, &first);
    assert_in_order(&printed, &["second backup: the lock is taken, waiting\n", "second backup: done\n"]);
    assert!(printed.ends_with("Both backups ran, one after the other.\n"), "{printed}");
}

#[test]
fn without_attributes() {
    let printed = printed("without_attributes");
    let lines = ["attempt 1: no connection yet\n", "connected: true\n", "worker finished: true\n"];
    assert_in_order(&printed, &lines);
}

#[test]
fn testing() {
    let printed = printed("testing");
    assert_eq!(count(&printed, " ... ok, "), 5, "{printed}");
    assert!(printed.ends_with("All tests passed.\n"), "{printed}");
}

/// The list for readers is complete, and so is the one above.
#[test]
fn every_example_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [manifest, readme, tests] = ["Cargo.toml", "README.md", "tests/small.rs"]
        .map(|file| fs::read_to_string(folder.join(file)).unwrap());
    let (mut examples, mut small) = (0, 0);
    for example in manifest.split("[[example]]\n").skip(1) {
        let mut values = example.split('"').skip(1).step_by(2);
        let (name, path) = (values.next().unwrap(), values.next().unwrap());
        assert!(readme.contains(&format!("--example {name}`")), "{name} is missing from README.md");
        if path.starts_with("small/") {
            assert!(tests.contains(&format!("printed(\"{name}\")")), "{name} is not run by a test");
            small += 1;
        }
        examples += 1;
    }
    assert_eq!(small, fs::read_dir(folder.join("small")).unwrap().count());
    assert_eq!(readme.matches(" --example ").count(), examples, "README.md lists each once");
}
