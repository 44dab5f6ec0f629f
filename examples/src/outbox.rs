//! What the annotated functions send with: one call at a time, counted.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tracing::warn;
use uuid::Uuid;

use crate::{
    journal::Journal,
    ledger::{ClientCounts, Ledger},
    progress::Progress,
    send_sms::Sms,
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
    /// When messages are begun.
    pub spacing: Spacing,
    journal: Option<(Journal, HashMap<String, Uuid>)>,
    ledger: Ledger,
    warned: Mutex<Vec<String>>,
}

/// Spaces between the messages, as by loops that sleep after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spacing {
    /// How long a loop sleeps after each message.
    pub every: Duration,
    /// How many loops share the messages. Each spaces its own and knows nothing of the others.
    pub loops: NonZeroU32,
}

impl Spacing {
    /// All messages are begun at once.
    pub const NONE: Self = Self::every(Duration::ZERO);

    /// One loop that sleeps so long after each message.
    #[must_use]
    pub const fn every(every: Duration) -> Self {
        Self { every, loops: NonZeroU32::MIN }
    }

    /// When the message with this index is begun.
    pub(crate) fn begin(self, index: u32) -> Duration {
        self.every * (index / self.loops)
    }
}

impl Outbox {
    /// An outbox that has sent nothing yet, and begins all messages at once.
    #[must_use]
    pub fn new(client: Client, max_time: Duration, max_wait: Duration, progress: Progress) -> Self {
        let (ledger, warned) = (Ledger::default(), Mutex::default());
        Self { client, max_time, max_wait, progress, spacing: Spacing::NONE, journal: None, ledger, warned }
    }

    /// The same, but messages are begun with such spaces between them.
    #[must_use]
    pub fn spaced_by(self, spacing: Spacing) -> Self {
        Self { spacing, ..self }
    }

    /// The same, but each call is noted in a journal, in which the messages have these keys, by their recipients.
    #[must_use]
    pub fn noted_in(self, journal: Journal, keys: HashMap<String, Uuid>) -> Self {
        Self { journal: Some((journal, keys)), ..self }
    }

    /// Where calls are noted, if they are.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref().map(|(journal, _)| journal)
    }

    /// A message with the key that it has in the journal, or with a new one.
    pub(crate) fn sms(&self, recipient: &str, text: &str) -> Sms {
        let sms = Sms::new(recipient, text);
        let key = self.journal.as_ref().and_then(|(_, keys)| keys.get(recipient));
        key.map_or(sms.clone(), |key| Sms { client_ref: *key, ..sms })
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
        let call = self.ledger.count(recipient, call);
        let answer = match (&self.journal, client_ref) {
            (Some((journal, _)), Some(key)) => noted(journal, key, call).await,
            _ => call.await,
        };
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

/// Makes a call, having noted that, and notes what became of it.
async fn noted(
    journal: &Journal,
    key: Uuid,
    call: impl Future<Output = Result<Receipt, CallError>>,
) -> Result<Receipt, CallError> {
    journal.call(key).map_err(|error| CallError::NotNoted(error.to_string()))?;
    let answer = call.await;
    let noted = match &answer {
        Ok(_) => journal.reached(key),
        Err(failure) if failure.is_not_taken() => journal.refused(key),
        Err(_) => Ok(()),
    };
    if let Err(error) = noted {
        // The next run will list the message as one that may have arrived, which is true.
        warn!("{error}");
    }
    answer
}
