//! More than one machine.
//!
//! A [`Pacer`](crate::Pacer) belongs to a process, and a limit to an account. Eight processes that each keep to the limit make
//! eight times as many calls, and eight that each find it by trying are in each other's way. The crate `backoff-redis` shares
//! a pacer through Redis or Valkey, so that all of them together do what one would.
//!
//! # When a process' own pacer is enough
//!
//! - One process makes all the calls. A hundred thousand callers may wait in it.
//! - The server counts by machine or connection. Then each process has a limit of its own.
//! - All together are far below the limit, and refusals are rare. Then backing off is enough.
//! - The limit is known, the number of processes never changes, and each always has something to send: each may be told its
//!   part. A part that one does not use is lost then, and on a server that saves up nothing calls of two processes meet.
//!
//! Otherwise it is worth a line more.
//!
//! # The line more
//!
//! ```rust,ignore
//! static SMS: Pacer = Pacer::adaptive();
//!
//! #[retry(expo, pacer = SMS, transient, max_time = "5m")]
//! async fn send_sms(to: &str) -> Result<(), Error> { /* as before */ }
//!
//! fn main() -> Result<(), Failure> {
//!     backoff_redis::share(&SMS, "sms", "redis://127.0.0.1:6379")?;
//!     // ...
//! }
//! ```
//!
//! All processes that share a pacer of this name through this Redis keep to one limit. Nothing else changes: attributes,
//! closures, layers, policies, costs, deadlines, and what the server says of its limits. `Redis::at(address)?` makes one
//! connection for several pacers, and its `share_each` shares [`Pacers`](crate::Pacers), each key for itself. (The
//! documentation of `backoff_redis` has these lines as code that is compiled.)
//!
//! One of the processes leads. It hears of all calls, decides as a pacer alone does, and gives turns to the processes, to one
//! after the other. It stores what it knows with each turn, so another can go on at any moment.
//!
//! # How close it comes
//!
//! Simulated on a paused clock, with a store 0.3 ms away: what one process alone takes, as ratios to what the server allows;
//! how much more eight and 32 take that share its pacer; and what eight take of which each has a pacer of its own.
//!
//! | server | alone: calls, time | 8 share | 32 share | 8 apart |
//! | --- | --- | --- | --- | --- |
//! | bucket of 1, 1/s, 500 messages | 1.022, 1.026 | +0.0 %, +0.0 % | +0.0 %, +0.0 % | 1.376, 8.76 |
//! | bucket of 1, 170/s, 5000 | 1.002, 1.110 | +0.0 %, +0.0 % | +0.0 %, +0.1 % | over 10 times |
//! | bucket of 1 s, 170/s, 5000 | 1.018, 1.042 | +0.6 %, +0.9 % | +0.6 %, +0.4 % | 1.029, 1.65 |
//! | window of 1 s, 10/s, 5000 | 1.003, 1.032 | +0.0 %, -0.4 % | +0.0 %, -0.2 % | 1.027, 1.31 |
//! | window of 1 s, 170/s, 5000 | 1.015, 1.116 | +0.3 %, +0.2 % | +0.3 %, +2.9 % | 1.016, 1.28 |
//! | windows of 10 s, 100 calls each, 1000 | 1.022, 1.036 | +0.0 %, -0.0 % | +0.0 %, -0.0 % | 1.081, 1.20 |
//! | bucket of 21, 10/s, without `Retry-After`, 300 | 1.037, 1.002 | -0.1 %, +0.3 % | -0.2 %, +0.1 % | 1.187, 5.83 |
//!
//! On all 59 servers of the table, two, eight and 32 that share make at most 1.0 % more calls than one alone and take at most
//! 5 % more time. (The worst of all is one process that shares, on a limit that changes: 7 % more time.) `cargo run --release -p backoff-tests --example fleet_table` prints them all, in
//! about two minutes. `docs/images/fleet-apart-and-shared.png` is the picture of one of them. The same with real processes,
//! HTTP, nginx and Redis: `cargo run --release -p backoff-example-fleet -- servers`.
//!
//! Each process has its part, whatever the others have in their queues. When half of the messages had passed, no process was
//! more than 6 % from its part, where each had 90 messages or more and enough callers. Where each had fewer, it was two or three
//! calls. Where only 20 callers at a time ask, eight processes have 0.81 to 1.26 of their parts: whoever asks is served. The
//! order is kept within a process, not between them.
//!
//! # What Redis costs
//!
//! In the simulation, one process that shares exchanges one message and its answer with Redis per call, two exchange 1.5, eight
//! 1.9 and 32 exchange 2.0, where ten calls a second go or more. Of slow limits it is more, as the lease is renewed and all
//! hear of the leader once in a second: at one call a second 3 of one process, 3.9 of eight, and 7.0 of 32.
//!
//! A call that no limit holds still waits for its turn to arrive: two ways to Redis and two back, 1.1 ms in the simulation.
//! A server without a limit, which a pacer alone leaves alone, is reached so much later by each caller. Where that matters
//! and the limit is far away, leave the pacer unshared.
//!
//! `cargo run --release -p backoff-example-fleet -- cost` measures exchanges and processor time per call on a real Redis.
//!
//! # When something goes wrong
//!
//! Nobody hangs, and the limit is exceeded by hardly more than what was in flight. What happens is said in a log line of the target
//! `backoff`, and [`PacerState::fleet`](crate::PacerState) says at any time whether the others are reached (feature `fleet`).
//!
//! | what happens | what it costs |
//! | --- | --- |
//! | the process that leads is killed, or stands still | no turns for two seconds; then another goes on where it was |
//! | another is killed | the turns that it had; its calls in flight count for five seconds |
//! | another stands still (`SIGSTOP`, a paused machine) | it gets no turns after a second and a half; turns that it slept through are void when it goes on |
//! | Redis is away, or slower than a second | after a second each goes on by itself with its part; when Redis is back, all share again |
//! | Redis becomes slow | turns that are on their way come late, so some calls meet and may be refused; then turns are given as much earlier |
//! | Redis is restarted or flushed | nothing, as long as the process that leads lives: it stores again what it knows |
//! | messages between processes are lost | turns that were on their way are given again after a second |
//!
//! *Its part* is the limit that was told, divided by the processes that were there, or that part of the rate that was found.
//! Two things to know of it. Parts know nothing of each other, so calls meet: a server that saves up nothing refuses some,
//! and at worst half of the rate is used until Redis is back. And a quota per window is spread over its window, as nobody knows
//! how much of it is used. A process that is started while Redis is away knows of no others, and has all of the limit.
//!
//! `docs/images/fleet-hurt.png` shows eight processes of which the one that leads is killed while they send, and then Redis
//! goes away. The tests are `tests/tests/pacing_fleet.rs`, with a fleet that is hurt at random, and
//! `cargo run --release -p backoff-example-fleet -- faults` does it to real processes.
//!
//! # What is not shared
//!
//! - A [`RetryBudget`](crate::RetryBudget) is a process' own. That is no loss: its share of retries is one of its own calls.
//! - A [`Stop`](crate::Stop), an attempt's timeout, and the waits of generators.
//! - The calls that wait. If their process is gone, so are they. What must not be lost belongs into a queue: the example
//!   `queue` has one that survives, [`Policy::next_wait`](crate::Policy::next_wait) says when its jobs come back, and the
//!   chapter on [other queues](super::other_queues) has more.
//!
//! # Another limit in the next release
//!
//! Processes that share a name should make their pacers alike. While a release is rolled out, some know the old limit and
//! some the new one: the one that leads decides for all. When one of the other kind gets to lead, it can't use what was
//! stored for other limits, so it begins anew with its own and says so in a log line. Two ways without that:
//!
//! - [`Pacer::set_rate`](crate::Pacer::set_rate) in any process changes the rate for all of them, at once.
//! - `Pacer::adaptive()` is told nothing, so releases don't differ. It finds a raised limit within a minute or so.
//!
//! A new name is a new limit: while both names are in use, both limits are.
//!
//! Farther than one Redis and some hundred processes: [Scale](super::scale).
