//! A span around each attempt, for calls that ask for one: `attempt_span = true`.

#[cfg(feature = "tokio")]
use std::future::Future;
#[cfg(feature = "tokio")]
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};

use crate::attempt::Retry;
use crate::mode::Mode;

/// The span of one attempt, which ends when this is dropped. Without the feature `tracing` there is none.
#[derive(Debug)]
pub struct AttemptSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl<M: Mode> Retry<M> {
    /// The span of the attempt that is about to be made.
    #[must_use]
    pub fn attempt_span(&self, target: &'static str) -> AttemptSpan {
        AttemptSpan::new(target, self.tries())
    }
}

impl AttemptSpan {
    /// As OpenTelemetry's conventions for HTTP have it, the first attempt is no resend, and so has no count of them.
    #[cfg(feature = "tracing")]
    fn new(target: &'static str, attempt: u32) -> Self {
        let resends = attempt.checked_sub(1).filter(|resends| *resends > 0);
        let span = tracing::span!(
            target: "backoff",
            tracing::Level::INFO,
            "attempt",
            target_fn = target,
            attempt,
            http.request.resend_count = resends,
        );
        Self { span }
    }

    #[cfg(not(feature = "tracing"))]
    fn new(_: &'static str, _: u32) -> Self {
        Self {}
    }

    /// Makes a sync attempt in the span.
    pub fn run<R>(self, attempt: impl FnOnce() -> R) -> R {
        #[cfg(feature = "tracing")]
        let _entered = self.span.enter();
        attempt()
    }

    /// An async attempt that is in the span whenever it is polled.
    #[cfg(feature = "tokio")]
    pub fn around<'s, F: Future>(&'s self, attempt: Pin<&'s mut F>) -> InSpan<'s, F> {
        InSpan { span: self, attempt }
    }

    /// As [`around`](Self::around), with the span and the attempt in one.
    #[cfg(all(feature = "tokio", feature = "tracing"))]
    pub(crate) fn with<F: Future>(self, attempt: F) -> Spanned<F> {
        Spanned { span: self, attempt: Box::pin(attempt) }
    }
}

/// An attempt with its span. Boxed, as it may be moved until it is polled.
#[cfg(all(feature = "tokio", feature = "tracing"))]
#[derive(Debug)]
#[must_use = "an attempt does nothing until it is awaited"]
pub struct Spanned<F> {
    span: AttemptSpan,
    attempt: Pin<Box<F>>,
}

#[cfg(all(feature = "tokio", feature = "tracing"))]
impl<F: Future> Future for Spanned<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { span, attempt } = &mut *self;
        Pin::new(&mut span.around(attempt.as_mut())).poll(context)
    }
}

/// An attempt in its span.
#[cfg(feature = "tokio")]
#[derive(Debug)]
#[must_use = "an attempt does nothing until it is awaited"]
pub struct InSpan<'s, F> {
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "there is none to enter"))]
    span: &'s AttemptSpan,
    attempt: Pin<&'s mut F>,
}

#[cfg(feature = "tokio")]
impl<F: Future> Future for InSpan<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        #[cfg(feature = "tracing")]
        let _entered = self.span.span.enter();
        self.attempt.as_mut().poll(context)
    }
}
