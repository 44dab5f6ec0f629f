//! A message that is given up rings the engineer on duty, once.

use std::{future::pending, sync::Arc, time::Duration};

use backoff_examples::{
    delivery::send_to_all,
    messages_api::{Limit, Server},
    on_call::{OnCall, send_or_ring},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    vonage::Client,
};

const ENGINEER: &str = "12015550142";

fn duty(server: &Server, key_of: &Server, max_time: Duration) -> OnCall {
    let credentials = key_of.credentials("12015550199");
    let client = Client::new(&server.url(), &credentials, Duration::from_secs(600)).unwrap();
    let outbox = Outbox::new(client, max_time, Duration::from_millis(200), Progress::hidden(0));
    OnCall { outbox, engineer: ENGINEER.into() }
}

#[tokio::test]
async fn a_message_that_is_given_up_makes_exactly_one_call() {
    let server = Server::start(Limit::Rate { rate: 0.01, burst: 1 }).await.unwrap();
    let duty = duty(&server, &server, Duration::from_millis(600));
    assert!(send_or_ring(&duty, "13055550157", "first").await.is_ok());
    assert_eq!(server.phone_calls(), []);

    assert!(send_or_ring(&duty, "15615550134", "second").await.is_err());

    let calls = server.phone_calls();
    assert_eq!((calls.len(), calls[0].to.as_str()), (1, ENGINEER));
    let text = &calls[0].text;
    assert!(text.starts_with("The message to 15615550134 was given up after "), "{text}");
    assert!(text.ends_with("The last answer was: 429 Too Many Requests"), "{text}");
    assert!(server.counts().with_status(429) >= 2, "it was tried more than once");
}

#[tokio::test]
async fn as_many_calls_as_messages_though_calls_have_a_rate_limit_too() {
    let server = Server::start(Limit::Rate { rate: 0.01, burst: 2 }).await.unwrap();
    let duty = Arc::new(duty(&server, &server, Duration::ZERO));
    let delivery = send_to_all(&duty, &Recipients::invented(8).numbers, "Hello", pending()).await;
    assert_eq!((delivery.accepted, delivery.given_up()), (2, 6));
    let calls = server.phone_calls();
    assert_eq!(calls.len(), 6);
    for who in delivery.unreached {
        let about = calls.iter().filter(|call| call.text.contains(&who.number)).count();
        assert_eq!(about, 1, "{}: {calls:?}", who.number);
    }
}

#[tokio::test]
async fn an_api_that_refuses_the_key_is_not_asked_again_and_again() {
    let (server, other) =
        tokio::try_join!(Server::start(Limit::per_second(9.0)), Server::start(Limit::per_second(9.0)))
            .unwrap();
    let duty = duty(&server, &other, Duration::from_secs(60));
    let failure = send_or_ring(&duty, "13055550157", "Hello").await.unwrap_err();
    assert!(failure.is_final(), "{failure}");
    // Nor can the engineer be rung with it, and that ends, too.
    assert_eq!((server.counts().calls(), server.phone_calls()), (1, vec![]));
}
