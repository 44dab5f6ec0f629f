//! Real servers, for tests and for programs that measure on them: Redis (or Valkey), PostgreSQL and RabbitMQ.
//!
//! Each is a program of this machine that runs in a temporary folder, on free ports of 127.0.0.1. Dropping its value
//! ends it and removes the folder. So does the end of this process, however that comes.
//!
//! ```no_run
//! use backoff_test_servers::{Redis, or_skip};
//!
//! # fn a_test() {
//! let Some(mut redis) = or_skip(Redis::start()) else { return };
//! println!("{}", redis.url());
//! redis.kill();
//! redis.restart().unwrap();
//! # }
//! ```
//!
//! A server that is not installed is a [`Missing`] that says how to install it. [`or_skip`] makes of it a test that
//! skips itself, or that fails where `REQUIRE_SERVERS` is set.

mod cluster;
mod missing;
mod port;
mod postgres;
mod process;
mod program;
mod rabbitmq;
mod redis;
mod tls;

pub use cluster::RedisCluster;
pub use missing::{Missing, or_skip};
pub use port::free_ports;
pub use postgres::Postgres;
pub use process::{Process, Signal};
pub use program::{program, program_by};
pub use rabbitmq::RabbitMq;
pub use redis::Redis;
