//! Sending at the provider, over HTTP.

use std::time::Duration;

use backoff_runtime::{AttemptTimeout, Pacer, RetryAfter, Transient, retry};
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

use crate::job::Job;

/// What the provider lets through, which nobody told us. All calls of a process pass here.
static PROVIDER: Pacer = Pacer::adaptive();

/// Why a message is not sent, or not yet.
#[derive(Debug, Transient, thiserror::Error)]
pub enum Error {
    /// A connection that broke, say.
    #[error("the provider cannot be reached: {0}")]
    #[transient(source)]
    Connection(#[from] reqwest::Error),
    /// The provider's rate limit, with its hint when to come back.
    #[error("too many requests")]
    #[transient(rate_limit, retry_after = 0)]
    TooManyRequests(Option<Duration>),
    /// The provider, or the network of the recipient.
    #[error("the provider is away")]
    #[transient]
    Away,
    /// There was no turn in time.
    #[error(transparent)]
    #[transient(source)]
    TimedOut(#[from] AttemptTimeout),
    /// Nobody has this number.
    #[error("no such number")]
    NoSuchNumber,
    /// What the provider says of a request that is wrong.
    #[error("the provider answers {0}")]
    Refused(StatusCode),
}

/// What is asked of the provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// The recipient's number.
    pub to: String,
    /// The message.
    pub text: String,
    /// Which try of the queue this is, from 0, and when it was due, in milliseconds of Unix time; for the provider's table
    /// alone.
    pub tried: (u32, u64),
    /// The process that asks; so that the provider can have it killed.
    pub process: u32,
}

/// The provider, as workers see it.
#[derive(Clone, Debug)]
pub struct Messages {
    http: Client,
    url: String,
}

impl Messages {
    /// The provider at an address such as `http://127.0.0.1:9000`.
    ///
    /// # Errors
    /// When there can be no client.
    pub fn new(url: &str) -> Result<Self, reqwest::Error> {
        let http = Client::builder().timeout(Duration::from_secs(2)).build()?;
        Ok(Self { http, url: format!("{url}/messages") })
    }

    /// Sends a message once, however many attempts and processes that takes: all have the key of the job, by which the
    /// provider knows a repetition. What lasts longer than these few attempts is the queue's.
    ///
    /// # Errors
    /// When the number is wrong, or what is transient lasts longer.
    #[retry(expo, transient, factor = 0.05, max_value = 1, max_tries = 3, max_time = 5, pacer = PROVIDER, giveup_log_level = info)]
    pub async fn send(&self, job: &Job) -> Result<(), Error> {
        let due = job.due.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let message = Message {
            to: job.to.clone(),
            text: job.text.clone(),
            tried: (job.tries, due),
            process: std::process::id(),
        };
        let answer =
            self.http.post(&self.url).header("idempotency-key", &job.key).json(&message).send().await?;
        match answer.status() {
            // The whole answer, as one that breaks in the middle is none.
            status if status.is_success() => answer.bytes().await.map(drop).map_err(Error::from),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Error::TooManyRequests(RetryAfter::from_headers(answer.headers()).map(RetryAfter::wait)))
            }
            StatusCode::UNPROCESSABLE_ENTITY => Err(Error::NoSuchNumber),
            status if status.is_server_error() => Err(Error::Away),
            status => Err(Error::Refused(status)),
        }
    }
}
