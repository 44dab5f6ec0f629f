//! The annotated function, and the loop that calls it for everyone at once.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use backoff_runtime as backoff;
use tokio::task::JoinSet;
use tracing::warn;

use crate::{
    ledger::{Attempts, ClientCounts, Ledger},
    progress::Progress,
    vonage::{CallError, Client},
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
    ledger: Ledger,
    warned: Mutex<Vec<String>>,
}

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

impl Outbox {
    /// An outbox that has sent nothing yet.
    #[must_use]
    pub fn new(client: Client, max_time: Duration, max_wait: Duration, progress: Progress) -> Self {
        Self { client, max_time, max_wait, progress, ledger: Ledger::default(), warned: Mutex::default() }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> ClientCounts {
        self.ledger.counts()
    }

    async fn post(&self, recipient: &str, message: &str) -> Result<(), CallError> {
        let answer = self.ledger.count(recipient, self.client.send(recipient, message)).await;
        if let Err(failure) = &answer {
            self.tell(failure);
        }
        answer.map(|_| ())
    }

    /// Being refused by the rate limit is what backing off is for. Anything else may never get better, so it is said
    /// at once, and once.
    fn tell(&self, failure: &CallError) {
        let reason = failure.to_string();
        if !failure.is_rate_limit() {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if !warned.contains(&reason) {
                let patience = self.max_time;
                warn!("a call failed: {reason}; trying again for up to {patience:?}, Ctrl-C stops");
                warned.push(reason.clone());
            }
        }
        self.progress.last_failure(reason);
    }
}

/// What became of all messages.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// How many recipients there were.
    pub recipients: usize,
    /// How many messages were accepted.
    pub accepted: usize,
    /// Who was not reached.
    pub unreached: Vec<Unreached>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// Someone whose message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// The number.
    pub number: String,
    /// Whether it was given up, and not cut off.
    pub given_up: bool,
    /// Why.
    pub reason: String,
}

impl Delivery {
    /// How many messages were given up.
    #[must_use]
    pub fn given_up(&self) -> usize {
        self.unreached.iter().filter(|unreached| unreached.given_up).count()
    }
}

/// Sends `message` to all `numbers`, one task each and no delay between them, until all are done or `interrupt` is.
pub async fn send_to_all(
    outbox: &Arc<Outbox>,
    numbers: &[String],
    message: &str,
    interrupt: impl Future<Output = ()>,
) -> Delivery {
    let started = Instant::now();
    outbox.progress.show();
    let mut tasks = JoinSet::new();
    for number in numbers {
        let (outbox, number, message) = (Arc::clone(outbox), number.clone(), message.to_owned());
        tasks.spawn(async move { (send_sms(&outbox, &number, &message).await, number) });
    }
    let (fates, interrupted) = all_or_interrupted(tasks, &outbox.progress, interrupt).await;
    outbox.progress.finish();
    let counts = outbox.counts();
    let unreached = numbers
        .iter()
        .filter(|number| fates.get(*number) != Some(&true))
        .map(|number| unreached(number, fates.contains_key(number), counts.by_recipient.get(number)))
        .collect::<Vec<_>>();
    let accepted = numbers.len() - unreached.len();
    Delivery { recipients: numbers.len(), accepted, unreached, interrupted, elapsed: started.elapsed() }
}

/// The tasks that ended, by number, with what they returned; and whether they were interrupted.
async fn all_or_interrupted(
    mut tasks: JoinSet<(bool, String)>,
    progress: &Progress,
    interrupt: impl Future<Output = ()>,
) -> (HashMap<String, bool>, bool) {
    let mut fates = HashMap::new();
    let (mut interrupt, mut interrupted) = (pin!(interrupt), false);
    loop {
        tokio::select! {
            // Tasks that have ended count, also those that did at the moment of the interruption.
            biased;
            ended = tasks.join_next() => match ended {
                Some(Ok((accepted, number))) => { fates.insert(number, accepted); }
                Some(Err(cut_off)) if cut_off.is_cancelled() => {}
                Some(Err(panic)) => warn!("sending failed: {panic}"),
                None => return (fates, interrupted),
            },
            () = &mut interrupt, if !interrupted => {
                interrupted = true;
                progress.interrupt();
                tasks.abort_all();
            }
        }
    }
}

fn unreached(number: &str, given_up: bool, attempts: Option<&Attempts>) -> Unreached {
    let Attempts { calls, last_failure } = attempts.cloned().unwrap_or_default();
    let how = if given_up { "given up" } else { "cut off" };
    let calls = if calls == 1 { "1 call".into() } else { format!("{calls} calls") };
    let last = last_failure.map_or("no answer yet".into(), |failure| failure.to_string());
    Unreached {
        number: number.into(),
        given_up,
        reason: format!("{how} after {calls}, the last answer: {last}"),
    }
}
