//! The annotated function: a strategy for each kind of failure.

use std::time::Duration;

use backoff_runtime::{self as backoff, Expo, Wait, expo, full_jitter};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    delivery::Courier,
    outbox::Outbox,
    vonage::{CallError, Receipt},
};

/// A message on its way.
#[derive(Debug, Clone)]
pub struct Sms {
    /// Whom it is for.
    pub recipient: String,
    /// What it says.
    pub text: String,
    /// Tells a message that is sent again from a new one.
    pub client_ref: Uuid,
    begun: Instant,
}

/// Sends one message until it is accepted, will never be, or `max_time` has passed.
///
/// | what happened | what follows |
/// | --- | --- |
/// | the server failed (5xx) | `expo`, and no more than four such failures: it has trouble enough |
/// | no answer in time, or no connection | `fibo`: that often mends soon, and may take long |
/// | the rate limit refused it (429) | `expo` on top of what the server asks for by `Retry-After` |
/// | the server refused it for what it is (401, 422, ...) | given up at once |
///
/// The attributes nest, the top one is the outer loop. Each has an eye for one kind of failure; the others pass through
/// it. Loops inside begin anew with each attempt of those outside, so what is left of `max_time` is told to each. A call
/// whose answer was lost may have been accepted: `client_ref` keeps the next one from being a second message.
///
/// # Errors
///
/// Why the last call failed.
#[backoff::on_exception(
    backoff::expo,
    CallError::is_server_error,
    max_tries = 4,
    max_value = outbox.max_wait,
    max_time = sms.time_left(outbox),
    on_try = |details| outbox.progress.calling(details.tries),
    on_success = |_| outbox.progress.sent(),
    on_backoff = |_| outbox.progress.waiting(),
    on_giveup = |_| outbox.progress.given_up(),
)]
#[backoff::on_exception(
    backoff::fibo,
    matches!(CallError::TimedOut | CallError::Disconnected(_) | CallError::Broken(_)),
    max_value = outbox.max_wait,
    max_time = sms.time_left(outbox),
    on_try = |details| outbox.progress.calling(details.tries),
    on_backoff = |_| outbox.progress.waiting(),
    on_giveup = |_| outbox.progress.given_up(),
)]
#[backoff::on_exception(
    as_asked(outbox.max_wait),
    |failure| failure.is_rate_limit() || failure.is_final(),
    jitter = none,
    giveup = CallError::is_final,
    max_time = sms.time_left(outbox),
    on_try = |details| outbox.progress.calling(details.tries),
    on_backoff = |_| outbox.progress.waiting(),
    on_giveup = |_| outbox.progress.given_up(),
)]
pub async fn send_sms(outbox: &Outbox, sms: &Sms) -> Result<Receipt, CallError> {
    outbox.post(&sms.recipient, &sms.text, Some(sms.client_ref)).await
}

impl Sms {
    /// A message that begins its way now.
    #[must_use]
    pub fn new(recipient: &str, text: &str) -> Self {
        let (recipient, text) = (recipient.to_owned(), text.to_owned());
        Self { recipient, text, client_ref: Uuid::new_v4(), begun: Instant::now() }
    }

    pub(crate) fn time_left(&self, outbox: &Outbox) -> Duration {
        outbox.max_time.saturating_sub(self.begun.elapsed())
    }
}

/// Waits that begin when the server's `Retry-After` ends, and from there on grow and spread as those of `expo` do. What
/// the server said is never shortened, and those whom it told the same don't come back together.
#[derive(Debug)]
struct AsAsked(Expo);

fn as_asked(max_wait: Duration) -> AsAsked {
    AsAsked(expo().max_value(max_wait))
}

impl Wait<CallError> for AsAsked {
    fn next_wait(&mut self, failure: &CallError) -> Option<Duration> {
        let spread = full_jitter(self.0.next_wait(failure)?);
        Some(failure.retry_after().unwrap_or_default() + spread)
    }
}

impl Courier for Outbox {
    fn outbox(&self) -> &Outbox {
        self
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_sms(self, &Sms::new(number, message)).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;
    use crate::vonage::Refusal;

    #[test]
    fn what_the_server_asks_for_is_never_shortened_and_always_spread() {
        let retry_after = Some(Duration::from_secs(3));
        let status = StatusCode::TOO_MANY_REQUESTS;
        let refused = CallError::Refused(Refusal { status, detail: None, retry_after, limits: Vec::new() });
        let mut generator = as_asked(Duration::from_secs(8));
        let waits: Vec<_> = (0..50).map(|_| generator.next_wait(&refused).unwrap().as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (3.0..=11.0).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait > 5.0), "{waits:?}");
    }
}
