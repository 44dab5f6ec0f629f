//! What the tests share.

pub mod flaky;
pub mod logs;
pub mod trace;
