//! The loopback Messages API is strict: what it refuses, with which answer, and that it counts it.

use backoff_examples::messages_api::{Limit, Server};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

const PLENTY: Limit = Limit { rate: 1000.0, burst: 1000 };

struct Api {
    server: Server,
    http: reqwest::Client,
}

struct Answer {
    status: StatusCode,
    kind: String,
    retry_after: Option<String>,
    is_challenge: bool,
    body: Value,
}

impl Api {
    async fn start(limit: Limit) -> Self {
        Self { server: Server::start(limit).await.unwrap(), http: reqwest::Client::new() }
    }

    fn claims(&self) -> Value {
        let now = get_current_timestamp();
        json!({ "application_id": self.server.application_id(), "iat": now, "exp": now + 60, "jti": "one" })
    }

    fn token(&self, claims: &Value) -> String {
        token(claims, self.server.private_key_pem())
    }

    async fn post(&self, token: Option<&str>, body: &Value) -> Answer {
        let request = self.http.post(format!("{}/v0.1/messages", self.server.url())).json(body);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        answer(request).await
    }

    /// The refusal's words for a token with these claims.
    async fn unauthorized(&self, claims: &Value) -> String {
        detail_of_401(&self.post(Some(&self.token(claims)), &message()).await)
    }

    /// The fields that a refusal names.
    async fn invalid(&self, body: &Value) -> Vec<String> {
        let answer = self.post(Some(&self.token(&self.claims())), body).await;
        assert_eq!((answer.status.as_u16(), answer.kind.as_str()), (422, "application/problem+json"));
        let fields = answer.body["invalid_parameters"].as_array().unwrap();
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn token(claims: &Value, pem: &str) -> String {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

fn message() -> Value {
    json!({
        "from": { "type": "sms", "number": "12015550199" },
        "to": { "type": "sms", "number": "13055550157" },
        "message": { "content": { "type": "text", "text": "Hello" } },
    })
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (kind, retry_after) = (header(CONTENT_TYPE).unwrap_or_default(), header(RETRY_AFTER));
    let (status, is_challenge) = (response.status(), header(WWW_AUTHENTICATE).as_deref() == Some("Bearer"));
    Answer { status, kind, retry_after, is_challenge, body: response.json().await.unwrap_or_default() }
}

fn detail_of_401(answer: &Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.kind.as_str()), (401, "application/problem+json"));
    assert!(answer.is_challenge);
    answer.body["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_good_message_is_accepted_with_its_identifier() {
    let api = Api::start(PLENTY).await;
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
    let (api, other) = (Api::start(PLENTY).await, Api::start(PLENTY).await);
    let foreign = token(&api.claims(), other.server.private_key_pem());
    let detail = detail_of_401(&api.post(Some(&foreign), &message()).await);
    assert_eq!(detail, "the token is not signed by this application's private key");
}

#[tokio::test]
async fn no_token_or_none_of_rs256_is_refused() {
    let api = Api::start(PLENTY).await;
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
    let api = Api::start(PLENTY).await;
    for claim in ["application_id", "iat", "exp", "jti"] {
        let mut claims = api.claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(api.unauthorized(&claims).await, format!("the claim `{claim}` is missing"));
    }
}

#[tokio::test]
async fn each_claim_is_checked() {
    let api = Api::start(PLENTY).await;
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
        assert_eq!(api.unauthorized(&claims).await, told);
    }
    assert_eq!(api.server.counts().with_status(401), 6);
}

#[tokio::test]
async fn a_wrong_field_is_refused_by_its_name() {
    let api = Api::start(PLENTY).await;
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
    let api = Api::start(PLENTY).await;
    let (url, token) = (format!("{}/v0.1/messages", api.server.url()), api.token(&api.claims()));
    let request = api.http.post(&url).bearer_auth(&token).body("{");
    assert_eq!(answer(request.try_clone().unwrap()).await.status.as_u16(), 415);
    let refused = answer(request.header(CONTENT_TYPE, "application/json; charset=utf-8")).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.body["invalid_parameters"][0]["name"], "body");
}

#[tokio::test]
async fn more_than_the_rate_allows_is_refused_with_the_time_to_stay_away() {
    let api = Api::start(Limit { rate: 0.01, burst: 2 }).await;
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
    let api = Api::start(Limit { rate: 0.01, burst: 1 }).await;
    assert_eq!(api.post(None, &message()).await.status.as_u16(), 401);
    assert_eq!(api.invalid(&json!({})).await.len(), 6);
    assert_eq!(api.post(Some(&api.token(&api.claims())), &message()).await.status.as_u16(), 202);
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_and_not_counted() {
    let api = Api::start(PLENTY).await;
    let url = api.server.url();
    assert_eq!(answer(api.http.get(format!("{url}/v0.1/messages"))).await.status.as_u16(), 405);
    assert_eq!(answer(api.http.post(format!("{url}/v1/messages"))).await.status.as_u16(), 404);
    assert_eq!(api.server.stop().await.calls(), 0);
}
