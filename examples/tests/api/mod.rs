//! A server that is called without the client of the examples, to send it what that would never send.

use backoff_examples::messages_api::{Limit, Server};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

pub(crate) const PLENTY: Limit = Limit::Rate { rate: 1000.0, burst: 1000 };

pub(crate) struct Api {
    pub(crate) server: Server,
    pub(crate) http: reqwest::Client,
    path: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) is_challenge: bool,
    pub(crate) body: Value,
}

impl Api {
    /// The server, called at this path.
    pub(crate) async fn start(path: &'static str, limit: Limit) -> Self {
        Self { server: Server::start(limit).await.unwrap(), http: reqwest::Client::new(), path }
    }

    pub(crate) fn claims(&self) -> Value {
        let now = get_current_timestamp();
        json!({ "application_id": self.server.application_id(), "iat": now, "exp": now + 60, "jti": "one" })
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        token(claims, self.server.private_key_pem())
    }

    pub(crate) async fn post(&self, token: Option<&str>, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{}", self.server.url(), self.path)).json(body);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        answer(request).await
    }

    /// The answer to a body whose token is good.
    pub(crate) async fn post_as_known(&self, body: &Value) -> Answer {
        self.post(Some(&self.token(&self.claims())), body).await
    }

    /// The fields that a refusal names.
    pub(crate) async fn invalid(&self, body: &Value) -> Vec<String> {
        let answer = self.post_as_known(body).await;
        assert_eq!((answer.status.as_u16(), answer.kind.as_str()), (422, "application/problem+json"));
        let fields = answer.body["invalid_parameters"].as_array().unwrap();
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn token(claims: &Value, pem: &str) -> String {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (kind, retry_after) = (header(CONTENT_TYPE).unwrap_or_default(), header(RETRY_AFTER));
    let (status, is_challenge) = (response.status(), header(WWW_AUTHENTICATE).as_deref() == Some("Bearer"));
    Answer { status, kind, retry_after, is_challenge, body: response.json().await.unwrap_or_default() }
}

pub(crate) fn detail_of_401(answer: &Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.kind.as_str()), (401, "application/problem+json"));
    assert!(answer.is_challenge);
    answer.body["detail"].as_str().unwrap().to_owned()
}
