//! Charging at the payment provider, over HTTP.

use backoff_runtime::{RetryAfter, retry};
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::policies::{PAYMENT, STOP};

/// The provider, as the service sees it.
#[derive(Clone, Debug)]
pub struct Payment {
    http: Client,
    url: String,
}

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Charge {
    /// In cents.
    pub amount: u32,
}

/// What the provider answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The provider's name of the charge.
    pub charge: String,
}

impl Payment {
    /// The provider at an address such as `http://127.0.0.1:9000`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { http: Client::new(), url: format!("{url}/charges") }
    }

    /// Charges once, however many attempts that takes: all have the same key, by which the provider knows a repetition.
    ///
    /// # Errors
    /// When the payment is declined, or what is transient lasts longer than the policy.
    #[retry(PAYMENT, transient, stop = STOP)]
    pub async fn charge(&self, key: &str, charge: Charge) -> Result<Receipt, Error> {
        let answer = self.http.post(&self.url).header("idempotency-key", key).json(&charge).send().await?;
        match answer.status() {
            status if status.is_success() => Ok(answer.json().await?),
            StatusCode::PAYMENT_REQUIRED => Err(Error::Declined),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Error::TooManyRequests(RetryAfter::from_headers(answer.headers())))
            }
            status => Err(Error::Refused(status)),
        }
    }
}
