//! The attributes in a crate of edition 2021.
#![deny(warnings, rust_2024_compatibility)]

#[cfg(test)]
#[path = "../../derived.rs"]
mod derived;

#[cfg(test)]
#[path = "../../drop_order.rs"]
mod drop_order;

#[cfg(test)]
#[path = "../../functions.rs"]
mod functions;

#[cfg(test)]
#[path = "../../older.rs"]
mod older;
