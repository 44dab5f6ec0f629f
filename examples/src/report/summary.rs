//! The table, with what client and server counted side by side, and where they differ.

use std::fmt::{self, Display};

use backoff_runtime::Pacer;

use crate::{
    delivery::{Courier, Delivery},
    ledger::ClientCounts,
    messages_api::Counts,
};

/// All that is told in words at the end of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What became of the messages.
    pub delivery: Delivery,
    /// What the client counted.
    pub client: ClientCounts,
    /// What the server counted, if it is ours.
    pub server: Option<Counts>,
    /// The calls per second that the pacer had come to in the end, if there was one.
    pub paced_at: Option<f64>,
}

impl Summary {
    /// What is told of these messages, now that they are all sent or given up.
    #[must_use]
    pub fn new(courier: &impl Courier, delivery: Delivery, server: Option<Counts>) -> Self {
        let paced_at = courier.pacer().and_then(Pacer::rate);
        Self { delivery, client: courier.outbox().counts(), server, paced_at }
    }

    /// Whether everyone was reached.
    #[must_use]
    pub fn all_reached(&self) -> bool {
        self.delivery.unreached.is_empty()
    }

    /// Where client and server counted differently, in words; nothing when they agree.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let Some(server) = &self.server else { return Vec::new() };
        let client = &self.client;
        let mut differences: Vec<_> = [
            ("accepted messages", client.accepted(), server.accepted()),
            ("calls", client.calls, server.calls()),
            ("calls refused with 429", client.refused, server.with_status(429)),
        ]
        .into_iter()
        .filter(|(_, client, server)| client != server)
        .map(|(what, client, server)| format!("{what}: the client counted {client}, the server {server}"))
        .collect();
        if !differences.is_empty() && client.cut_off() > 0 {
            differences
                .push(format!("calls that were cut off before their answer came: {}", client.cut_off()));
        }
        let twice = server.by_recipient.iter().filter(|(_, counts)| counts.accepted > 1);
        differences
            .extend(twice.map(|(number, counts)| format!("{number} got {} messages", counts.accepted)));
        differences
    }

    fn rows(&self) -> Vec<[String; 3]> {
        let (delivery, client) = (&self.delivery, &self.client);
        let per_message = f64::from(client.calls) / f64::from(client.accepted());
        let per_message = if per_message.is_finite() { format!("{per_message:.2}") } else { "-".into() };
        let server = |count: &dyn Fn(&Counts) -> u32| {
            self.server.as_ref().map_or_else(String::new, |counts| count(counts).to_string())
        };
        let failed = |counts: &Counts| counts.calls() - counts.with_status(202) - counts.with_status(429);
        let elapsed = format!("{:.1} s", delivery.elapsed.as_secs_f64());
        let mut rows = vec![
            row("recipients", &delivery.recipients, String::new()),
            row("accepted", &client.accepted(), server(&Counts::accepted)),
            row("calls made", &client.calls, server(&Counts::calls)),
            row("refused with 429", &client.refused, server(&|counts| counts.with_status(429))),
            row("failed otherwise", &client.failed, server(&failed)),
            row("given up", &delivery.given_up(), String::new()),
            row("calls per accepted message", &per_message, String::new()),
            row("elapsed", &elapsed, String::new()),
        ];
        rows.splice(
            7..7,
            self.paced_at
                .map(|rate| row("the pacer's calls per second", &format!("{rate:.2}"), String::new())),
        );
        rows.splice(5..5, self.lost_answers());
        if !delivery.reached_before.is_empty() {
            rows.insert(1, row("reached before", &delivery.reached_before.len(), String::new()));
        }
        rows
    }

    /// Rows for a server that loses answers, below the failed calls that these are among.
    fn lost_answers(&self) -> Vec<[String; 3]> {
        let Some(server) = self.server.as_ref().filter(|server| server.lost > 0) else { return Vec::new() };
        vec![
            row("- whose answer was lost", &"", server.lost.to_string()),
            row("accepted, and sent again", &"", server.repeated.to_string()),
        ]
    }
}

