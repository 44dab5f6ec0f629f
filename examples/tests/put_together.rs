//! The article's recording: all messages at once are refused less and less until they are through; spaced by what the
//! rate allows they aren't refused at all.

use std::{future::pending, sync::Arc, time::Duration};

use backoff_examples::{
    article::Article,
    delivery::{Delivery, send_to_all},
    ledger::ClientCounts,
    messages_api::{Limit, Server},
    outbox::{Outbox, Spacing},
    progress::Progress,
    recipients::Recipients,
    vonage::Client,
};

const RATE: f64 = 30.0;

async fn send(count: usize, delay: Duration) -> (Delivery, ClientCounts) {
    let server = Server::start(Limit::per_second(RATE)).await.unwrap();
    let credentials = server.credentials("12015550199");
    let client = Client::new(&server.url(), &credentials, Duration::from_secs(600)).unwrap();
    let (max_time, max_wait) = (Duration::from_secs(300), Duration::from_secs(2));
    let outbox =
        Outbox::new(client, max_time, max_wait, Progress::hidden(count)).spaced_by(Spacing::every(delay));
    let article = Arc::new(Article(outbox));
    let delivery = send_to_all(&article, &Recipients::invented(count).numbers, "Hello", pending()).await;
    server.stop().await;
    (delivery, article.0.counts())
}

#[tokio::test]
async fn at_once_most_calls_are_refused_at_first_and_all_get_through() {
    let (delivery, counts) = send(120, Duration::ZERO).await;
    assert_eq!((delivery.accepted, delivery.unreached.len()), (120, 0));
    let seconds = counts.per_second.seconds();
    let (first, last) = (seconds.first().unwrap(), seconds.last().unwrap());
    assert!(first.rejected > 2 * first.accepted, "{seconds:?}");
    assert!(last.rejected < first.rejected / 4, "{seconds:?}");
}

#[tokio::test]
async fn spaced_by_what_the_rate_allows_none_is_refused() {
    let (delivery, counts) = send(60, Duration::from_secs_f64(1.0 / RATE)).await;
    assert_eq!((delivery.accepted, counts.calls, counts.refused), (60, 60, 0));
}
