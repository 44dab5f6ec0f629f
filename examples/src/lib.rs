//! What the examples share, and what their tests drive: the Messages API on loopback, its client, the annotated
//! function that sends, and what is shown while and after it runs.

pub mod arguments;
pub mod article;
pub mod delivery;
pub mod journal;
pub mod ledger;
pub mod logging;
pub mod messages_api;
pub mod on_call;
pub mod outbox;
pub mod per_second;
pub mod progress;
pub mod recipients;
pub mod report;
pub mod send_paced;
pub mod send_sms;
pub mod told;
pub mod traffic;
pub mod vonage;
pub mod way;

/// The page for users of Python, whose blocks are compiled as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-python.md")]
pub struct FromPython;
