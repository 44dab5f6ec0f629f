//! The annotated `send_sms` of the examples, against the strict server of the examples, by real HTTP.

use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};

use backoff_examples::{
    delivery::send_to_all,
    messages_api::{Limit, Server},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    report::Summary,
    send_sms::{Sms, send_sms},
    vonage::{CallError, Client},
};

const SENDER: &str = "12015550199";

fn outbox(server: &Server, max_time: Duration) -> Outbox {
    let client = Client::new(&server.url(), &server.credentials(SENDER), Duration::from_secs(600)).unwrap();
    // Short waits, so that the test is.
    Outbox::new(client, max_time, Duration::from_millis(400), Progress::hidden(0))
}

#[tokio::test]
async fn everyone_gets_exactly_one_message_though_the_rate_is_exceeded() {
    let server = Server::start(Limit::Rate { rate: 20.0, burst: 2 }).await.unwrap();
    let outbox = Arc::new(outbox(&server, Duration::from_secs(120)));
    let numbers = Recipients::invented(40).numbers;

    let delivery = send_to_all(&outbox, &numbers, "The lift works again", pending()).await;

    let counts = server.stop().await;
    let accepted: BTreeMap<_, _> =
        counts.by_recipient.iter().map(|(to, of)| (to.clone(), of.accepted)).collect();
    assert_eq!(accepted, numbers.iter().map(|number| (number.clone(), 1)).collect());
    assert!(counts.with_status(429) > 0, "the rate was never exceeded: {counts:?}");
    assert_eq!(counts.calls(), 40 + counts.with_status(429));
    assert_eq!((delivery.accepted, delivery.unreached.len(), delivery.interrupted), (40, 0, false));
    let summary = Summary::new(&*outbox, delivery, Some(counts));
    assert_eq!(summary.differences(), Vec::<String>::new());
}

#[tokio::test]
async fn the_function_is_called_again_until_its_message_is_accepted() {
    let server = Server::start(Limit::Rate { rate: 10.0, burst: 1 }).await.unwrap();
    let outbox = outbox(&server, Duration::from_secs(120));
    assert!(send_sms(&outbox, &Sms::new("13055550157", "first")).await.is_ok());
    assert!(send_sms(&outbox, &Sms::new("13055550157", "second")).await.is_ok());
    let counts = server.stop().await;
    assert_eq!(counts.by_recipient["13055550157"].accepted, 2);
    assert_eq!(counts.calls(), outbox.counts().calls);
}

#[tokio::test]
async fn after_max_time_the_message_is_given_up_with_the_last_reason() {
    let server = Server::start(Limit::Rate { rate: 0.01, burst: 1 }).await.unwrap();
    let outbox = Arc::new(outbox(&server, Duration::from_millis(300)));
    let numbers = Recipients::invented(2).numbers;

    let delivery = send_to_all(&outbox, &numbers, "Hello", pending()).await;

    assert_eq!((delivery.accepted, delivery.given_up()), (1, 1));
    let reason = &delivery.unreached[0].reason;
    assert!(reason.starts_with("given up after "), "{reason}");
    assert!(reason.contains("429 Too Many Requests"), "{reason}");
    assert_eq!(server.stop().await.accepted(), 1);
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_told_as_401() {
    let (server, other) =
        tokio::try_join!(Server::start(Limit::per_second(100.0)), Server::start(Limit::per_second(100.0)),)
            .unwrap();
    let client = Client::new(&server.url(), &other.credentials(SENDER), Duration::from_secs(600)).unwrap();
    let outbox = Arc::new(Outbox::new(client, Duration::ZERO, Duration::ZERO, Progress::hidden(1)));

    let delivery = send_to_all(&outbox, &Recipients::invented(1).numbers, "Hello", pending()).await;

    let reason = &delivery.unreached[0].reason;
    assert!(reason.contains("given up after 1 call, the last answer: 401 Unauthorized"), "{reason}");
    assert_eq!((server.counts().with_status(401), server.counts().accepted()), (1, 0));
}

#[tokio::test]
async fn an_interruption_ends_it_with_what_was_reached_so_far() {
    let server = Server::start(Limit::Rate { rate: 0.01, burst: 3 }).await.unwrap();
    let outbox = Arc::new(outbox(&server, Duration::from_secs(120)));
    let watched = Arc::clone(&outbox);
    let three_accepted = async move {
        while watched.counts().accepted() < 3 || watched.counts().refused < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };

    let delivery = send_to_all(&outbox, &Recipients::invented(5).numbers, "Hello", three_accepted).await;

    assert_eq!((delivery.interrupted, delivery.accepted, delivery.given_up()), (true, 3, 0));
    assert_eq!(delivery.unreached.len(), 2);
    assert!(delivery.unreached.iter().all(|who| who.reason.starts_with("cut off after ")));
}

#[tokio::test]
async fn an_address_where_nobody_is_is_told_as_no_connection() {
    let server = Server::start(Limit::per_second(1.0)).await.unwrap();
    let nobody = "http://127.0.0.1:1";
    let client = Client::new(nobody, &server.credentials(SENDER), Duration::from_secs(600)).unwrap();
    let outbox = Outbox::new(client, Duration::ZERO, Duration::ZERO, Progress::hidden(1));
    assert!(send_sms(&outbox, &Sms::new("13055550157", "Hello")).await.is_err());
    let attempts = &outbox.counts().by_recipient["13055550157"];
    assert!(matches!(attempts.last_failure, Some(CallError::Disconnected(_))), "{attempts:?}");
}
