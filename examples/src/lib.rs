//! What the examples share, and what their tests drive: the Messages API on loopback and its client.

pub mod messages_api;
pub mod per_second;
pub mod recipients;
pub mod vonage;
