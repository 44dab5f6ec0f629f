//! The Messages API and the Voice API as a client sees them: credentials, the token made of them, and a call.

mod client;
mod credentials;
mod error;

pub use client::{Client, ClientError, ReachError, Receipt, Ringing, TIMEOUT};
pub use credentials::{Credentials, CredentialsError};
pub use error::{CallError, Refusal};

/// Where the real API is.
pub const API: &str = "https://api.nexmo.com";
