//! The program `send_sms`, killed in the middle: its next run tells who was reached, and sends to nobody twice.

mod program;

use std::{
    collections::HashSet,
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use backoff_examples::{
    messages_api::{Counts, Faults, Limit, Rules, Server},
    recipients::Recipients,
};
use program::{end, program};
use tempfile::TempDir;

const COUNT: usize = 40;

/// The program in a folder of its own, with the same messages each time.
struct Sender {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    arguments: Vec<String>,
}

impl Sender {
    /// Sends through this API.
    fn through(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.pem"), server.private_key_pem()).unwrap();
        let numbers = Recipients::invented(COUNT).numbers;
        fs::write(folder.path().join("list"), numbers.join("\n")).unwrap();
        let variables = vec![
            ("VONAGE_APPLICATION_ID", server.application_id().to_owned()),
            ("VONAGE_PRIVATE_KEY", "key.pem".to_owned()),
            ("VONAGE_NUMBER", "12015550199".to_owned()),
        ];
        let url = server.url();
        let arguments = ["--api", &url, "--file", "list", "--max-wait", "0.1"].map(str::to_owned).to_vec();
        Self { folder, variables, arguments }
    }

    /// Sends through an API of its own.
    fn alone(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new(), arguments }
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = program("send_sms");
        for name in ["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY", "VONAGE_NUMBER"] {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.args(&self.arguments).args(more).current_dir(self.folder.path());
        command
    }

    /// Runs it until this holds, and kills it then. Whether it was still running.
    async fn kill_when(&self, more: &[&str], holds: impl Fn() -> bool) -> bool {
        let mut child = self.command(more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while !holds() && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "it doesn't come to the point");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let is_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        is_running
    }

    /// What it prints and its exit status, when it runs to its end.
    async fn end(&self, more: &[&str]) -> (String, String, i32) {
        let mut command = self.command(more);
        tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap()
    }

    fn outbox(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// The number beside this name in the table.
fn row(table: &str, name: &str) -> usize {
    let row = table.lines().find_map(|line| line.strip_prefix(name));
    row.and_then(|row| row.split_whitespace().next()).map_or(0, |count| count.parse().unwrap())
}

/// The numbers listed below a line that begins so.
fn listed(table: &str, head: &str) -> HashSet<String> {
    let below = table.lines().skip_while(|line| !line.starts_with(head)).skip(1);
    let lines = below.take_while(|line| line.starts_with("  "));
    let words = lines.flat_map(str::split_whitespace);
    words.filter(|word| word.len() == 11 && word.starts_with("120")).map(str::to_owned).collect()
}

fn with_messages(counts: &Counts, accepted: u32) -> usize {
    counts.by_recipient.values().filter(|of| of.accepted == accepted).count()
}

/// Takes half of what is sent, refuses the rest, and leaves one call in four without an answer.
async fn slow_server(rate: f64) -> Server {
    let faults = Faults { stall: 0.25, ..Faults::NONE };
    Server::start(Rules { faults, ..Limit::per_second(rate).into() }).await.unwrap()
}

#[tokio::test]
async fn killed_several_times_everyone_gets_exactly_one_message() {
    let server = slow_server(30.0).await;
    let sender = Sender::through(&server);
    let mut reached = 0;
    for accepted in [0, 1, 8, 20] {
        let calls = server.counts().calls();
        let holds = || {
            let counts = server.counts();
            counts.accepted() >= accepted && counts.calls() > calls
        };
        assert!(sender.kill_when(&["--resend-unknown"], holds).await);
        let noted = sender.outbox("out/send_sms.outbox").matches("\"reached\"").count();
        // What it knows is true, and grows.
        assert!(noted >= reached && noted <= server.counts().accepted() as usize);
        reached = noted;
    }
    let (table, said, status) = sender.end(&["--resend-unknown", "--timeout", "0.3"]).await;
    assert_eq!(status, 0, "{table}{said}");
    assert_eq!((row(&table, "recipients"), row(&table, "reached before")), (COUNT, reached));
    assert_eq!(row(&table, "accepted"), COUNT - reached);
    assert_eq!(listed(&table, "Reached before").len(), reached);
    let counts = server.stop().await;
    assert_eq!((with_messages(&counts, 1), counts.by_recipient.len()), (COUNT, COUNT), "{counts:?}");
    // Messages that had arrived without an answer, so that without their keys they would have come twice.
    assert!(counts.repeated > 0, "{counts:?}");
}

#[tokio::test]
async fn what_was_in_flight_is_listed_and_not_sent_again_unless_told() {
    let server = slow_server(1000.0).await;
    let sender = Sender::through(&server);
    // Each message was called for, and has its answer unless that is lost.
    let answered = || {
        let outbox = sender.outbox("out/send_sms.outbox");
        outbox.matches("\"reached\"").count() + server.counts().lost as usize >= COUNT
    };
    assert!(sender.kill_when(&["--timeout", "30"], answered).await);

    let (table, said, status) = sender.end(&["--timeout", "0.3"]).await;
    let unknown = listed(&table, "Not reached");
    assert_eq!((status, row(&table, "calls made")), (1, 0), "{table}{said}");
    assert_eq!(row(&table, "reached before") + unknown.len(), COUNT, "{table}");
    assert!(table.contains("was in flight when an earlier run ended; it may have arrived"), "{table}");
    assert!(
        table.contains(&format!("\n{} more were being sent to when it ended.", unknown.len())),
        "{table}"
    );
    let counts = server.counts();
    assert!(!unknown.is_empty() && with_messages(&counts, 1) == counts.by_recipient.len(), "{counts:?}");

    let (table, said, status) = sender.end(&["--timeout", "0.3", "--resend-unknown"]).await;
    assert_eq!((status, row(&table, "accepted")), (0, unknown.len()), "{table}{said}");
    assert_eq!(with_messages(&server.stop().await, 1), COUNT);
}

#[tokio::test]
async fn when_all_were_reached_nothing_is_sent_unless_it_is_begun_anew() {
    let server = Server::start(Limit::per_second(1000.0)).await.unwrap();
    let sender = Sender::through(&server);
    assert_eq!(sender.end(&[]).await.2, 0);
    let calls = server.counts().calls();
    let (said, stderr, status) = sender.end(&[]).await;
    let told = "All 40 were reached before, as out/send_sms.outbox tells: nothing is sent.\n\
                To send them the same text once more, add --anew.\n";
    assert_eq!((stderr.as_str(), status, server.counts().calls()), ("", 0, calls));
    assert!(said.ends_with(told), "{said}");
    // Another text is another message, and so is one to somebody else.
    let (table, _, status) = sender.end(&["--text", "The lift works again"]).await;
    assert_eq!((status, row(&table, "accepted")), (0, COUNT));
    let (table, _, status) = sender.end(&["--anew"]).await;
    assert_eq!((status, row(&table, "accepted")), (0, COUNT));
    assert_eq!(with_messages(&server.stop().await, 3), COUNT);
}

#[tokio::test]
async fn with_an_api_of_its_own_only_a_killed_run_goes_on() {
    let sender = Sender::alone(&["--count", "12", "--rate", "5", "--max-wait", "0.2"]);
    let reached = || sender.outbox("out/loopback.outbox").matches("\"reached\"").count();
    assert!(sender.kill_when(&[], || reached() >= 6).await);
    let before = reached();
    let (table, _, _) = sender.end(&[]).await;
    assert_eq!(row(&table, "reached before"), before, "{table}");
    assert!(
        table.contains(&format!("An earlier run has reached {before}, as out/loopback.outbox tells.")),
        "{table}"
    );
    let (table, said, status) = sender.end(&[]).await;
    assert_eq!((said.as_str(), status, row(&table, "accepted")), ("", 0, 12), "{table}");
    assert!(!table.contains("before"), "{table}");
}

#[tokio::test]
async fn a_file_that_is_no_outbox_or_in_use_stops_it_before_anything_is_sent() {
    let server = Server::start(Limit::per_second(1.0)).await.unwrap();
    let sender = Sender::through(&server);
    let (_, stderr, status) = sender.end(&["--outbox", "list"]).await;
    assert_eq!(status, 2);
    assert_eq!(stderr, "error: line 1 of list is none of an outbox; name another file by --outbox\n");
    let held = fs::File::create(sender.folder.path().join("held")).unwrap();
    held.lock().unwrap();
    let (_, stderr, status) = sender.end(&["--outbox", "held"]).await;
    assert!(status == 2 && stderr.contains("the outbox held is in use by another run"), "{stderr}");
    assert_eq!(server.stop().await.calls(), 0);
}
