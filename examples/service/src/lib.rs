//! The order service of a shop: what it consists of. `main.rs` runs it, `tests` let it fail.

pub mod customer;
pub mod error;
pub mod inventory;
pub mod orders;
pub mod others;
pub mod page;
pub mod payment;
pub mod policies;
pub mod shop;
pub mod town;
