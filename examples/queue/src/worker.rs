//! What a worker does with a job.

use std::time::Duration;

use backoff_runtime::{EnvError, Policy};

use crate::Failure;
use crate::job::{Job, LATER, Next};
use crate::messages::Messages;
use crate::queue::Queue;

/// A worker: takes jobs from a queue and sends them, until its process ends.
#[derive(Clone)]
pub struct Worker {
    queue: Queue,
    messages: Messages,
    later: Policy,
    crashes: f64,
}

impl Worker {
    /// A worker of a queue and a provider. `crashes` is the share of jobs at which it kills its own process between the two
    /// steps of a job that comes back: to put it in again, and to be done with the try that failed.
    ///
    /// # Errors
    /// When a variable `SMS_LATER_...` of the environment is wrong.
    pub fn new(queue: Queue, messages: Messages, crashes: f64) -> Result<Self, EnvError> {
        Ok(Self { queue, messages, later: LATER.overridden_by_env("SMS_LATER")?, crashes })
    }

    /// Works until the queue is gone.
    ///
    /// # Errors
    /// When the queue is gone, or says that it took this worker's jobs as it was silent for too long.
    pub async fn run(self, name: &str) -> Result<(), Failure> {
        let queue = self.queue.clone();
        queue.work(name, self).await
    }

    /// One try. When this returns, the job is delivered, in the queue again, or listed as failed; only then the queue is told
    /// that the try is done.
    ///
    /// # Errors
    /// When the queue is away for so long that it has to give out the same try again.
    pub async fn try_job(&self, job: Job) -> Result<(), Failure> {
        let Err(error) = self.messages.send(&job).await else { return Ok(()) };
        match job.after(&error, &self.later) {
            Next::Again(again) => self.queue.put(&again).await?,
            Next::Failed(failed) => self.queue.put_failed(&failed).await?,
        }
        // Who dies here has put the next try in and is not done with this one. It is made again, with the same key; and what
        // it puts in has the same name as what is there.
        if rand::random_bool(self.crashes) {
            std::process::abort();
        }
        Ok(())
    }
}

/// The time after which a worker that is silent is taken for dead, and others take its jobs.
pub const SILENCE: Duration = Duration::from_secs(3);
