//! What the client counts, on its own side, of the calls that it makes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{
    per_second::PerSecond,
    vonage::{CallError, Receipt},
};

/// Counts calls as they begin and end.
#[derive(Debug)]
pub struct Ledger {
    started: Instant,
    counts: Mutex<ClientCounts>,
}

/// What the client counted.
#[derive(Debug, Clone, Default)]
pub struct ClientCounts {
    /// Calls that were begun. Those that an interruption cut off never ended.
    pub calls: u32,
    /// Calls by the second in which they ended, since the ledger was made.
    pub per_second: PerSecond,
    /// Calls that the rate limit refused (429).
    pub refused: u32,
    /// Calls that ended in any other failure.
    pub failed: u32,
    /// What became of each recipient's calls.
    pub by_recipient: HashMap<String, Attempts>,
}

/// The calls made for one recipient.
#[derive(Debug, Clone, Default)]
pub struct Attempts {
    /// Calls that were begun.
    pub calls: u32,
    /// Why the last one that failed did.
    pub last_failure: Option<CallError>,
    /// Whether one of them may have been accepted although its answer never came.
    pub may_have_arrived: bool,
}

impl ClientCounts {
    /// Accepted messages.
    #[must_use]
    pub fn accepted(&self) -> u32 {
        self.per_second.total().accepted
    }

    /// Calls that were begun but never ended.
    #[must_use]
    pub fn cut_off(&self) -> u32 {
        self.calls - self.per_second.total().total()
    }

    fn recipient(&mut self, number: &str) -> &mut Attempts {
        self.by_recipient.entry(number.to_owned()).or_default()
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self { started: Instant::now(), counts: Mutex::default() }
    }
}

impl Ledger {
    /// Makes one call and counts it.
    ///
    /// # Errors
    ///
    /// What the call itself returns.
    pub async fn count(
        &self,
        recipient: &str,
        call: impl Future<Output = Result<Receipt, CallError>>,
    ) -> Result<Receipt, CallError> {
        self.begin(recipient);
        let answer = call.await;
        self.end(recipient, answer.as_ref().err());
        answer
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> ClientCounts {
        self.lock().clone()
    }

    fn begin(&self, recipient: &str) {
        let mut counts = self.lock();
        counts.calls += 1;
        counts.recipient(recipient).calls += 1;
    }

    fn end(&self, recipient: &str, failure: Option<&CallError>) {
        let mut counts = self.lock();
        counts.per_second.add(self.started.elapsed(), failure.is_none());
        if let Some(failure) = failure {
            let kind = if failure.is_rate_limit() { &mut counts.refused } else { &mut counts.failed };
            *kind += 1;
            let attempts = counts.recipient(recipient);
            attempts.may_have_arrived |= failure.may_have_arrived();
            attempts.last_failure = Some(failure.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, ClientCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
