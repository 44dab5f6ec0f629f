//! Other queues: Amazon SQS and MongoDB.
//!
//! A call that gives up after minutes may still be made hours later, by another process, if its job is kept. A queue needs
//! two answers of a policy then: when the job comes back, and whether it is too late for that.
//! [`Policy::next_wait`](crate::Policy::next_wait) gives both to any queue that tells it how often and for how long the job
//! was tried. So there are two policies: that of the call, in seconds and by an attribute, and that of the job:
//!
//! ```
//! use backoff_runtime::Policy;
//!
//! /// When a message comes back that a call could not deliver.
//! static LATER: Policy = Policy::expo().factor(60.0).max_value("1h").max_time("1d");
//! ```
//!
//! What holds for each queue:
//!
//! - **A job may be done twice.** A worker that is killed after the call and before it says so leaves a job that comes back.
//!   So each job has a key that is made when it is put in and sent with each call (`Idempotency-Key`, `client_ref`), and the
//!   API knows by it what it has done.
//! - **The lease is longer than the call.** The worker has the job for a while, and if it is killed, the job comes back after
//!   that. A call with `max_time` below the lease never meets itself.
//! - **A try counts when it begins.** A worker that is killed has made one, too. A job that kills each of its workers never
//!   comes to the policy, so its tries need a limit of their own: on SQS the redrive policy's `maxReceiveCount`, on MongoDB
//!   one more condition on `tries`.
//!
//! The code below is from the example `other_queues`, which has tests:
//! `cargo test --manifest-path examples/other_queues/Cargo.toml`.
//!
//! # Amazon SQS
//!
//! A message that was received is invisible until its visibility timeout ends. That is the lease first, and is changed to the
//! wait when the call has failed:
//!
//! ```rust,ignore
//! let receive = self.sqs.receive_message().queue_url(&self.url).wait_time_seconds(1);
//! let receive = receive
//!     .visibility_timeout(seconds(lease))
//!     .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
//!     .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
//! let Some(message) = receive.send().await?.messages.unwrap_or_default().pop() else { return Ok(None) };
//! let sms: Sms = serde_json::from_str(message.body().unwrap_or_default())?;
//! let outcome = match call(&sms).await {
//!     Ok(()) => Outcome::Done,
//!     Err(failed) => match later.next_wait(tried(&message).retry_after(failed.retry_after)) {
//!         Ok(next) => Outcome::Later(next.wait),
//!         Err(reason) => Outcome::Dead(reason),
//!     },
//! };
//! self.settle(&message, &outcome).await?;
//! Ok(Some(outcome))
//! ```
//!
//! SQS counts the tries and keeps the time, so nothing is stored with the job:
//!
//! ```rust,ignore
//! fn tried(message: &Message) -> Tried {
//!     let attribute = |name| message.attributes().and_then(|all| all.get(&name)?.parse::<u64>().ok());
//!     let tries = attribute(MessageSystemAttributeName::ApproximateReceiveCount).unwrap_or(1);
//!     let put_in = attribute(MessageSystemAttributeName::SentTimestamp).unwrap_or_default();
//!     let put_in = SystemTime::UNIX_EPOCH + Duration::from_millis(put_in);
//!     Tried::new(u32::try_from(tries).unwrap_or(u32::MAX), put_in.elapsed().unwrap_or_default())
//! }
//! ```
//!
//! - Waits are whole seconds, rounded up here. A message is invisible for at most 12 hours, so a longer wait is cut to that:
//!   the job comes back too early, and costs a try.
//! - That the next try is the last ([`NextWait::is_last`](crate::NextWait::is_last)) can't be stored. So tries come ever faster
//!   as the end of `max_time` comes near, though no faster than one a second. `max_tries` bounds that.
//! - `ApproximateReceiveCount` is what it says: approximate.
//! - What has failed for good goes to a queue of its own. Where the queue has a redrive policy, its `maxReceiveCount` must be
//!   larger than the policy's `max_tries`, or SQS moves the job first.
//! - A message is kept for 4 days by default, and for 14 at most (`MessageRetentionPeriod`): `max_time` must be below that.
//!
//! Tested with the crate `aws-sdk-sqs` on moto, which speaks as SQS does, not on SQS itself.
//!
//! # MongoDB
//!
//! A job is a document with the time when it is due. One step finds it, counts the try and puts off when it is due by the
//! lease, so that no two workers have it:
//!
//! ```rust,ignore
//! let due = doc! { "dead": null, "due": { "$lte": DateTime::now() } };
//! let lease = doc! { "due": from_now(lease), "lease": Uuid::new_v4().to_string() };
//! let taken = self.jobs.find_one_and_update(due, doc! { "$set": lease, "$inc": { "tries": 1 } });
//! taken.sort(doc! { "due": 1 }).return_document(ReturnDocument::After).await
//! ```
//!
//! Afterwards it is settled, but only by the worker that still has it:
//!
//! ```rust,ignore
//! let elapsed = job.put_in.to_system_time().elapsed().unwrap_or_default();
//! let tried = Tried::new(job.tries, elapsed).last(job.is_last).retry_after(failed.retry_after);
//! let (change, outcome) = match later.next_wait(tried) {
//!     Ok(next) => {
//!         (doc! { "due": from_now(next.wait), "is_last": next.is_last }, Outcome::Later(next.wait))
//!     }
//!     Err(reason) => (doc! { "dead": format!("{reason:?}: {}", failed.why) }, Outcome::Dead(reason)),
//! };
//! let settled = self.jobs.update_one(job.mine(), doc! { "$set": change }).await?;
//! Ok(Some(if settled.matched_count == 1 { outcome } else { Outcome::Lost }))
//! ```
//!
//! - The identifier of the document is the key of the job, so that what is put in twice is one job.
//! - An index on `dead` and `due` finds the next job without a look at all others.
//! - Times are those of the workers' clocks. If these differ, a job comes that much too early or too late.
//! - Written to a replica set, a job outlives the primary's failure if the write concern is `majority`, the default since
//!   MongoDB 5.0.
//!
//! Tested with the crate `mongodb` on SecantusDB, which speaks as MongoDB does, not on `mongod` itself.
