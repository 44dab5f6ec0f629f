//! RabbitMQ, by its client.
//!
//! apalis-amqp 1.0.0 has all delayed tasks wait in one queue, each with a time of its own, and RabbitMQ takes out only the
//! [first of a queue](https://www.rabbitmq.com/docs/ttl#per-message-ttl-caveats): behind a task that waits for an hour, one
//! that waits for a second waits for an hour, too. (Of two that were put in for 20 s and for 2 s, both came after 20 s.) It
//! asks for no confirmation of what it publishes, does not have it kept on the disk, and has no idempotency keys.
//!
//! So here are queues of ours: for each delay one in which all messages wait for the same time, so that the first is always
//! the first to go, and from which they go to the queue of jobs when it is over. They go by themselves when nobody has used
//! them for an hour longer than that. What is published is confirmed before anything else is done, and kept on the disk.
//!
//! They are quorum queues that hand a message over
//! [at least once](https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering), as a classic one does
//! not wait until the queue of jobs has it. The queue of jobs is a classic one: a quorum queue of RabbitMQ 4 drops what was
//! given out twenty times, and workers that die are no fault of a job.
//!
//! This holds when workers are killed. When the server itself is killed (`kill -9`, RabbitMQ 3.10, a single node), a message
//! was lost in two runs of twelve with classic queues, and with quorum queues in none of six with one such kill, but in three of
//! five with four of them. Where, is not known. Redis (with `appendonly`) and Postgres lost none in the same test.
//!
//! RabbitMQ does not know a message again. A worker that dies between putting the next try in and being done with the last one
//! leaves the job in the queue twice. Both have the same key, by which the provider knows the second as a repetition.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions,
    BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{AT_ONCE, FAILED, JOBS};
use crate::Failure;
use crate::job::{Failed, Job};
use crate::worker::Worker;

/// Kept on the disk.
const PERSISTENT: u8 = 2;

/// A server of RabbitMQ.
#[derive(Clone, Debug)]
pub struct Amqp {
    connection: Arc<Connection>,
    publisher: Channel,
}

impl Amqp {
    pub(super) async fn open(url: &str) -> Result<Self, Failure> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let publisher = connection.create_channel().await?;
        publisher.confirm_select(ConfirmSelectOptions::default()).await?;
        for queue in [JOBS, FAILED] {
            declare(&publisher, queue, FieldTable::default()).await?;
        }
        Ok(Self { connection: connection.into(), publisher })
    }

    pub(super) async fn put(&self, job: &Job) -> Result<(), Failure> {
        let seconds = rounded(job.due_in());
        if seconds == 0 {
            return self.publish(JOBS, job).await;
        }
        let waiting = format!("{JOBS}.in-{seconds}s");
        declare(&self.publisher, &waiting, waits_for(Duration::from_secs(seconds))).await?;
        self.publish(&waiting, job).await
    }

    pub(super) async fn put_failed(&self, failed: &Failed) -> Result<(), Failure> {
        self.publish(FAILED, failed).await
    }

    /// Looks at all of them, and gives them back. One that is there twice is told once.
    pub(super) async fn failed(&self) -> Result<Vec<Failed>, Failure> {
        let channel = self.connection.create_channel().await?;
        let mut failed = HashMap::new();
        while let Some(message) = channel.basic_get(FAILED.into(), BasicGetOptions::default()).await? {
            let one: Failed = serde_json::from_slice(&message.data)?;
            failed.insert(one.job.key.clone(), one);
        }
        channel.close(200, "looked at".into()).await?;
        Ok(failed.into_values().collect())
    }

    pub(super) async fn close(self) -> Result<(), Failure> {
        Ok(self.connection.close(200, "done".into()).await?)
    }

    pub(super) async fn work(&self, name: &str, worker: Arc<Worker>) -> Result<(), Failure> {
        let channel = self.connection.create_channel().await?;
        channel.basic_qos(AT_ONCE as u16, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let mut jobs =
            channel.basic_consume(JOBS.into(), name.into(), options, FieldTable::default()).await?;
        let mut tries = JoinSet::new();
        loop {
            tokio::select! {
                delivery = jobs.next() => match delivery {
                    Some(delivery) => tries.spawn(try_job(delivery?, worker.clone())),
                    None => return Err("the connection is closed".into()),
                },
                Some(done) = tries.join_next() => {
                    done??;
                    continue;
                }
            };
        }
    }

    async fn publish(&self, queue: &str, what: &impl Serialize) -> Result<(), Failure> {
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let body = serde_json::to_vec(what)?;
        let confirm =
            self.publisher.basic_publish("".into(), queue.into(), options, &body, properties).await?.await?;
        match confirm {
            Confirmation::Ack(None) => Ok(()),
            other => Err(format!("the server did not take a message for `{queue}`: {other:?}").into()),
        }
    }
}

async fn try_job(delivery: Delivery, worker: Arc<Worker>) -> Result<(), Failure> {
    let job = serde_json::from_slice(&delivery.data)?;
    match worker.try_job(job).await {
        Ok(()) => delivery.acker.ack(BasicAckOptions::default()).await?,
        Err(error) => {
            tracing::error!("a try goes back into the queue: {error}");
            let options = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
            delivery.acker.nack(options).await?
        }
    };
    Ok(())
}

async fn declare(channel: &Channel, queue: &str, arguments: FieldTable) -> Result<(), lapin::Error> {
    channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments).await?;
    Ok(())
}

/// What makes of a queue one in which messages wait, and from which they go to the jobs.
fn waits_for(wait: Duration) -> FieldTable {
    let millis = |duration: Duration| AMQPValue::LongLongInt(duration.as_millis() as i64);
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut arguments = FieldTable::default();
    for (name, value) in [
        ("x-message-ttl", millis(wait)),
        ("x-expires", millis(wait + Duration::from_hours(1))),
        ("x-dead-letter-exchange", text("")),
        ("x-dead-letter-routing-key", text(JOBS)),
        // A message stays until the queue of jobs has it.
        ("x-dead-letter-strategy", text("at-least-once")),
        // What that strategy asks for.
        ("x-queue-type", text("quorum")),
        ("x-overflow", text("reject-publish")),
    ] {
        arguments.insert(name.into(), value);
    }
    arguments
}

/// A wait in whole seconds, rounded up, from 64 on to six binary digits: so there are at most 32 queues for waits between some
/// time and twice that, and none is longer than it has to be by more than 4 %.
fn rounded(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let step = 1 << seconds.max(1).ilog2().saturating_sub(5);
    seconds.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_wait_is_never_shortened_and_is_little_longer() {
        for seconds in 0..100_000 {
            let wait = rounded(Duration::from_secs(seconds));
            assert!(wait >= seconds && wait as f64 <= seconds as f64 * 1.04, "{seconds} s: {wait} s");
        }
        assert_eq!(rounded(Duration::from_millis(1001)), 2);
    }

    #[test]
    fn a_day_of_waits_needs_few_queues() {
        let queues: BTreeSet<_> = (0..=86_400).map(|seconds| rounded(Duration::from_secs(seconds))).collect();
        assert!(queues.len() < 450, "{}", queues.len());
    }
}
