//! Jobs that come back later, at a time that a policy says, on two kinds of queue.
//!
//! It is the code of the guide's chapter "Other queues" of `backoff-runtime`, with tests on real servers:
//!
//! ```text
//! cargo test --manifest-path examples/other_queues/Cargo.toml
//! ```
//!
//! They need `moto_server` (`pip install 'moto[server]'`), and `mongod` or what speaks as it does
//! (`pip install secantusdb==0.7.0b3`); what is missing is said, and skipped.

pub mod mongo;
pub mod sqs;

use std::time::Duration;

use backoff_runtime::GiveUp;
use serde::{Deserialize, Serialize};

/// What the worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    /// Whom it is for.
    pub to: String,
    /// What it says.
    pub text: String,
    /// Sent with each call, so that the API knows a message that comes again. Made once, when the job is put in.
    pub key: String,
}

/// Why a call for a job gave up, after all its own attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The last error.
    pub why: String,
    /// How long the server asked to stay away, if it did.
    pub retry_after: Option<Duration>,
}

/// What became of a job that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and gone.
    Done,
    /// It comes back after so long.
    Later(Duration),
    /// It is among those that have failed for good.
    Dead(GiveUp),
    /// Another worker has it by now, since this one took longer than its lease.
    Lost,
}
