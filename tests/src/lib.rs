//! What the tests share.

pub mod flaky;
