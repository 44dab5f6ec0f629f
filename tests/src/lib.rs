//! What the tests share.

pub mod flaky;
pub mod fleet;
pub mod logs;
pub mod rate_limits;
pub mod telling;
pub mod trace;

/// The README's examples.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
