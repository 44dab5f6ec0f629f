//! Amazon SQS: the visibility timeout is the wait.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::{
    Client,
    error::BoxError,
    types::{Message, MessageSystemAttributeName},
};
use backoff_runtime::{Policy, Tried};

use crate::{Failed, Outcome, Sms};

/// SQS keeps a message invisible for no longer than this.
const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);

/// A queue, and the one for those that have failed for good.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Talks to SQS.
    pub sqs: Client,
    /// The address of the queue.
    pub url: String,
    /// The address of the other queue.
    pub dead: String,
}

impl Queue {
    /// Puts a job in.
    ///
    /// # Errors
    ///
    /// When SQS doesn't take it.
    pub async fn put(&self, sms: &Sms) -> Result<(), BoxError> {
        let body = serde_json::to_string(sms)?;
        self.sqs.send_message().queue_url(&self.url).message_body(body).send().await?;
        Ok(())
    }

    /// Takes a job, if one is due within the wait, and does it. What fails comes back when `later` says.
    ///
    /// `lease` is how long no other worker gets the job: longer than any call takes. If this worker is killed, the job
    /// comes back then.
    ///
    /// # Errors
    ///
    /// When SQS doesn't answer as it should. The job comes back after its lease.
    pub async fn work(
        &self,
        later: &Policy,
        lease: Duration,
        call: impl AsyncFnOnce(&Sms) -> Result<(), Failed>,
    ) -> Result<Option<Outcome>, BoxError> {
        let receive = self.sqs.receive_message().queue_url(&self.url).wait_time_seconds(1);
        let receive = receive
            .visibility_timeout(seconds(lease))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let Some(message) = receive.send().await?.messages.unwrap_or_default().pop() else { return Ok(None) };
        let sms: Sms = serde_json::from_str(message.body().unwrap_or_default())?;
        let outcome = match call(&sms).await {
            Ok(()) => Outcome::Done,
            Err(failed) => match later.next_wait(tried(&message).retry_after(failed.retry_after)) {
                Ok(next) => Outcome::Later(next.wait),
                Err(reason) => Outcome::Dead(reason),
            },
        };
        self.settle(&message, &outcome).await?;
        Ok(Some(outcome))
    }

    async fn settle(&self, message: &Message, outcome: &Outcome) -> Result<(), BoxError> {
        let handle = message.receipt_handle().unwrap_or_default();
        if let Outcome::Later(wait) = outcome {
            let hide = self.sqs.change_message_visibility().queue_url(&self.url).receipt_handle(handle);
            hide.visibility_timeout(seconds(*wait)).send().await?;
            return Ok(());
        }
        if let Outcome::Dead(_) = outcome {
            // First there, then away here: killed between the two, it is in both, and never in none.
            let body = message.body().unwrap_or_default();
            self.sqs.send_message().queue_url(&self.dead).message_body(body).send().await?;
        }
        self.sqs.delete_message().queue_url(&self.url).receipt_handle(handle).send().await?;
        Ok(())
    }
}

/// How often, and for how long, a job was tried. SQS counts both, over all workers.
fn tried(message: &Message) -> Tried {
    let attribute = |name| message.attributes().and_then(|all| all.get(&name)?.parse::<u64>().ok());
    let tries = attribute(MessageSystemAttributeName::ApproximateReceiveCount).unwrap_or(1);
    let put_in = attribute(MessageSystemAttributeName::SentTimestamp).unwrap_or_default();
    let put_in = SystemTime::UNIX_EPOCH + Duration::from_millis(put_in);
    Tried::new(u32::try_from(tries).unwrap_or(u32::MAX), put_in.elapsed().unwrap_or_default())
}

/// Whole seconds, rounded up, so that no wait is shorter than it was to be.
fn seconds(wait: Duration) -> i32 {
    let wait = wait.min(LONGEST);
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
