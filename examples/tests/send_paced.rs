//! Sending in front of whose calls a pacer stands, against the strict server of the examples, by real HTTP.

use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};

use backoff_examples::{
    arguments::Pacing,
    delivery::{Courier, Delivery, send_to_all},
    messages_api::{Counts, Faults, Limit, Rules, Server},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    report::Summary,
    send_paced::Paced,
    vonage::Client,
};

const SENDER: &str = "12015550199";
const TWO_MINUTES: Duration = Duration::from_secs(120);

fn paced(server: &Server, known_to: &Server, max_time: Duration, pacing: Pacing) -> Arc<Paced> {
    let credentials = known_to.credentials(SENDER);
    let client = Client::new(&server.url(), &credentials, Duration::from_secs(600)).unwrap();
    let max_wait = Duration::from_millis(400);
    let outbox =
        Outbox::new(client.with_timeout(Duration::from_secs(1)), max_time, max_wait, Progress::hidden(0));
    Arc::new(Paced { outbox, pacer: pacing.pacer() })
}

async fn send(server: Server, count: usize, max_time: Duration, pacing: Pacing) -> (Delivery, Counts) {
    let paced = paced(&server, &server, max_time, pacing);
    let numbers = Recipients::invented(count).numbers;
    let delivery = send_to_all(&paced, &numbers, "The lift works again", pending()).await;
    assert_eq!((paced.pacer.waiting(), paced.pacer.in_flight()), (0, 0));
    let summary = Summary::new(&*paced, delivery.clone(), Some(server.stop().await));
    assert_eq!(summary.paced_at, paced.pacer().unwrap().rate());
    assert_eq!(summary.differences(), Vec::<String>::new());
    (delivery, summary.server.unwrap())
}

/// That each of the invented recipients got one message, and no other.
fn assert_one_each(counts: &Counts, count: usize) {
    let accepted: BTreeMap<_, _> =
        counts.by_recipient.iter().map(|(to, of)| (to.clone(), of.accepted)).collect();
    assert_eq!(accepted, Recipients::invented(count).numbers.into_iter().map(|number| (number, 1)).collect());
}

#[tokio::test]
async fn the_limit_is_found_and_hardly_a_call_is_refused() {
    let server = Server::start(Limit::Rate { rate: 20.0, burst: 1 }).await.unwrap();
    let (delivery, counts) = send(server, 30, TWO_MINUTES, Pacing::Adaptive).await;
    assert_eq!((delivery.accepted, delivery.unreached.len()), (30, 0));
    assert_one_each(&counts, 30);
    assert!(counts.with_status(429) > 0, "the limit was never met: {counts:?}");
    assert!(f64::from(counts.calls()) <= 30.0 * 1.25, "{} calls", counts.calls());
}

#[tokio::test]
async fn at_a_rate_that_is_known_no_call_is_refused() {
    let server = Server::start(Limit::per_second(50.0)).await.unwrap();
    let (_, counts) = send(server, 100, TWO_MINUTES, Pacing::PerSecond(50.0)).await;
    assert_one_each(&counts, 100);
    assert_eq!(counts.calls(), 100);
}

#[tokio::test]
async fn a_server_that_loses_answers_as_well_sends_nobody_a_second_message() {
    let faults = "drop=0.3,seed=1".parse::<Faults>().unwrap();
    let server = Server::start(Rules { faults, ..Limit::per_second(50.0).into() }).await.unwrap();
    let (delivery, counts) = send(server, 60, TWO_MINUTES, Pacing::Adaptive).await;
    assert_eq!(delivery.accepted, 60, "{:?}", delivery.unreached);
    assert_one_each(&counts, 60);
    assert!(counts.lost > 0, "{counts:?}");
}

#[tokio::test]
async fn a_message_whose_turn_does_not_come_in_time_is_given_up_without_a_call() {
    let server = Server::start(Limit::per_second(50.0)).await.unwrap();
    let (delivery, counts) = send(server, 3, Duration::from_secs(60), Pacing::PerSecond(0.01)).await;
    assert_eq!((delivery.accepted, delivery.given_up(), counts.calls()), (1, 2, 1));
    assert!(delivery.unreached.iter().all(|who| who.reason == "given up before its first call"));
}

#[tokio::test]
async fn what_the_server_will_never_take_is_given_up_after_one_call() {
    let limit = Limit::per_second(100.0);
    let (server, other) = tokio::try_join!(Server::start(limit), Server::start(limit)).unwrap();
    let paced = paced(&server, &other, TWO_MINUTES, Pacing::Adaptive);
    let delivery = send_to_all(&paced, &Recipients::invented(2).numbers, "Hello", pending()).await;
    let told = "given up after 1 call, the last answer: 401 Unauthorized";
    assert!(delivery.unreached.iter().all(|who| who.reason.starts_with(told)), "{:?}", delivery.unreached);
    assert_eq!(server.stop().await.with_status(401), 2);
}
