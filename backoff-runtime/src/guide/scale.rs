//! Scale: hundreds of workers, many keys, several regions.
//!
//! The chapter on [more than one machine](super::more_than_one_machine) has one process that leads and gives turns to all.
//! How far does that go, and what comes after it?
//!
//! # Hundreds of processes
//!
//! Simulated, with a store 0.3 ms away, on a server whose bucket of one second has 1000 calls a second. Calls and time are
//! more or less than those of one process alone; the shares are the smallest and the largest of a process when half has
//! passed, as ratios to equal parts:
//!
//! | processes | calls | time | shares | exchanges per s | passed on per s | state | no turns when the leader is killed | wait for a turn: half, 99 % |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | 1 | +0.5 % | -0.6 % | 1.00 | 920 | 8 | 5.5 kB | | 0.6 ms, 1.4 ms |
//! | 8 | +0.5 % | -0.2 % | 1.00 | 1758 | 1784 | 6.6 kB | 2.2 s | 1.1 ms, 2.2 ms |
//! | 32 | +0.5 % | -0.3 % | 0.99 to 1.02 | 1892 | 2279 | 10 kB | 2.2 s | 1.1 ms, 2.3 ms |
//! | 100 | +0.5 % | -0.3 % | 0.98 to 1.04 | 1925 | 3069 | 19 kB | 2.2 s | 1.2 ms, 2.4 ms |
//! | 300 | +0.5 % | -0.4 % | 0.94 to 1.04 | 1955 | 5261 | 46 kB | 2.0 s | 1.2 ms, 2.3 ms |
//! | 1000 | +0.5 % | -0.2 % | 0.80 to 1.10 | 2104 | 13,547 | 139 kB | 2.0 s | 1.2 ms, 2.3 ms |
//!
//! (`cargo run --release -p backoff-tests --example fleet_scale` prints it, and the table of regions below.)
//!
//! So calls and time stay those of one process, and a leader that is killed costs two seconds, however many there are. What
//! grows is what is stored with the turns: 5 kB, and 0.14 kB for each process. A thousand processes at a thousand calls a
//! second would write more than 100 MB a second, which is where one Redis, and one thread of one process, have enough.
//!
//! What to do then, in this order:
//!
//! 1. *Fewer processes.* One process makes thousands of calls at a time, and a hundred thousand callers may wait in it. Four
//!    hundred workers of one thread are better ten processes of forty.
//! 2. *Fewer names.* Nothing is exchanged for a pacer that nobody uses, but a word in ten seconds.
//! 3. *Several names for one limit*, below.
//!
//! # Many keys
//!
//! Each key of [`Pacers`](crate::Pacers) is a pacer with a name of its own (`share_each`): tenants, hosts, models. Each is led
//! by the process that asked for it first, so that many keys are led by many processes. All that Redis keeps of a name has one
//! hash tag, `{backoff:NAME}`, so a cluster spreads the names over its nodes by itself. Without a cluster, the key says which
//! Redis:
//!
//! ```
//! /// The Redis of a key: the same in all processes, as long as the list is. (The hash is FNV-1a; that of the standard
//! /// library may be another in the next release of Rust.)
//! fn redis_of<'r>(key: &str, all: &[&'r str]) -> &'r str {
//!     let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
//!     let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
//!     all[(hash % all.len() as u64) as usize]
//! }
//!
//! let all = ["redis://one.example.com", "redis://two.example.com"];
//! assert_eq!(redis_of("tenant 7", &all), redis_of("tenant 7", &all));
//! ```
//!
//! When the list changes, most keys move, and what was learned of their limits is found anew.
//!
//! # One limit under several names
//!
//! A limit of 10,000 calls a second may be four of 2,500, `sms-0` to `sms-3`, each with a quarter of the processes. They know
//! nothing of each other, so a quarter that its processes don't use is lost, and servers that save up nothing refuse calls
//! that meet. Each should be told its quarter: four adaptive pacers on one limit would be in each other's way, as processes
//! without any sharing are, only less.
//!
//! # Several regions
//!
//! A Redis that is far away costs no throughput, as turns are given as much earlier. It costs a call that no limit holds the
//! way of its turn, two ways there and two back; and what is on the way when a limit changes is more:
//!
//! | one way to Redis | calls | time | exchanges per call | wait for a turn that no limit holds: half, 99 % |
//! | --- | --- | --- | --- | --- |
//! | 0.3 ms | +0.5 % | -0.3 % | 1.91 | 1.1 ms, 2.3 ms |
//! | 1.5 ms | +0.5 % | +0.1 % | 1.24 | 6.9 ms, 13 ms |
//! | 7.5 ms | +0.9 % | +1.9 % | 0.98 | 37 ms, 69 ms |
//! | 30 ms | +0.1 % | +4.0 % | 0.43 | 186 ms, 325 ms |
//!
//! - *Each region has a limit of its own* (an account or an endpoint for each): a Redis in each, and nothing else to do.
//! - *One limit for all, and calls that wait for it anyway*: one Redis for all, in the region with the most calls.
//! - *One limit for all, and calls that can't wait for the way*: a Redis in each region, and each is told its part of the
//!   limit. [`Pacer::set_rate`](crate::Pacer::set_rate) in any process of a region changes the part of all that are there, so
//!   a job that looks once in a minute how many wait where may move parts from one to another: lower one first.
//!
//! A replica in another region is no Redis to share through: what it has not heard yet is lost when it takes over. Then the
//! process that leads stores what it knows, as after a restart.
