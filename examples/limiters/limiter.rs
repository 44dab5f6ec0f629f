//! The limiters that are measured, and what each allows.

use std::{fmt, time::Duration};

use clap::ValueEnum;

/// A real limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Limiter {
    /// nginx, 10 calls a second, one by one
    Nginx,
    /// nginx, 10 calls a second, and 20 more at once (`burst=20 nodelay`)
    NginxBurst,
    /// express-rate-limit, 100 calls per 10 s, with `RateLimit` headers (IETF draft 8) and Retry-After
    #[value(name = "express-draft-8")]
    ExpressDraft8,
    /// express-rate-limit, 100 calls per 10 s, with `X-RateLimit-*` headers and Retry-After
    ExpressLegacy,
    /// express-rate-limit, 100 calls per 10 s, with Retry-After alone
    ExpressRetryAfter,
}

/// The rate that all of them allow in the long run.
pub(crate) const PER_SECOND: u32 = 10;

/// What a limiter allows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// [`PER_SECOND`], and so many at once after a pause.
    Bucket(u32),
    /// [`CALLS`](Self::CALLS) in each window, which begins with the first call.
    Window,
}

impl Limit {
    pub(crate) const WINDOW: Duration = Duration::from_secs(10);
    pub(crate) const CALLS: u32 = 100;

    /// The time from the first call to the last that no client can beat.
    pub(crate) fn least(self, messages: u32) -> Duration {
        match self {
            Self::Bucket(at_once) => {
                Duration::from_secs(messages.saturating_sub(at_once).into()) / PER_SECOND
            }
            Self::Window => Self::WINDOW * (messages.saturating_sub(1) / Self::CALLS),
        }
    }
}

impl Limiter {
    pub(crate) const fn limit(self) -> Limit {
        match self {
            Self::Nginx => Limit::Bucket(1),
            // The burst, and the call that is due.
            Self::NginxBurst => Limit::Bucket(21),
            Self::ExpressDraft8 | Self::ExpressLegacy | Self::ExpressRetryAfter => Limit::Window,
        }
    }

    /// What `limit_req` has behind its zone, where nginx limits.
    pub(crate) const fn limit_req(self) -> Option<&'static str> {
        match self {
            Self::Nginx => Some(""),
            Self::NginxBurst => Some("burst=20 nodelay"),
            Self::ExpressDraft8 | Self::ExpressLegacy | Self::ExpressRetryAfter => None,
        }
    }

    /// What `serve.js` calls the headers that express-rate-limit sends.
    pub(crate) const fn headers(self) -> &'static str {
        match self {
            Self::ExpressDraft8 => "draft-8",
            Self::ExpressLegacy => "legacy",
            _ => "retry-after",
        }
    }
}

/// As it is written on the command line.
impl fmt::Display for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("none is skipped").get_name())
    }
}
