//! The annotated function again, but in front of each of its calls stands a pacer that all messages share.

use backoff_runtime::{self as backoff, Pacer, RateLimit};

use crate::{
    delivery::Courier,
    outbox::Outbox,
    send_sms::Sms,
    vonage::{CallError, Receipt, Refusal},
};

/// Sends messages no faster than the server takes them.
#[derive(Debug)]
pub struct Paced {
    /// Sends the messages.
    pub outbox: Outbox,
    /// Says whose turn it is. One for all messages, because the server has one limit for them all.
    pub pacer: Pacer,
}

/// What the server says of its limits, whether it accepted the message or not.
fn limits(outcome: &Result<Receipt, CallError>) -> Vec<RateLimit> {
    match outcome {
        Ok(Receipt { limits, .. }) | Err(CallError::Refused(Refusal { limits, .. })) => limits.clone(),
        Err(_) => Vec::new(),
    }
}

/// Sends one message until it is accepted, will never be, or `max_time` has passed.
///
/// | what happened | what follows |
/// | --- | --- |
/// | the server failed (5xx) | `expo`, and no more than four such failures, as without a pacer |
/// | no answer in time, or no connection | `fibo`, as without a pacer |
/// | the rate limit refused it (429) | it goes back to the head of the queue, and all wait as long as the server says |
/// | the server refused it for what it is (401, 422, ...) | given up at once |
/// | its turn doesn't come in time | given up, without a call |
///
/// Every call passes the pacer, whichever failure it follows.
///
/// # Errors
///
/// Why the last call failed, or that there was none.
#[backoff::retry(
    on(expo, CallError::is_server_error, max_tries = 4, max_value = paced.outbox.max_wait),
    on(
        fibo, matches!(CallError::TimedOut | CallError::Disconnected(_) | CallError::Broken(_)),
        max_value = paced.outbox.max_wait,
    ),
    on(expo, max_value = paced.outbox.max_wait),
    pacer = paced.pacer,
    throttled = CallError::is_rate_limit,
    retry_after = CallError::retry_after,
    limit = limits,
    max_time = paced.outbox.max_time,
    giveup = CallError::is_final,
    on_try = |_| paced.outbox.progress.queued(paced.pacer.waiting()),
    on_success = |_| paced.outbox.progress.sent(),
    on_giveup = |_| paced.outbox.progress.given_up(),
)]
pub async fn send_paced(paced: &Paced, sms: &Sms) -> Result<Receipt, CallError> {
    paced.outbox.post(&sms.recipient, &sms.text, Some(sms.client_ref)).await
}

impl Courier for Paced {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn pacer(&self) -> Option<&Pacer> {
        Some(&self.pacer)
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_paced(self, &self.outbox.sms(number, message)).await.is_ok()
    }
}
