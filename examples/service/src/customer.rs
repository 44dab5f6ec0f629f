//! A customer: sends orders to the service, again where their failure passes by itself.

use backoff_runtime::tower::RetryLayer;
use backoff_runtime::{Level, Policy};
use reqwest::{Client, Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt};

use crate::orders::Wish;

static PATIENT: Policy =
    Policy::expo().factor(0.2).max_value("2s").max_tries(6).backoff_log_level(Level::Debug);

/// A customer's client of HTTP, which is a service of tower, with a layer that retries.
#[derive(Clone, Debug)]
pub struct Customer {
    http: BoxCloneSyncService<Request, Response, reqwest::Error>,
    client: Client,
    url: String,
}

impl Customer {
    /// A customer of the service at an address such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let client = Client::new();
        // Which answers are transient, their types say: 503 is, and a connection that breaks.
        let patient = RetryLayer::new(&PATIENT).clone_request(Request::try_clone);
        Self { http: BoxCloneSyncService::new(patient.layer(client.clone())), client, url: url.to_owned() }
    }

    /// Orders, patiently. All attempts have the same key, so there is one order.
    ///
    /// # Errors
    /// When the service can't be reached.
    pub async fn order(&self, key: &str, wish: &Wish) -> Result<Response, reqwest::Error> {
        self.http.clone().oneshot(self.request(key, wish)?).await
    }

    /// Orders, and takes the first answer.
    ///
    /// # Errors
    /// When the service can't be reached.
    pub async fn order_once(&self, key: &str, wish: &Wish) -> Result<Response, reqwest::Error> {
        self.client.execute(self.request(key, wish)?).await
    }

    fn request(&self, key: &str, wish: &Wish) -> Result<Request, reqwest::Error> {
        self.client.post(format!("{}/orders", self.url)).header("idempotency-key", key).json(wish).build()
    }
}
