//! One call: the article's request, or a phone call.

use std::{net::IpAddr, time::Duration};

use backoff_runtime::RateLimit;
use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CallError, Credentials};

/// How long a call may take before it counts as lost.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of the Messages API and the Voice API. Its token is made once and never shown.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    from: String,
    timeout: Duration,
}

/// What the server says of a message that it accepted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Receipt {
    /// The message's identifier.
    pub message_uuid: Option<String>,
    /// What the server says of its limits.
    #[serde(skip)]
    pub limits: Vec<RateLimit>,
}

/// What the server says of a phone call that it placed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Ringing {
    /// The call's identifier.
    pub uuid: Option<String>,
    /// How far it has come: `started` at first.
    pub status: Option<String>,
}

impl Client {
    /// A client of the API at `base`, with a token that holds for `lifetime`.
    ///
    /// # Errors
    ///
    /// When `base` is no address, or not a safe one, or the token can't be made.
    pub fn new(base: &str, credentials: &Credentials, lifetime: Duration) -> Result<Self, ClientError> {
        let base = checked(base)?;
        let token = credentials.token(lifetime).map_err(|_| ClientError::Token)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| ClientError::Token)?;
        bearer.set_sensitive(true);
        let accept = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (ACCEPT, accept)]);
        // Following a redirection would make a second call that nobody counts.
        let http = reqwest::Client::builder().default_headers(headers).redirect(Policy::none());
        Ok(Self { http: http.build()?, base, from: credentials.number().to_owned(), timeout: TIMEOUT })
    }

    /// Asks whether anything answers at `base`, without a token and without sending a message.
    ///
    /// # Errors
    ///
    /// When `base` is no address, or nothing answers there.
    pub async fn reach(base: &str) -> Result<(), ReachError> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        let answer = http.map_err(ClientError::from)?.head(checked(base)?).send().await;
        answer.map(|_| ()).map_err(|error| ReachError::Call(base.into(), error.into()))
    }

    /// The same, but a call counts as lost after so long.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends one text message, by one call. The server knows by `client_ref` that it has seen the message before.
    ///
    /// # Errors
    ///
    /// When the answer isn't 202, or there is none.
    pub async fn send(
        &self,
        recipient: &str,
        text: &str,
        client_ref: Option<Uuid>,
    ) -> Result<Receipt, CallError> {
        let mut message = json!({
            "from": { "type": "sms", "number": self.from },
            "to": { "type": "sms", "number": recipient },
            "message": { "content": { "type": "text", "text": text } },
        });
        if let Some(client_ref) = client_ref {
            message["client_ref"] = json!(client_ref);
        }
        let (receipt, limits) = self.post("/v0.1/messages", &message, StatusCode::ACCEPTED).await?;
        Ok(Receipt { limits, ..receipt })
    }

    /// Rings a number and says something, by one call.
    ///
    /// # Errors
    ///
    /// When the answer isn't 201, or there is none.
    pub async fn ring(&self, number: &str, text: &str) -> Result<Ringing, CallError> {
        let call = json!({
            "from": { "type": "phone", "number": self.from },
            "to": [{ "type": "phone", "number": number }],
            "ncco": [{ "action": "talk", "text": text }],
        });
        let (ringing, _) = self.post("/v1/calls", &call, StatusCode::CREATED).await?;
        Ok(ringing)
    }

    /// What the server answers, and what it says of its limits.
    async fn post<T>(
        &self,
        path: &str,
        body: &Value,
        good: StatusCode,
    ) -> Result<(T, Vec<RateLimit>), CallError>
    where
        T: DeserializeOwned + Default,
    {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let response = self.http.post(url).timeout(self.timeout).json(body).send().await?;
        if response.status() != good {
            return Err(CallError::refused(response).await);
        }
        // The status alone says that it is done; what follows may be lost.
        let limits = RateLimit::from_headers(response.headers());
        Ok((response.json().await.unwrap_or_default(), limits))
    }
}

/// Why nothing answers.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// Nothing can be asked at all.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nothing answered.
    #[error("cannot reach the API at {0}: {1}")]
    Call(String, CallError),
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none of HTTP.
    #[error("`{0}` is no address of an API; write it as in {api}", api = super::API)]
    Address(String),
    /// The token would travel in the clear.
    #[error("`{0}` would carry the token unencrypted; use https, or http to this machine alone")]
    Unencrypted(String),
    /// The token can't be made.
    #[error("no token can be made with the private key")]
    Token,
    /// TLS can't be set up.
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
}

fn checked(base: &str) -> Result<Url, ClientError> {
    let url = Url::parse(base).map_err(|_| ClientError::Address(base.into()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local => Ok(url),
        "http" => Err(ClientError::Unencrypted(base.into())),
        _ => Err(ClientError::Address(base.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for base in
            ["https://api.nexmo.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80/x"]
        {
            assert!(checked(base).is_ok(), "{base}");
        }
        assert!(matches!(checked("http://api.nexmo.com"), Err(ClientError::Unencrypted(_))));
        for base in ["api.nexmo.com", "127.0.0.1:80", "ftp://127.0.0.1", ""] {
            assert!(matches!(checked(base), Err(ClientError::Address(_))), "{base}");
        }
    }
}
