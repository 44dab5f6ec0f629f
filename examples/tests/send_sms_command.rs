//! The program `send_sms` as its users start it: what it says, and with which status it ends.

mod program;

use std::{env, fs, path::PathBuf, process::Command};

use backoff_examples::messages_api::{Limit, Server};
use program::program;

/// No server listens on this port.
const NOBODY: &str = "http://127.0.0.1:1";
const NUMBER: &str = "12015550199";

/// A file in a folder of the test's own.
fn file(test: &str, name: &str, content: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), content).unwrap();
    folder.join(name)
}

/// The program in that folder, with these variables and no others of its own.
fn command(test: &str, variables: [Option<&str>; 3]) -> Command {
    let mut command = program("send_sms");
    let folder = file(test, "here", "").with_file_name("");
    // That of an earlier test run, whose API may have had the same address.
    let _ = fs::remove_file(folder.join("out/send_sms.outbox"));
    command.current_dir(folder);
    for (name, value) in
        ["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY", "VONAGE_NUMBER"].iter().zip(variables)
    {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// What it printed, which is no secret, and its exit status.
fn end(command: &mut Command) -> (String, String, i32) {
    let (stdout, stderr, status) = program::end(command);
    for printed in [&stdout, &stderr] {
        // A token of three parts begins so, and a key.
        assert!(!printed.contains("eyJ") && !printed.contains("BEGIN"), "a secret was shown: {printed}");
    }
    (stdout, stderr, status)
}

fn mistake(command: &mut Command) -> String {
    let (stdout, stderr, status) = end(command);
    assert_eq!((stdout.as_str(), status), ("", 2), "{stderr}");
    stderr
}

#[test]
fn without_credentials_it_sends_to_its_own_api() {
    let (stdout, stderr, status) =
        end(command("own", [None; 3]).args(["--count", "3", "--rate", "100", "--chart", "charts/three.png"]));
    assert_eq!((stderr.as_str(), status), ("", 0));
    assert!(stdout.contains("Client and server counted the same."), "{stdout}");
    assert!(stdout.ends_with("Chart: charts/three.png\n"), "{stdout}");
    let chart = fs::read(file("own", "here", "").with_file_name("charts").join("three.png")).unwrap();
    assert!(chart.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn with_credentials_it_sends_to_the_api_that_is_named() {
    let server = Server::start(Limit::per_second(100.0)).await.unwrap();
    let key = file("named", "key.pem", server.private_key_pem());
    let list = file("named", "list.csv", "number\n13055550157\n15615550134\n+1 305 555 0157\n");
    let mut command = command("named", [Some(server.application_id()), key.to_str(), Some(NUMBER)]);
    command.args(["--api", &server.url(), "--file", list.to_str().unwrap()]);
    let (_, stderr, status) = tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap();
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("13055550157 stands at 2 and again at 4: it gets one message"), "{stderr}");
    let counts = server.stop().await;
    assert!(counts.by_recipient.values().all(|of| of.accepted == 1) && counts.accepted() == 2, "{counts:?}");
}

#[tokio::test]
async fn a_key_that_the_api_refuses_is_told_with_its_answer() {
    let (server, other) =
        tokio::try_join!(Server::start(Limit::per_second(9.0)), Server::start(Limit::per_second(9.0)))
            .unwrap();
    let key = file("refused", "key.pem", other.private_key_pem());
    let mut command = command("refused", [Some(server.application_id()), key.to_str(), Some(NUMBER)]);
    command.args(["--api", &server.url(), "--max-time", "0", "13055550157"]);
    let (stdout, stderr, status) = tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap();
    let told = "401 Unauthorized: the token is not signed by this application's private key";
    assert!(stderr.contains(told) && stdout.contains(told), "{stderr}{stdout}");
    assert!(stdout.contains("Not reached (1):\n  13055550157  given up after 1 call"), "{stdout}");
    assert_eq!(status, 1);
}

#[test]
fn a_key_file_that_is_missing_or_no_key_is_told() {
    let error = mistake(&mut command("no-key", [Some("id"), Some("no-such.pem"), Some(NUMBER)]));
    assert!(
        error.starts_with("error: cannot read the private key no-such.pem (VONAGE_PRIVATE_KEY): "),
        "{error}"
    );
    file("no-key", "key.pem", "not a key");
    let error = mistake(&mut command("no-key", [Some("id"), Some("key.pem"), Some(NUMBER)]));
    assert!(error.starts_with("error: key.pem (VONAGE_PRIVATE_KEY) holds no RSA private key"), "{error}");
}

#[test]
fn some_of_the_variables_are_not_enough() {
    let error = mistake(&mut command("some", [Some("id"), None, None]));
    assert!(
        error.contains("set VONAGE_PRIVATE_KEY and VONAGE_NUMBER too, or unset VONAGE_APPLICATION_ID"),
        "{error}"
    );
}

#[test]
fn an_api_that_cannot_be_reached_is_told() {
    let error = mistake(command("unreachable", [None; 3]).args(["--api", NOBODY, "13055550157"]));
    assert!(
        error.starts_with(&format!("error: cannot reach the API at {NOBODY}: no connection: ")),
        "{error}"
    );
}

#[tokio::test]
async fn an_api_without_credentials_is_refused() {
    let server = Server::start(Limit::per_second(9.0)).await.unwrap();
    let mut command = command("without", [None; 3]);
    command.args(["--api", &server.url(), "13055550157"]);
    let error = tokio::task::spawn_blocking(move || mistake(&mut command)).await.unwrap();
    assert!(error.contains("set VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY and VONAGE_NUMBER"), "{error}");
    assert_eq!(server.stop().await.calls(), 0);
}

#[test]
fn a_bad_row_stops_it_before_anything_is_sent() {
    file("bad-rows", "list.csv", "13055550157\nnobody\n\n0305\n");
    let error = mistake(command("bad-rows", [None; 3]).args(["--file", "list.csv"]));
    let told = "error: nothing was sent: 2 bad entries of list.csv\n  \
                line 2: `nobody`: a phone number has no `n`\n  line 4: `0305`: ";
    assert!(error.starts_with(told), "{error}");
}

#[test]
fn under_faults_on_purpose_everyone_is_reached_or_listed() {
    let arguments = ["--count", "20", "--rate", "50", "--max-wait", "0.1", "--timeout", "0.5"];
    let faults = ["--faults", "5xx=0.1,drop=0.2,stall=0.1,seed=3"];
    let (stdout, stderr, status) = end(command("faults", [None; 3]).args(arguments).args(faults));
    assert!(stdout.contains("It fails on purpose, by these shares of the calls: 5xx=0.1,"), "{stdout}");
    assert!(stdout.contains("whose answer was lost"), "{stdout}");
    assert!(stderr.contains("a call failed: the connection broke: "), "{stderr}");
    assert_eq!(status, i32::from(stdout.contains("Not reached")), "{stdout}");
}

#[test]
fn paced_it_tells_the_rate_of_the_pacer() {
    let arguments = ["--count", "20", "--rate", "100", "--pacer", "50"];
    let (stdout, stderr, status) = end(command("paced", [None; 3]).args(arguments));
    assert_eq!((stderr.as_str(), status), ("", 0));
    let lines: Vec<Vec<_>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(lines.contains(&vec!["the", "pacer's", "calls", "per", "second", "47.50"]), "{stdout}");
    assert!(lines.contains(&vec!["calls", "per", "accepted", "message", "1.00"]), "{stdout}");
}

#[test]
fn a_pacer_that_is_none_is_told() {
    let error = mistake(command("no-pacer", [None; 3]).args(["--pacer", "fast"]));
    assert!(
        error.contains("'--pacer <adaptive|RATE|NUMBER/TIME>': not a number; write `adaptive`, or the calls"),
        "{error}"
    );
}

#[test]
fn faults_that_are_none_are_told() {
    let error = mistake(command("no-faults", [None; 3]).args(["--faults", "drop=2"]));
    assert!(error.contains("the share 2 is not between 0 and 1"), "{error}");
}
