//! A strategy for each kind of failure, against a server that fails in each of these ways, by real HTTP.

use std::{future::pending, sync::Arc, time::Duration};

use backoff_examples::{
    delivery::send_to_all,
    ledger::Attempts,
    messages_api::{Faults, Limit, Rules, Server},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    send_sms::{Sms, send_sms},
    vonage::{CallError, Client},
};

const PLENTY: Limit = Limit::Rate { rate: 1000.0, burst: 1000 };
const NUMBER: &str = "13055550157";

/// Waits and time limits of calls are short, so that the tests are.
fn outbox(server: &Server, max_time: Duration) -> Outbox {
    let client = Client::new(&server.url(), &server.credentials("12015550199"), Duration::from_secs(600));
    let client = client.unwrap().with_timeout(Duration::from_millis(600));
    Outbox::new(client, max_time, Duration::from_millis(50), Progress::hidden(0))
}

async fn failing(faults: &str, max_time: Duration) -> (Server, CallError, Attempts) {
    let server = Server::start(Rules { faults: faults.parse().unwrap(), ..PLENTY.into() }).await.unwrap();
    let outbox = outbox(&server, max_time);
    let failure = send_sms(&outbox, &Sms::new(NUMBER, "Hello")).await.unwrap_err();
    (server, failure, outbox.counts().by_recipient[NUMBER].clone())
}

#[tokio::test]
async fn everyone_is_reached_exactly_once_or_listed_with_the_reason_under_all_faults_at_once() {
    let faults = Faults { server_error: 0.1, drop: 0.15, stall: 0.1, seed: 5 };
    let server =
        Server::start(Rules { faults, ..Limit::Rate { rate: 60.0, burst: 5 }.into() }).await.unwrap();
    let outbox = Arc::new(outbox(&server, Duration::from_secs(120)));
    let mut numbers = Recipients::invented(80).numbers;
    numbers.push("555".into());

    let delivery = send_to_all(&outbox, &numbers, "The lift works again", pending()).await;

    let counts = server.stop().await;
    for number in &numbers {
        let listed = delivery.unreached.iter().find(|who| who.number == *number);
        let messages = counts.by_recipient.get(number).map_or(0, |of| of.accepted);
        match listed {
            None => assert_eq!(messages, 1, "{number} is said to be reached"),
            Some(who) if messages > 0 => assert!(messages == 1 && who.reason.contains("may have arrived")),
            Some(who) => assert!(who.given_up && who.reason.contains("the last answer: "), "{who:?}"),
        }
    }
    let invalid = delivery.unreached.iter().find(|who| who.number == "555").unwrap();
    assert!(invalid.reason.contains("422 Unprocessable Entity: `to.number` must be"), "{invalid:?}");
    assert!(delivery.accepted >= 60, "most of them get through: {delivery:?}");
    for status in [202, 422, 429, 503] {
        assert!(counts.with_status(status) > 0, "no answer was {status}: {counts:?}");
    }
    assert!(counts.lost > 0 && counts.repeated > 0, "{counts:?}");
    assert!(counts.calls() <= outbox.counts().calls, "{counts:?}");
}

#[tokio::test]
async fn a_server_that_fails_is_called_four_times() {
    let (server, failure, attempts) = failing("5xx=1", Duration::from_secs(120)).await;
    assert_eq!((attempts.calls, server.counts().with_status(503)), (4, 4));
    assert_eq!(failure.to_string(), "503 Service Unavailable: a fault on purpose");
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_until_max_time() {
    let (server, failure, attempts) = failing("drop=1", Duration::from_secs(1)).await;
    assert!(matches!(failure, CallError::Broken(_)), "{failure}");
    assert!(attempts.calls > 4 && attempts.may_have_arrived, "{attempts:?}");
    let counts = server.stop().await;
    assert_eq!((counts.lost, counts.accepted()), (attempts.calls, 1));
}

#[tokio::test]
async fn a_call_without_an_answer_in_time_is_tried_again() {
    let (server, failure, attempts) = failing("stall=1", Duration::from_millis(1300)).await;
    assert_eq!((failure, server.counts().lost), (CallError::TimedOut, attempts.calls));
    assert!(attempts.calls > 1, "{attempts:?}");
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_given_up_at_once() {
    let server = Server::start(PLENTY).await.unwrap();
    let outbox = outbox(&server, Duration::from_secs(120));
    let failure = send_sms(&outbox, &Sms::new(NUMBER, "")).await.unwrap_err();
    let told = "422 Unprocessable Entity: `message.content.text` must have 1 to 1000 characters";
    assert_eq!((failure.to_string().as_str(), outbox.counts().calls), (told, 1));
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_recognised_and_one_to_someone_else_refused() {
    let server = Server::start(Limit::Rate { rate: 0.01, burst: 1 }).await.unwrap();
    let outbox = outbox(&server, Duration::ZERO);
    let sms = Sms::new(NUMBER, "Hello");
    let first = send_sms(&outbox, &sms).await.unwrap();
    let again = send_sms(&outbox, &sms).await.unwrap();
    assert!(first.message_uuid.is_some() && first.message_uuid == again.message_uuid);
    let mut other = Sms::new("15615550134", "Hello");
    other.client_ref = sms.client_ref;
    let refused = send_sms(&outbox, &other).await.unwrap_err().to_string();
    assert_eq!(refused, "422 Unprocessable Entity: `client_ref` is of a message to someone else");
    let counts = server.stop().await;
    assert_eq!((counts.accepted(), counts.repeated, counts.with_status(202)), (1, 1, 2));
}
