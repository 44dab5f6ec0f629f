//! What the server says, taken at its word: each call waits for as long as `Retry-After` says, and calls again.

use backoff_runtime as backoff;

use crate::{
    delivery::Courier,
    outbox::Outbox,
    vonage::{CallError, Receipt},
};

/// Sends one message, and again whenever the server said, until it is accepted or `max_time` has passed.
///
/// # Errors
///
/// Why the last call failed.
#[backoff::on_exception(
    backoff::constant,
    jitter = none,
    retry_after = CallError::retry_after,
    max_time = outbox.max_time,
)]
pub async fn send_told(outbox: &Outbox, recipient: &str, message: &str) -> Result<Receipt, CallError> {
    outbox.post(recipient, message, None).await
}

/// Sends messages each of which comes back when it was told to.
#[derive(Debug)]
pub struct Told(pub Outbox);

impl Courier for Told {
    fn outbox(&self) -> &Outbox {
        &self.0
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_told(&self.0, number, message).await.is_ok()
    }
}
