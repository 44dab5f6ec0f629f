//! The clients that are compared: each sends a message until it is accepted.

use std::{fmt, num::NonZeroU32};

use backoff_runtime::{self as backoff, Pacer};
use clap::ValueEnum;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use throttle_net::{SlidingWindowLog, Throttle};

use crate::{
    limiter::{Limit, PER_SECOND},
    target::{Accepted, CallError, Target, limits},
};

/// A way to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// `expo` with full jitter, each message on its own
    Expo,
    /// The same, and each message comes back no earlier than Retry-After says
    RetryAfter,
    /// A pacer that was told 10 calls a second
    Told,
    /// A pacer that was told 100 calls per 10 s, for servers that count so
    ToldWindow,
    /// A pacer that was told nothing
    Adaptive,
    /// The same, and it reads what the server says of its limits
    Words,
    /// The crate `governor`, told the rate and the burst, and `expo` with Retry-After behind it
    Governor,
    /// The crate `throttle-net`, told the limit, and `expo` with Retry-After behind it
    ThrottleNet,
}

impl Client {
    /// Whether it can keep such a limit.
    pub(crate) const fn suits(self, limit: Limit) -> bool {
        !matches!((self, limit), (Self::ToldWindow, Limit::Bucket(_)))
    }

    /// What sends to a server with this limit.
    pub(crate) fn sender(self, limit: Limit) -> Sender {
        match self {
            Self::Expo => Sender::Expo,
            Self::RetryAfter => Sender::RetryAfter,
            Self::Told => Sender::Paced(Pacer::per_second(PER_SECOND.into())),
            Self::ToldWindow => Sender::Paced(Pacer::per_window(Limit::CALLS.into(), Limit::WINDOW)),
            Self::Adaptive => Sender::Paced(Pacer::adaptive()),
            Self::Words => Sender::Words(Pacer::adaptive()),
            Self::Governor => Sender::Governor(governor(limit)),
            Self::ThrottleNet => match limit {
                Limit::Bucket(at_once) => {
                    Sender::Throttle(Throttle::builder().per_second(PER_SECOND).burst(at_once).build())
                }
                Limit::Window => Sender::Log(SlidingWindowLog::new(Limit::CALLS, Limit::WINDOW)),
            },
        }
    }
}

/// It has no windows. A bucket with the window's calls as its burst lets nearly twice as many into the first window, so
/// there it has its default: a second's worth.
fn governor(limit: Limit) -> DefaultDirectRateLimiter {
    let number = |number| NonZeroU32::new(number).expect("no limit allows nothing");
    let quota = Quota::per_second(number(PER_SECOND));
    RateLimiter::direct(match limit {
        Limit::Bucket(at_once) => quota.allow_burst(number(at_once)),
        Limit::Window => quota,
    })
}

/// As it is written on the command line.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("none is skipped").get_name())
    }
}

/// What all messages of a client share.
#[derive(Debug)]
pub(crate) enum Sender {
    Expo,
    RetryAfter,
    Paced(Pacer),
    Words(Pacer),
    Governor(DefaultDirectRateLimiter),
    Throttle(Throttle),
    Log(SlidingWindowLog),
}

impl Sender {
    /// Sends a message, and again until it is accepted.
    pub(crate) async fn send(&self, target: &Target) -> Result<Accepted, CallError> {
        match self {
            Self::Expo => expo(target).await,
            Self::RetryAfter => retry_after(target).await,
            Self::Paced(pacer) => paced(pacer, target).await,
            Self::Words(pacer) => words(pacer, target).await,
            Self::Governor(limiter) => governed(limiter, target).await,
            Self::Throttle(throttle) => throttled(throttle, target).await,
            Self::Log(log) => logged(log, target).await,
        }
    }
}

#[backoff::on_exception(backoff::expo)]
async fn expo(target: &Target) -> Result<Accepted, CallError> {
    target.send().await
}

#[backoff::on_exception(backoff::expo, retry_after = CallError::retry_after)]
async fn retry_after(target: &Target) -> Result<Accepted, CallError> {
    target.send().await
}

#[backoff::on_exception(
    backoff::expo,
    pacer = pacer,
    throttled = CallError::is_refusal,
    retry_after = CallError::retry_after,
)]
async fn paced(pacer: &Pacer, target: &Target) -> Result<Accepted, CallError> {
    target.send().await
}

#[backoff::on_exception(
    backoff::expo,
    pacer = pacer,
    throttled = CallError::is_refusal,
    retry_after = CallError::retry_after,
    limit = limits,
)]
async fn words(pacer: &Pacer, target: &Target) -> Result<Accepted, CallError> {
    target.send().await
}

#[backoff::on_exception(backoff::expo, retry_after = CallError::retry_after)]
async fn governed(limiter: &DefaultDirectRateLimiter, target: &Target) -> Result<Accepted, CallError> {
    limiter.until_ready().await;
    target.send().await
}

#[backoff::on_exception(backoff::expo, retry_after = CallError::retry_after)]
async fn throttled(throttle: &Throttle, target: &Target) -> Result<Accepted, CallError> {
    throttle.acquire().await.expect("one call is within the limit");
    target.send().await
}

#[backoff::on_exception(backoff::expo, retry_after = CallError::retry_after)]
async fn logged(log: &SlidingWindowLog, target: &Target) -> Result<Accepted, CallError> {
    log.acquire().await.expect("one call is within the limit");
    target.send().await
}
