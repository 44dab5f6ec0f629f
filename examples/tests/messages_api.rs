//! The loopback Messages API is strict: what it refuses, with which answer, and that it counts it.

mod api;

use api::{Api, PLENTY, answer, detail_of_401, token};
use backoff_examples::messages_api::Limit;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

const MESSAGES: &str = "/v0.1/messages";

fn message() -> Value {
    json!({
        "from": { "type": "sms", "number": "12015550199" },
        "to": { "type": "sms", "number": "13055550157" },
        "message": { "content": { "type": "text", "text": "Hello" } },
    })
}

/// The refusal's words for a token with these claims.
async fn unauthorized(api: &Api, claims: &Value) -> String {
    detail_of_401(&api.post(Some(&api.token(claims)), &message()).await)
}

#[tokio::test]
async fn a_good_message_is_accepted_with_its_identifier() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let token = api.token(&api.claims());
    let first = api.post(Some(&token), &message()).await;
    let second = api.post(Some(&token), &message()).await;
    assert_eq!([first.status.as_u16(), second.status.as_u16()], [202, 202]);
    let uuids = [&first, &second].map(|answer| answer.body["message_uuid"].as_str().unwrap().to_owned());
    assert!(uuids.iter().all(|uuid| uuid.len() == 36) && uuids[0] != uuids[1], "{uuids:?}");
    let counts = api.server.stop().await;
    assert_eq!((counts.calls(), counts.by_recipient["13055550157"].accepted), (2, 2));
}

#[tokio::test]
async fn a_token_of_another_key_is_refused() {
    let (api, other) = (Api::start(MESSAGES, PLENTY).await, Api::start(MESSAGES, PLENTY).await);
    let foreign = token(&api.claims(), other.server.private_key_pem());
    let detail = detail_of_401(&api.post(Some(&foreign), &message()).await);
    assert_eq!(detail, "the token is not signed by this application's private key");
}

#[tokio::test]
async fn no_token_or_none_of_rs256_is_refused() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let detail = detail_of_401(&api.post(None, &message()).await);
    assert_eq!(detail, "no `Authorization: Bearer` token");
    let detail = detail_of_401(&api.post(Some("abc"), &message()).await);
    assert_eq!(detail, "the token is not a JSON Web Token");
    let secret = EncodingKey::from_secret(api.server.private_key_pem().as_bytes());
    let symmetric = encode(&Header::new(Algorithm::HS256), &api.claims(), &secret).unwrap();
    let detail = detail_of_401(&api.post(Some(&symmetric), &message()).await);
    assert_eq!(detail, "the token is not signed by RS256");
}

#[tokio::test]
async fn each_claim_is_required() {
    let api = Api::start(MESSAGES, PLENTY).await;
    for claim in ["application_id", "iat", "exp", "jti"] {
        let mut claims = api.claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(unauthorized(&api, &claims).await, format!("the claim `{claim}` is missing"));
    }
}

#[tokio::test]
async fn each_claim_is_checked() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let now = get_current_timestamp();
    for (claim, value, told) in [
        ("exp", json!(now - 1), "the token has expired"),
        ("exp", json!(now + 100_000), "the claim `exp` must be after `iat`, by a day at most"),
        ("iat", json!(now + 45), "the claim `iat` lies in the future"),
        ("iat", json!("now"), "the claim `iat` is not a whole number of seconds"),
        ("jti", json!(""), "the claim `jti` is empty"),
        (
            "application_id",
            json!("another"),
            "the claim `application_id` is not of an application known here",
        ),
    ] {
        let mut claims = api.claims();
        claims[claim] = value;
        assert_eq!(unauthorized(&api, &claims).await, told);
    }
    assert_eq!(api.server.counts().with_status(401), 6);
}

#[tokio::test]
async fn a_wrong_field_is_refused_by_its_name() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let mut body = message();
    body["to"] = json!({ "type": "mms", "number": "+13055550157", "name": "Ada" });
    assert_eq!(api.invalid(&body).await, ["to.name", "to.type", "to.number"]);
    body = message();
    body["message"]["content"].as_object_mut().unwrap().remove("text");
    assert_eq!(api.invalid(&body).await, ["message.content.text"]);
    let counts = api.server.counts();
    assert_eq!((counts.with_status(422), counts.by_recipient.len()), (2, 0));
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let (url, token) = (format!("{}/v0.1/messages", api.server.url()), api.token(&api.claims()));
    let request = api.http.post(&url).bearer_auth(&token).body("{");
    assert_eq!(answer(request.try_clone().unwrap()).await.status.as_u16(), 415);
    let refused = answer(request.header(CONTENT_TYPE, "application/json; charset=utf-8")).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.body["invalid_parameters"][0]["name"], "body");
}

#[tokio::test]
async fn more_than_the_rate_allows_is_refused_with_the_time_to_stay_away() {
    let api = Api::start(MESSAGES, Limit::Rate { rate: 0.01, burst: 2 }).await;
    let token = api.token(&api.claims());
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(api.post(Some(&token), &message()).await.status.as_u16());
    }
    assert_eq!(statuses, [202, 202, 429]);
    let refused = api.post(Some(&token), &message()).await;
    let seconds: u64 = refused.retry_after.unwrap().parse().unwrap();
    assert!((1..=100).contains(&seconds), "{seconds}");
    let counts = api.server.counts().by_recipient["13055550157"];
    assert_eq!((counts.accepted, counts.refused), (2, 2));
}

#[tokio::test]
async fn a_refused_body_or_token_uses_up_none_of_the_rate() {
    let api = Api::start(MESSAGES, Limit::Rate { rate: 0.01, burst: 1 }).await;
    assert_eq!(api.post(None, &message()).await.status.as_u16(), 401);
    assert_eq!(api.invalid(&json!({})).await.len(), 6);
    assert_eq!(api.post(Some(&api.token(&api.claims())), &message()).await.status.as_u16(), 202);
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_and_not_counted() {
    let api = Api::start(MESSAGES, PLENTY).await;
    let url = api.server.url();
    assert_eq!(answer(api.http.get(format!("{url}/v0.1/messages"))).await.status.as_u16(), 405);
    assert_eq!(answer(api.http.post(format!("{url}/v1/messages"))).await.status.as_u16(), 404);
    assert_eq!(api.server.stop().await.calls(), 0);
}
