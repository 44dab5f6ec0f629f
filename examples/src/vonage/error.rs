//! What can become of a call, apart from an accepted message.

use std::{error::Error, fmt, time::Duration};

use backoff_runtime::{AttemptTimeout, RateLimit, RetryAfter};
use reqwest::{
    Response, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use serde::Deserialize;

/// Why a call got no message accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The server answered, and it wasn't 202.
    Refused(Refusal),
    /// No answer in time.
    TimedOut,
    /// No connection.
    Disconnected(String),
    /// A connection that broke before the answer came.
    Broken(String),
    /// No call: its turn would not have come within this time.
    NoTurn(Duration),
    /// No call: it could not be noted first, so a later run would not know of it.
    NotNoted(String),
}

/// The server's answer to a call that it didn't accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The answer's status.
    pub status: StatusCode,
    /// What the server said of it, if anything.
    pub detail: Option<String>,
    /// For how long the server asks to stay away.
    pub retry_after: Option<Duration>,
    /// What the server says of its limits.
    pub limits: Vec<RateLimit>,
}

/// The part of an `application/problem+json` that is for people.
#[derive(Default, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

impl CallError {
    /// Whether the rate limit refused the call.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the server itself failed (5xx).
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status.is_server_error())
    }

    /// Whether the next call would fail alike: the server refused this one for what it is (any answer but 429 and 5xx),
    /// or it can't be noted.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused(_) => !self.is_rate_limit() && !self.is_server_error(),
            Self::NotNoted(_) => true,
            _ => false,
        }
    }

    /// For how long the server asks to stay away.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::Refused(refusal) = self { refusal.retry_after } else { None }
    }

    /// Whether the server may have done what the call asked for although no answer came.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Broken(_))
    }

    /// Whether the server surely did not do what the call asked for. Behind another server, a 500, 502 or 504 says
    /// nothing of that.
    #[must_use]
    pub fn is_not_taken(&self) -> bool {
        match self {
            Self::Refused(refusal) => !matches!(refusal.status.as_u16(), 500 | 502 | 504),
            Self::Disconnected(_) | Self::NoTurn(_) | Self::NotNoted(_) => true,
            Self::TimedOut | Self::Broken(_) => false,
        }
    }

    pub(super) async fn refused(response: Response) -> Self {
        let status = response.status();
        let date = response.headers().get(DATE).and_then(RetryAfter::date);
        let told = response.headers().get(RETRY_AFTER).and_then(RetryAfter::parse);
        let retry_after = told.map(|told| told.wait_since(date));
        let limits = RateLimit::from_headers(response.headers());
        let problem: Problem = response.json().await.unwrap_or_default();
        let detail = problem.detail.or(problem.title);
        Self::Refused(Refusal { status, detail, retry_after, limits })
    }
}

impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        // The innermost cause is the one that says what happened ("Connection refused").
        let mut cause: &dyn Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let kind = if error.is_connect() { Self::Disconnected } else { Self::Broken };
        kind(cause.to_string())
    }
}

impl From<AttemptTimeout> for CallError {
    fn from(timeout: AttemptTimeout) -> Self {
        if timeout.made { Self::TimedOut } else { Self::NoTurn(timeout.limit) }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // What a rate limit says of itself is always the same, and is told most often.
            Self::Refused(Refusal { status, detail: Some(detail), .. }) if !self.is_rate_limit() => {
                write!(f, "{status}: {detail}")
            }
            Self::Refused(Refusal { status, .. }) => write!(f, "{status}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Disconnected(cause) => write!(f, "no connection: {cause}"),
            Self::Broken(cause) => write!(f, "the connection broke: {cause}"),
            Self::NotNoted(cause) => f.write_str(cause),
            Self::NoTurn(limit) => write!(f, "no turn for a call within {:.1} s", limit.as_secs_f64()),
        }
    }
}

impl Error for CallError {}
