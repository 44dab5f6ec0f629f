//! The attributes in a crate of edition 2024, where unsafe functions may be written.
#![deny(warnings)]

#[cfg(test)]
#[path = "../../derived.rs"]
mod derived;

#[cfg(test)]
#[path = "../../drop_order.rs"]
mod drop_order;

#[cfg(test)]
#[path = "../../functions.rs"]
mod functions;