fn row(name: &str, client: &impl ToString, server: String) -> [String; 3] {
    [name.into(), client.to_string(), server]
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["", "client", if self.server.is_some() { "server" } else { "" }].map(String::from);
        for [name, client, server] in [heads].into_iter().chain(self.rows()) {
            let line = format!("{name:<28}{client:>10}{server:>10}");
            writeln!(f, "{}", line.trim_end())?;
        }
        let differences = self.differences();
        if self.server.is_some() && differences.is_empty() {
            writeln!(f, "\nClient and server counted the same.")?;
        }
        list(f, "Client and server counted differently", &differences)?;
        let before: Vec<_> =
            self.delivery.reached_before.chunks(6).map(|numbers| numbers.join("  ")).collect();
        let head = format!("Reached before, and not sent to again ({})", self.delivery.reached_before.len());
        list(f, &head, &before)?;
        let unreached: Vec<_> =
            self.delivery.unreached.iter().map(|who| format!("{}  {}", who.number, who.reason)).collect();
        list(f, &format!("Not reached ({})", unreached.len()), &unreached)
    }
}

fn list(f: &mut fmt::Formatter<'_>, head: &str, items: &[String]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{head}:")?;
    items.iter().try_for_each(|item| writeln!(f, "  {item}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{delivery::Unreached, messages_api::RecipientCounts};

    fn summary() -> Summary {
        let second = Duration::from_secs(1);
        let (mut client, mut server) = (ClientCounts::default(), Counts::default());
        (client.calls, client.refused) = (3, 1);
        for accepted in [true, false, true] {
            client.per_second.add(second, accepted);
            server.per_second.add(second, accepted);
        }
        server.by_status = [(202, 2), (429, 1)].into();
        for number in ["13055550157", "15615550134"] {
            server.by_recipient.insert(number.into(), RecipientCounts { accepted: 1, refused: 0 });
        }
        let delivery = Delivery {
            recipients: 2,
            accepted: 2,
            unreached: vec![],
            reached_before: vec![],
            interrupted: false,
            elapsed: second,
        };
        Summary { delivery, client, server: Some(server), paced_at: None }
    }

    #[test]
    fn counts_that_agree_are_said_to() {
        let shown = summary().to_string();
        let lines: Vec<Vec<_>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[2], ["accepted", "2", "2"]);
        assert_eq!(lines[4], ["refused", "with", "429", "1", "1"]);
        assert_eq!(lines[7], ["calls", "per", "accepted", "message", "1.50"]);
        assert!(shown.ends_with("Client and server counted the same.\n"), "{shown}");
    }

    #[test]
    fn counts_that_differ_are_told() {
        let mut summary = summary();
        summary.client.calls = 4;
        let twice = RecipientCounts { accepted: 2, refused: 0 };
        summary.server.as_mut().unwrap().by_recipient = [("13055550157".into(), twice)].into();
        let told = summary.differences();
        assert_eq!(told[0], "calls: the client counted 4, the server 3");
        assert_eq!(told[1], "calls that were cut off before their answer came: 1");
        assert_eq!(told[2], "13055550157 got 2 messages");
    }

    #[test]
    fn who_was_reached_by_an_earlier_run_is_listed() {
        let mut summary = summary();
        let unknown = vec!["12015550101".to_owned()];
        summary.delivery = summary.delivery.after_earlier(vec!["12015550100".into()], unknown);
        let shown = summary.to_string();
        let lines: Vec<Vec<_>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            lines[1..4],
            [["recipients", "4"].as_slice(), &["reached", "before", "1"], &["accepted", "2", "2"]]
        );
        assert!(shown.contains("\nReached before, and not sent to again (1):\n  12015550100\n"), "{shown}");
        assert!(shown.contains("\nNot reached (1):\n  12015550101  was in flight"), "{shown}");
        assert!(!summary.all_reached());
    }

    #[test]
    fn everyone_who_was_not_reached_is_listed_with_the_reason() {
        let mut summary = summary();
        let reason = "given up after 4 calls, the last answer: 401 Unauthorized".to_owned();
        summary.delivery.unreached =
            vec![Unreached { number: "13055550157".into(), given_up: true, reason: reason.clone() }];
        assert!(!summary.all_reached());
        assert!(summary.to_string().ends_with(&format!("\nNot reached (1):\n  13055550157  {reason}\n")));
    }
}
