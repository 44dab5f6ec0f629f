//! One policy, many functions.
//!
//! An application that calls an API at fifty places says once how it is retried. A [`Policy`](crate::Policy) is that as a
//! value:
//!
//! ```
//! use backoff_runtime::{Paced, Pacer, Policy, RetryBudget};
//!
//! static LIMIT: Pacer = Pacer::per(100, "1m");
//! static BUDGET: RetryBudget = RetryBudget::new();
//!
//! /// How the API of the shop is called.
//! static SHOP: Policy<Paced> =
//!     Policy::expo().max_value("30s").max_tries(8).max_time("5m").budget(&BUDGET).pacer(&LIMIT);
//! ```
//!
//! | what | where it is said | why |
//! | --- | --- | --- |
//! | generator, jitter, limits, budget, pacer, log levels | in the policy | they are about the service that is called |
//! | which failures pass, which are the rate limit, and its hint | by the error's type: [`Transient`](trait@crate::Transient) | it is the same wherever that error comes from |
//! | handlers, `giveup`, `fallback`, `cost`, `stop` | in the attribute | they are about the function |
//! | counters, and who hears of everything | once: [`program`](crate::program) | they are about the program |
//!
//! # Where a policy is named
//!
//! ```
//! # use backoff_runtime::{Policy, Retryable, retry};
//! # use std::io;
//! # static SHOP: Policy = Policy::expo().max_tries(8);
//! // In the place of the generator, with what is different behind it.
//! #[retry(SHOP, transient, max_tries = 3)]
//! async fn price(item: u32) -> io::Result<u32> {
//!     Ok(item * 100)
//! }
//!
//! struct Shop {
//!     policy: Policy,
//! }
//!
//! impl Shop {
//!     // One that is no `static` is named by a reference. The call keeps a copy of it.
//!     #[retry(&self.policy, transient)]
//!     async fn stock(&self, item: u32) -> io::Result<u32> {
//!         Ok(item)
//!     }
//! }
//!
//! # async fn calls() -> io::Result<()> {
//! // Behind a function or closure.
//! let price_of_7 = (|| price(7)).retry(&SHOP).await?;
//! // With options of its own.
//! let price_of_8 = SHOP.on_exception().transient().max_time(2).run(|| price(8)).await?;
//! # let _ = (price_of_7, price_of_8, Shop { policy: SHOP }.stock(1).await?);
//! # Ok(())
//! # }
//! ```
//!
//! # How a call may end
//!
//! The type of a policy says what its functions have to be able to say:
//!
//! | type | made by | its calls end |
//! | --- | --- | --- |
//! | `Policy` | the generator's name | with what an attempt returned |
//! | `Policy<Paced>` | `.pacer(&LIMIT)` | also without a turn in time, if there is a limit of time |
//! | `Policy<Timed>` | `.attempt_timeout(..)`, `.timeout(..)` | also with an attempt that was cut; only async functions |
//!
//! The last two ask for `From<AttemptTimeout>` or `on_timeout`, whatever the values are: they may be replaced while the
//! program runs.
//!
//! # Chosen at run time
//!
//! What is known only at run time is set, on a copy: every policy can be copied.
//!
//! ```
//! use backoff_runtime::{AnyJitter, LivePolicy, Policy, constant};
//!
//! static POLL: LivePolicy = LivePolicy::new(Policy::constant("1s").max_time("1m"));
//!
//! fn use_less(patience: f64) {
//!     let mut policy = POLL.get();
//!     policy.set_waits(constant().interval(patience / 10.0));
//!     policy.set_max_time(patience);
//!     policy.set_jitter(AnyJitter::Equal);
//!     POLL.set(policy);
//! }
//! # use_less(600.0);
//! ```
//!
//! Attributes and closures name a [`LivePolicy`](crate::LivePolicy) as any other. Each call keeps the policy with which it
//! began.
//!
//! # Kept by a queue
//!
//! A wait of hours does not belong into a process, which may end. A queue keeps the job, and the policy says when it comes
//! back: [`next_wait`](crate::Policy::next_wait) gives the wait as a value, from what is stored with the job. It counts all
//! tries in all processes, and the time since the job was put in.
//!
//! ```
//! use backoff_runtime::{Policy, Tried};
//! use std::time::Duration;
//!
//! static LATER: Policy = Policy::expo().factor(60.0).max_value("1h").max_time("1d");
//!
//! // The third try failed, ten minutes after the job was put in.
//! let next = LATER.next_wait(Tried::new(3, Duration::from_secs(600))).unwrap();
//! assert!(next.wait <= Duration::from_secs(4 * 60));
//! ```
//!
//! The example `queue` does so with SQLite, Redis, Postgres and RabbitMQ, and kills the processes that work; the chapter on
//! [other queues](super::other_queues) with Amazon SQS and MongoDB.
