//! MongoDB: a collection, with the time when each job is due.

use std::time::{Duration, SystemTime};

use backoff_runtime::{Policy, Tried};
use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    error::Error,
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Failed, Outcome, Sms};

/// A job as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The key of its message, so that the same one is put in once.
    #[serde(rename = "_id")]
    pub key: String,
    /// The message.
    pub sms: Sms,
    /// When it may be taken: the time that the policy said or, while a worker has it, the end of the lease.
    pub due: DateTime,
    /// When it was put in.
    pub put_in: DateTime,
    /// How often it was taken.
    pub tries: u32,
    /// Whether the next try is the last that fits into `max_time`.
    pub is_last: bool,
    /// Which taking of it this is. Nobody else may settle it.
    pub lease: Option<String>,
    /// Why it has failed for good.
    pub dead: Option<String>,
}

/// A collection of jobs.
#[derive(Debug, Clone)]
pub struct Queue {
    jobs: Collection<Job>,
}

impl Queue {
    /// The jobs of a database.
    ///
    /// # Errors
    ///
    /// When the index by which due jobs are found can't be made.
    pub async fn new(database: &Database) -> Result<Self, Error> {
        let jobs = database.collection("jobs");
        jobs.create_index(IndexModel::builder().keys(doc! { "dead": 1, "due": 1 }).build()).await?;
        Ok(Self { jobs })
    }

    /// Puts a job in. One that is in already stays as it is.
    ///
    /// # Errors
    ///
    /// When the database doesn't take it.
    pub async fn put(&self, sms: Sms) -> Result<(), Error> {
        let now = DateTime::now();
        let new = doc! {
            "sms": { "to": sms.to, "text": sms.text, "key": &sms.key },
            "due": now, "put_in": now, "tries": 0, "is_last": false, "lease": null, "dead": null,
        };
        self.jobs.update_one(doc! { "_id": sms.key }, doc! { "$setOnInsert": new }).upsert(true).await?;
        Ok(())
    }

    /// Takes the job that is due first, if any is, and does it. What fails comes back when `later` says.
    ///
    /// `lease` is how long no other worker gets the job: longer than any call takes. If this worker is killed, the job
    /// comes back then.
    ///
    /// # Errors
    ///
    /// When the database doesn't answer as it should. The job comes back after its lease.
    pub async fn work(
        &self,
        later: &Policy,
        lease: Duration,
        call: impl AsyncFnOnce(&Sms) -> Result<(), Failed>,
    ) -> Result<Option<Outcome>, Error> {
        let Some(job) = self.take(lease).await? else { return Ok(None) };
        let Err(failed) = call(&job.sms).await else {
            let is_mine = self.jobs.delete_one(job.mine()).await?.deleted_count == 1;
            return Ok(Some(if is_mine { Outcome::Done } else { Outcome::Lost }));
        };
        let elapsed = job.put_in.to_system_time().elapsed().unwrap_or_default();
        let tried = Tried::new(job.tries, elapsed).last(job.is_last).retry_after(failed.retry_after);
        let (change, outcome) = match later.next_wait(tried) {
            Ok(next) => {
                (doc! { "due": from_now(next.wait), "is_last": next.is_last }, Outcome::Later(next.wait))
            }
            Err(reason) => (doc! { "dead": format!("{reason:?}: {}", failed.why) }, Outcome::Dead(reason)),
        };
        let settled = self.jobs.update_one(job.mine(), doc! { "$set": change }).await?;
        Ok(Some(if settled.matched_count == 1 { outcome } else { Outcome::Lost }))
    }

    /// In one step that no other worker can come between: finds the job, counts the try and puts off when it is due.
    async fn take(&self, lease: Duration) -> Result<Option<Job>, Error> {
        let due = doc! { "dead": null, "due": { "$lte": DateTime::now() } };
        let lease = doc! { "due": from_now(lease), "lease": Uuid::new_v4().to_string() };
        let taken = self.jobs.find_one_and_update(due, doc! { "$set": lease, "$inc": { "tries": 1 } });
        taken.sort(doc! { "due": 1 }).return_document(ReturnDocument::After).await
    }

    /// The jobs that have failed for good, and why.
    ///
    /// # Errors
    ///
    /// When the database doesn't answer as it should.
    pub async fn dead(&self) -> Result<Vec<Job>, Error> {
        let mut found = self.jobs.find(doc! { "dead": { "$ne": null } }).await?;
        let mut dead = Vec::new();
        while found.advance().await? {
            dead.push(found.deserialize_current()?);
        }
        Ok(dead)
    }
}

impl Job {
    /// This job, as long as no other worker has taken it.
    fn mine(&self) -> Document {
        doc! { "_id": &self.key, "lease": &self.lease }
    }
}

fn from_now(wait: Duration) -> DateTime {
    DateTime::from_system_time(SystemTime::now() + wait)
}
