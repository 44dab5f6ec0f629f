//! What the annotated functions send with: one call at a time, counted.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tracing::warn;
use uuid::Uuid;

use crate::{
    ledger::{ClientCounts, Ledger},
    progress::Progress,
    vonage::{CallError, Client, Receipt},
};

/// What sending needs: the client, how patient to be, and where to note what happens.
#[derive(Debug)]
pub struct Outbox {
    /// Makes the calls.
    pub client: Client,
    /// How long to try, for each recipient.
    pub max_time: Duration,
    /// The longest wait between two calls for the same recipient.
    pub max_wait: Duration,
    /// Shows where each message stands.
    pub progress: Progress,
    /// How much later each message is begun than the one before it.
    pub delay: Duration,
    ledger: Ledger,
    warned: Mutex<Vec<String>>,
}

impl Outbox {
    /// An outbox that has sent nothing yet, and begins all messages at once.
    #[must_use]
    pub fn new(client: Client, max_time: Duration, max_wait: Duration, progress: Progress) -> Self {
        let (ledger, warned) = (Ledger::default(), Mutex::default());
        Self { client, max_time, max_wait, progress, delay: Duration::ZERO, ledger, warned }
    }

    /// The same, but each message is begun so much later than the one before it.
    #[must_use]
    pub fn spaced_by(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> ClientCounts {
        self.ledger.counts()
    }

    /// Makes one call, counts it, and tells of it if it failed.
    pub(crate) async fn post(
        &self,
        recipient: &str,
        message: &str,
        client_ref: Option<Uuid>,
    ) -> Result<Receipt, CallError> {
        let call = self.client.send(recipient, message, client_ref);
        let answer = self.ledger.count(recipient, call).await;
        if let Err(failure) = &answer {
            self.tell(failure);
        }
        answer
    }

    /// Being refused by the rate limit is what backing off is for. Anything else may never get better, so it is said
    /// at once, and once.
    fn tell(&self, failure: &CallError) {
        let reason = failure.to_string();
        if !failure.is_rate_limit() {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if !warned.contains(&reason) {
                let then = if failure.is_final() { "" } else { "; trying again, Ctrl-C stops" };
                warn!("a call failed: {reason}{then}");
                warned.push(reason.clone());
            }
        }
        self.progress.last_failure(reason);
    }
}
