//! Which errors and responses of reqwest pass by themselves.

use std::error::Error;
use std::io;

use super::connection::{broke, causes};
use super::{Class, Transient};

/// By what went wrong, as far as it can be told:
///
/// | error | class | because |
/// | --- | --- | --- |
/// | the response's status, by `error_for_status` | as the [status](trait@crate::Transient#foreign-impls) | its headers are gone, so there is no hint: return the [`Response`](reqwest::Response), or an error of your own, where hints matter |
/// | a timeout, of the connection or of the whole request | transient | slow today is not slow for ever; the server may have done its work nevertheless |
/// | no connection: refused, reset, not reachable, no address for the name | transient | servers come back; a name that is wrong can't be told from a name server that is away |
/// | no connection: what the server shows, such as its certificate, is refused | final | the next attempt is shown the same (rustls says so; of other TLS it can't be told, and is transient) |
/// | the connection broke, before the response or in the middle of its body | transient | the next request has a new one |
/// | what the server sent is no HTTP | final | it speaks another protocol |
/// | a request that can't be built, a redirect that is not followed, an upgrade that is refused | final | the next is the same |
/// | a body that can't be decoded | final | it arrived whole, and is not what was expected |
/// | a request's own stream failed | as its `io::Error`, or final | what failed is on our side |
///
/// Whether the request may be made again is another question: the [guide](crate::guide::what_may_be_retried) has it.
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
#[diagnostic::do_not_recommend]
impl Transient for reqwest::Error {
    fn class(&self) -> Class {
        if let Some(status) = self.status() {
            return status.class();
        }
        let passes = if self.is_builder() || self.is_redirect() || self.is_upgrade() {
            false
        } else if self.is_timeout() {
            true
        } else if is_connect(self) {
            !causes(self).filter_map(<dyn Error>::downcast_ref).any(is_refused_by_us)
        } else {
            causes(self).find_map(broke).unwrap_or(false)
        };
        if passes { Class::TRANSIENT } else { Class::Final }
    }
}

/// By its status and its headers, as a [`http::Response`]. The body isn't touched, so an attempt that looks at the
/// response loses nothing of it.
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
#[diagnostic::do_not_recommend]
impl Transient for reqwest::Response {
    fn class(&self) -> Class {
        super::http::class(self.status(), self.headers())
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}

/// A browser doesn't say.
#[cfg(target_arch = "wasm32")]
fn is_connect(_: &reqwest::Error) -> bool {
    false
}

/// Of a connection that was there, but not as we want it: a certificate, say.
fn is_refused_by_us(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}
