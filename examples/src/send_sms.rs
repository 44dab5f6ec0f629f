//! The annotated function: a strategy for each kind of failure.

use backoff_runtime as backoff;
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
/// Each strategy counts the failures of its own kind, and the time is that of all together. A call whose answer was lost
/// may have been accepted: `client_ref` keeps the next one from being a second message.
///
/// # Errors
///
/// Why the last call failed.
#[backoff::retry(
    on(expo, CallError::is_server_error, max_tries = 4, max_value = outbox.max_wait),
    on(
        fibo, matches!(CallError::TimedOut | CallError::Disconnected(_) | CallError::Broken(_)),
        max_value = outbox.max_wait,
    ),
    on(expo, max_value = outbox.max_wait),
    max_time = outbox.max_time,
    retry_after = CallError::retry_after,
    giveup = CallError::is_final,
    on_try = |details| outbox.progress.calling(details.tries),
    on_success = |_| outbox.progress.sent(),
    on_backoff = |_| outbox.progress.waiting(),
    on_giveup = |_| outbox.progress.given_up(),
)]
pub async fn send_sms(outbox: &Outbox, sms: &Sms) -> Result<Receipt, CallError> {
    outbox.post(&sms.recipient, &sms.text, Some(sms.client_ref)).await
}

impl Sms {
    /// A message that is new.
    #[must_use]
    pub fn new(recipient: &str, text: &str) -> Self {
        Self { recipient: recipient.to_owned(), text: text.to_owned(), client_ref: Uuid::new_v4() }
    }
}

impl Courier for Outbox {
    fn outbox(&self) -> &Outbox {
        self
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_sms(self, &self.sms(number, message)).await.is_ok()
    }
}
