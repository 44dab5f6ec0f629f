//! One task per message, and what became of them.

use std::{
    collections::HashMap,
    future::pending,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use backoff_runtime::Pacer;
use tokio::task::JoinSet;
use tracing::warn;

use crate::{ledger::Attempts, outbox::Outbox, progress::Progress};

/// A way to send a message, with all its attempts: one of the annotated functions.
pub trait Courier: Send + Sync + 'static {
    /// What it sends with.
    fn outbox(&self) -> &Outbox;

    /// What keeps it from calling too fast, if anything does.
    fn pacer(&self) -> Option<&Pacer> {
        None
    }

    /// Sends one message, and says whether it was accepted.
    fn deliver(&self, number: &str, message: &str) -> impl Future<Output = bool> + Send;
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
    /// Who was reached by an earlier run, and not sent to by this one.
    pub reached_before: Vec<String>,
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
    /// The same, with those whom this run did not send to, since an earlier one did.
    #[must_use]
    pub fn after_earlier(mut self, reached: Vec<String>, unknown: Vec<String>) -> Self {
        self.recipients += reached.len() + unknown.len();
        self.reached_before = reached;
        self.unreached.extend(unknown.into_iter().map(|number| Unreached {
            number,
            given_up: false,
            reason: "was in flight when an earlier run ended; it may have arrived".into(),
        }));
        self
    }

    /// How many messages were given up.
    #[must_use]
    pub fn given_up(&self) -> usize {
        self.unreached.iter().filter(|unreached| unreached.given_up).count()
    }
}

/// Sends `message` to all `numbers`, one task each, until all are done or `interrupt` is.
pub async fn send_to_all(
    courier: &Arc<impl Courier>,
    numbers: &[String],
    message: &str,
    interrupt: impl Future<Output = ()>,
) -> Delivery {
    let (started, outbox) = (Instant::now(), courier.outbox());
    outbox.progress.show();
    let tasks = tasks(courier, numbers, message);
    let (fates, interrupted) = all_or_interrupted(tasks, &outbox.progress, interrupt).await;
    outbox.progress.finish();
    let counts = outbox.counts();
    let unreached = numbers
        .iter()
        .filter(|number| fates.get(*number) != Some(&true))
        .map(|number| unreached(number, fates.contains_key(number), counts.by_recipient.get(number)))
        .collect::<Vec<_>>();
    let accepted = numbers.len() - unreached.len();
    Delivery {
        recipients: numbers.len(),
        accepted,
        unreached,
        reached_before: Vec::new(),
        interrupted,
        elapsed: started.elapsed(),
    }
}

/// A task per number, which returns whether its message was accepted.
fn tasks(courier: &Arc<impl Courier>, numbers: &[String], message: &str) -> JoinSet<(bool, String)> {
    let mut tasks = JoinSet::new();
    for (index, number) in (0..).zip(numbers) {
        let (courier, number, message) = (Arc::clone(courier), number.clone(), message.to_owned());
        // As if the loops that make the tasks slept between them.
        let delay = courier.outbox().spacing.begin(index);
        tasks.spawn(async move {
            tokio::time::sleep(delay).await;
            (courier.deliver(&number, &message).await, number)
        });
    }
    tasks
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
    let Attempts { calls, last_failure, may_have_arrived } = attempts.cloned().unwrap_or_default();
    let how = if given_up { "given up" } else { "cut off" };
    if calls == 0 {
        return Unreached { number: number.into(), given_up, reason: format!("{how} before its first call") };
    }
    let calls = if calls == 1 { "1 call".into() } else { format!("{calls} calls") };
    let last = last_failure.map_or("no answer yet".into(), |failure| failure.to_string());
    let perhaps = if may_have_arrived { "; it may have arrived all the same" } else { "" };
    let reason = format!("{how} after {calls}, the last answer: {last}{perhaps}");
    Unreached { number: number.into(), given_up, reason }
}

/// Ends at Ctrl-C; never where that can't be heard.
pub async fn interruption() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
