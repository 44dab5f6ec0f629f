//! The article's closing suggestion: when a message is given up, the engineer on duty is rung.

use backoff_runtime::{self as backoff, Details};
use tracing::{info, warn};

use crate::{
    delivery::Courier,
    outbox::Outbox,
    vonage::{CallError, Client, Receipt, Ringing},
};

/// Sends messages, and rings the engineer on duty about each that is given up.
#[derive(Debug)]
pub struct OnCall {
    /// Sends the messages.
    pub outbox: Outbox,
    /// The number to ring.
    pub engineer: String,
}

/// Sends one message until it is accepted, will never be, or `max_time` has passed. If it is given up, the handler rings
/// the engineer, and the function returns once it has.
///
/// # Errors
///
/// Why the last call failed.
#[backoff::on_exception(
    backoff::expo,
    max_value = duty.outbox.max_wait,
    max_time = duty.outbox.max_time,
    giveup = CallError::is_final,
    on_giveup = async |details| duty.tell(recipient, details).await,
)]
pub async fn send_or_ring(duty: &OnCall, recipient: &str, message: &str) -> Result<Receipt, CallError> {
    duty.outbox.post(recipient, message, None).await
}

/// Rings a number. The Voice API has a rate limit, too, and nobody wants to be rung twice about the same: so it is tried
/// again after a failure that is sure to have rung nobody, and after no other.
#[backoff::on_exception(
    backoff::expo,
    |failure| !failure.may_have_arrived(),
    max_time = 60,
    max_value = 4,
    giveup = CallError::is_final,
)]
async fn ring(client: &Client, number: &str, text: &str) -> Result<Ringing, CallError> {
    client.ring(number, text).await
}

impl OnCall {
    async fn tell(&self, recipient: &str, details: &Details<'_, CallError>) {
        let Details { tries, elapsed, outcome, .. } = details;
        let times = if *tries == 1 { "1 call".into() } else { format!("{tries} calls") };
        let seconds = elapsed.as_secs_f64();
        let text = format!(
            "The message to {recipient} was given up after {times} in {seconds:.0} seconds. The last answer was: {outcome}"
        );
        match ring(&self.outbox.client, &self.engineer, &text).await {
            Ok(_) => info!("rang {}: {text}", self.engineer),
            Err(failure) => warn!("could not ring {} ({failure}): {text}", self.engineer),
        }
    }
}

impl Courier for OnCall {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_or_ring(self, number, message).await.is_ok()
    }
}
