//! Policies from configuration: from what `serde` reads, and from environment variables. What can be written is in one
//! table ([`keys`]), how a value is read in one place ([`values`]), and what becomes of all of them in one ([`settings`]).

mod env;
mod keys;
#[cfg(feature = "serde")]
mod read;
mod settings;
mod values;
mod words;

pub use self::env::EnvError;
