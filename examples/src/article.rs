//! The article's function, as simple as it stands there.

use backoff_runtime as backoff;

use crate::{delivery::Courier, outbox::Outbox};

/// Sends one message, and again with longer and longer waits until it is accepted or `max_time` has passed.
///
/// Anything but 202 is a reason to try again: the function returns `false` then.
#[backoff::on_predicate(backoff::expo, max_value = outbox.max_wait, max_time = outbox.max_time)]
pub async fn send_sms(outbox: &Outbox, recipient: &str, message: &str) -> bool {
    outbox.post(recipient, message, None).await.is_ok()
}

/// Sends messages by the article's function.
#[derive(Debug)]
pub struct Article(pub Outbox);

impl Courier for Article {
    fn outbox(&self) -> &Outbox {
        &self.0
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        send_sms(&self.0, number, message).await
    }
}
