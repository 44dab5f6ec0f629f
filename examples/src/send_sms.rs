//! The annotated function.

use backoff_runtime as backoff;

use crate::{delivery::Courier, outbox::Outbox};

/// Sends one message, and again with longer and longer waits until it is accepted or `max_time` has passed.
///
/// As in the article, anything but 202 is a reason to try again: the function returns `false` then.
#[backoff::on_predicate(
    backoff::expo,
    max_value = outbox.max_wait,
    max_time = outbox.max_time,
    on_try = |details| outbox.progress.calling(details.tries),
    on_success = |_| outbox.progress.sent(),
    on_backoff = |_| outbox.progress.waiting(),
    on_giveup = |_| outbox.progress.given_up(),
)]
pub async fn send_sms(outbox: &Outbox, recipient: &str, message: &str) -> bool {
    outbox.post(recipient, message).await.is_ok()
}

impl Courier for Outbox {
    fn outbox(&self) -> &Outbox {
        self
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_sms(self, number, message).await
    }
}
