//! The loopback server places phone calls as the Voice API does, and as strictly.

mod api;

use api::{Api, PLENTY, answer, detail_of_401, token};
use backoff_examples::messages_api::PhoneCall;
use serde_json::{Value, json};

const CALLS: &str = "/v1/calls";

fn call() -> Value {
    json!({
        "from": { "type": "phone", "number": "12015550199" },
        "to": [{ "type": "phone", "number": "12015550142" }],
        "ncco": [{ "action": "talk", "text": "Wake up" }],
    })
}

#[tokio::test]
async fn a_good_call_is_placed() {
    let api = Api::start(CALLS, PLENTY).await;
    let placed = api.post_as_known(&call()).await;
    assert_eq!(placed.status.as_u16(), 201);
    assert_eq!((&placed.body["status"], &placed.body["direction"]), (&json!("started"), &json!("outbound")));
    assert_eq!(placed.body["uuid"].as_str().unwrap().len(), 36);
    assert!(placed.body["conversation_uuid"].as_str().unwrap().starts_with("CON-"));
    let expected = PhoneCall { to: "12015550142".into(), text: "Wake up".into() };
    assert_eq!((api.server.phone_calls(), api.server.counts().calls()), (vec![expected], 0));
}

#[tokio::test]
async fn a_token_that_is_missing_or_foreign_is_refused() {
    let (api, other) = (Api::start(CALLS, PLENTY).await, Api::start(CALLS, PLENTY).await);
    assert_eq!(detail_of_401(&api.post(None, &call()).await), "no `Authorization: Bearer` token");
    let foreign = token(&api.claims(), other.server.private_key_pem());
    let detail = detail_of_401(&api.post(Some(&foreign), &call()).await);
    assert_eq!(detail, "the token is not signed by this application's private key");
    assert_eq!(api.server.phone_calls(), []);
}

#[tokio::test]
async fn each_wrong_field_is_refused_by_its_name() {
    let api = Api::start(CALLS, PLENTY).await;
    let mut body = call();
    body["to"][0] = json!({ "type": "sms", "number": "+1", "name": "Ada" });
    body["ncco"][0]["action"] = json!("record");
    assert_eq!(api.invalid(&body).await, ["to.0.name", "to.0.type", "to.0.number", "ncco.0.action"]);
    body = call();
    body["ncco"][0].as_object_mut().unwrap().remove("text");
    body["answer_url"] = json!([]);
    assert_eq!(api.invalid(&body).await, ["answer_url", "ncco.0.text"]);
    body = call();
    body["to"] = json!([{ "type": "phone", "number": "12015550142" }, {}]);
    assert_eq!(api.invalid(&body).await, ["to"]);
    assert_eq!(api.server.phone_calls(), []);
}

#[tokio::test]
async fn more_than_three_calls_at_once_are_refused_with_the_time_to_stay_away() {
    let api = Api::start(CALLS, PLENTY).await;
    let mut refused = 0;
    for _ in 0..20 {
        let answer = api.post_as_known(&call()).await;
        refused += u32::from(answer.status.as_u16() == 429);
        assert_eq!(answer.retry_after.is_some(), answer.status.as_u16() == 429);
    }
    assert_eq!(api.server.phone_calls().len() as u32, 20 - refused);
    assert!(refused > 0);
}

#[tokio::test]
async fn only_post_places_a_call() {
    let api = Api::start(CALLS, PLENTY).await;
    let asked = answer(api.http.get(format!("{}{CALLS}", api.server.url()))).await;
    assert_eq!(asked.status.as_u16(), 405);
}
