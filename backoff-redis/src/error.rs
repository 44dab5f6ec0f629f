//! Why a pacer can't be shared.

use std::{fmt, io};

/// Why a pacer can't be shared: the address is wrong, or there is no thread to be had. That Redis can't be reached is no
/// error; see [what happens when Redis is away](crate#when-redis-is-away).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The address, or a certificate, can't be used.
    Address(redis::RedisError),
    /// The pacer has no name.
    NoName,
    /// The pacer is shared already.
    Shared,
    /// No thread could be started.
    Thread(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // What redis says does not repeat the address, which may have a password in it.
            Self::Address(why) => write!(
                f,
                "the address of Redis can't be used ({why}); write for instance `redis://127.0.0.1:6379`, \
                 `redis://:password@host/0` or `rediss://host` for TLS"
            ),
            Self::NoName => f.write_str(
                "a shared pacer needs a name, by which its processes find each other; write for instance `\"sms\"`",
            ),
            Self::Shared => f.write_str("the pacer is shared already; share it once, or call `leave` before"),
            Self::Thread(why) => write!(f, "the thread that talks to Redis can't be started: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Address(why) => Some(why),
            Self::NoName | Self::Shared => None,
            Self::Thread(why) => Some(why),
        }
    }
}
