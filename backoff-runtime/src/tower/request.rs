//! How a request is kept for the next attempt.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes a copy of a request for the next attempt, or none if that can't be had; then the request passes once.
#[diagnostic::on_unimplemented(
    message = "`{R}` has no `Clone`, so it can't be sent again",
    label = "the layer keeps a copy of each request for the next attempt",
    note = "write `.clone_request(|request| ...)`, which returns a copy, or `None` where a request is to pass once"
)]
pub trait CloneRequest<R> {
    /// The copy, if there is one.
    fn clone_request(&self, request: &R) -> Option<R>;
}

/// By `Clone`; the default.
#[derive(Clone, Copy, Debug)]
pub struct Cloned;

#[diagnostic::do_not_recommend]
impl<R: Clone> CloneRequest<R> for Cloned {
    fn clone_request(&self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}

/// By a function; made by [`RetryLayer::clone_request`](super::RetryLayer::clone_request).
#[derive(Clone, Copy)]
pub struct ClonedBy<F>(pub(super) F);

#[diagnostic::do_not_recommend]
impl<R, F: Fn(&R) -> Option<R>> CloneRequest<R> for ClonedBy<F> {
    fn clone_request(&self, request: &R) -> Option<R> {
        (self.0)(request)
    }
}

impl<F> fmt::Debug for ClonedBy<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClonedBy")
    }
}

/// A copy of a request with another body, such as an empty one.
///
/// A body that streams can't be cloned, but many requests have none, and are the same again with an empty one:
///
/// ```
/// use backoff_runtime::Policy;
/// use backoff_runtime::tower::{RetryLayer, with_body};
/// # use http_body::Body as _;
/// # type Body = http_body_util::Empty<bytes::Bytes>;
///
/// static API: Policy = Policy::expo().max_tries(3);
///
/// let layer = RetryLayer::new(&API).clone_request(|request: &http::Request<Body>| {
///     request.body().is_end_stream().then(|| with_body(request, Body::default()))
/// });
/// # let _ = layer;
/// ```
#[cfg(feature = "http")]
#[must_use]
pub fn with_body<B, C>(request: &http::Request<B>, body: C) -> http::Request<C> {
    let mut copy = http::Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

/// The requests of a call, each a copy of the one before.
pub(super) struct Requests<'c, R, K> {
    next: Option<R>,
    clones: K,
    max_tries: u32,
    are_spent: &'c AtomicBool,
}

impl<'c, R, K: CloneRequest<R>> Requests<'c, R, K> {
    pub(super) fn new(first: R, clones: K, max_tries: u32, are_spent: &'c AtomicBool) -> Self {
        Self { next: Some(first), clones, max_tries, are_spent }
    }

    /// The request of an attempt. Before the last one there is a copy of it for the next, or else they are spent.
    pub(super) fn take(&mut self, attempt: u32) -> R {
        let request = self.next.take().expect("a call whose requests are spent gives up");
        if attempt < self.max_tries {
            self.next = self.clones.clone_request(&request);
            self.are_spent.store(self.next.is_none(), Ordering::Relaxed);
        }
        request
    }
}
