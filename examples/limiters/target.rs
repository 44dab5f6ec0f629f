//! One server as one client sees it: real calls, and counts of them.

use std::{
    error::Error,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use backoff_runtime::{RateLimit, RetryAfter};
use reqwest::{StatusCode, header::HeaderMap};

/// Connections that are open before anything is measured, and kept when idle. A crowd opens more, and closes them, so
/// that all clients together stay below the usual bound of 1024 open files.
pub(crate) const CONNECTIONS: usize = 8;

/// Where a client sends its messages to.
#[derive(Debug)]
pub(crate) struct Target {
    http: reqwest::Client,
    address: String,
    counts: Counts,
}

/// What became of calls.
#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU32,
    refused: AtomicU32,
    failed: AtomicU32,
}

/// The headers of an answer that took the message.
#[derive(Debug)]
pub(crate) struct Accepted(HeaderMap);

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("refused: too many calls")]
    Refused(HeaderMap),
    #[error("answered {0}")]
    Status(StatusCode),
    #[error("no answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
}

impl CallError {
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    pub(crate) fn retry_after(&self) -> Option<RetryAfter> {
        let Self::Refused(headers) = self else { return None };
        RetryAfter::from_headers(headers)
    }
}

/// What the server says of its limits, in an answer of either kind.
pub(crate) fn limits(outcome: &Result<Accepted, CallError>) -> Vec<RateLimit> {
    match outcome {
        Ok(Accepted(headers)) | Err(CallError::Refused(headers)) => RateLimit::from_headers(headers),
        Err(_) => Vec::new(),
    }
}

impl Target {
    pub(crate) fn new(http: reqwest::Client, port: u16) -> Self {
        Self { http, address: format!("http://127.0.0.1:{port}/"), counts: Counts::default() }
    }

    /// Opens connections, by calls that no limiter counts.
    pub(crate) async fn warm(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let warm = || self.http.get(format!("{}warm", self.address)).send();
        // All are in flight at once, so each has a connection of its own.
        let calls: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(warm())).collect();
        for call in calls {
            call.await??.error_for_status()?.bytes().await?;
        }
        Ok(())
    }

    /// Sends a message, by one call.
    pub(crate) async fn send(&self) -> Result<Accepted, CallError> {
        self.counts.calls.fetch_add(1, Relaxed);
        let outcome = self.answer().await;
        match &outcome {
            Ok(_) => {}
            Err(CallError::Refused(_)) => _ = self.counts.refused.fetch_add(1, Relaxed),
            Err(_) => _ = self.counts.failed.fetch_add(1, Relaxed),
        }
        outcome
    }

    async fn answer(&self) -> Result<Accepted, CallError> {
        let response = self.http.get(&self.address).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Read to its end, so that the connection can be used again.
        response.bytes().await?;
        match status {
            StatusCode::OK => Ok(Accepted(headers)),
            StatusCode::TOO_MANY_REQUESTS => Err(CallError::Refused(headers)),
            other => Err(CallError::Status(other)),
        }
    }

    pub(crate) fn calls(&self) -> u32 {
        self.counts.calls.load(Relaxed)
    }

    pub(crate) fn refused(&self) -> u32 {
        self.counts.refused.load(Relaxed)
    }

    /// Calls that had no answer, or one that is none of a limiter.
    pub(crate) fn failed(&self) -> u32 {
        self.counts.failed.load(Relaxed)
    }
}
