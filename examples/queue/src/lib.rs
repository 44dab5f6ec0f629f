//! The parts of the queue that survives; `main.rs` tells what they are together.

pub mod job;
pub mod messages;
pub mod provider;
pub mod queue;
pub mod story;
pub mod worker;

/// What goes wrong with a queue, of whichever kind.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
