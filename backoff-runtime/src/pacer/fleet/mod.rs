//! One limit for many processes: what they say to each other, and who decides.
//!
//! Each process is a [`Member`]: its pacer keeps its own callers in order, and asks for their turns. One process at a time
//! has the [`Coordinator`], which is the only one that knows the limit, and gives turns to the members one after the other.
//! Its state is a value, so another process goes on with it when the first is gone. How [`Report`]s, [`Grants`] and the
//! state come from one process to another is for a crate such as `backoff-redis` to say; nothing here waits or sends.

mod coordinator;
mod member;
mod messages;
mod share;
#[cfg(test)]
mod tests;

pub use coordinator::{Coordinator, Heard};
pub use member::Member;
pub use messages::{FleetState, Grants, Report, Status};
pub(super) use share::Share;
