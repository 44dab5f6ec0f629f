//! What the derive adds asks for no lint to be allowed, and warns of nothing.
#![forbid(unreachable_code, unreachable_patterns, deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
#![deny(warnings, missing_docs, unreachable_pub, private_bounds, private_interfaces, single_use_lifetimes)]

use std::fmt;

use backoff_runtime::Transient;

/// Of a crate's own, and private.
#[derive(Debug, Transient)]
struct Inner<E>(#[transient(source)] E);

/// Public, with a private part.
#[derive(Debug, Transient)]
#[expect(private_interfaces, reason = "a type to try")]
pub enum Error<'a, E: fmt::Debug> {
    /// In a private type.
    #[transient(source)]
    #[doc(hidden)]
    Inner(Inner<E>),
    /// Refused.
    #[transient(rate_limit, retry_after = after)]
    Refused {
        /// Seconds.
        after: u64,
        /// By whom.
        by: &'a str,
    },
    /// Final.
    Wrong,
}

fn main() {
    let errors: [Error<'_, std::io::Error>; 3] = [
        Error::Inner(Inner(std::io::ErrorKind::TimedOut.into())),
        Error::Refused { after: 7, by: "it" },
        Error::Wrong,
    ];
    assert_eq!(errors.each_ref().map(Transient::is_transient), [true, true, false]);
}
