//! A span around each attempt.

use proc_macro2::{Group, Span, TokenStream};
use quote::quote_spanned;

use super::{Loop, at, ours};

impl Loop<'_> {
    /// Says which feature a span needs.
    pub(super) fn needs_tracing(&self) -> Option<TokenStream> {
        self.plan.attempt_span.map(|span| quote_spanned!(at(span)=> __backoff::needs_tracing!();))
    }

    // Output: __backoff::AttemptSpan::run(__backoff::Retry::attempt_span(&__retry, "read"), || -> RET { BODY })
    //
    /// A sync attempt, the call of a closure, in its span.
    pub(super) fn spanned_call(&self, span: Span, closure: &TokenStream) -> TokenStream {
        match self.attempt_span() {
            Some(made) => quote_spanned!(span=> __backoff::AttemptSpan::run(#made, #closure)),
            None => quote_spanned!(span=> (#closure)()),
        }
    }

    // Output: {
    //             let __span = __backoff::Retry::attempt_span(&__retry, "read");
    //             let __attempt = __backoff::pin!(async { HINT { BODY } });
    //             let __attempt = __backoff::AttemptSpan::around(&__span, __attempt);
    //             let __returned = __attempt.await;
    //             __returned
    //         }
    //
    /// An async attempt, which `bounded` awaits, in its span. That ends when the attempt is gone, before anything follows
    /// from it.
    pub(super) fn spanned_future(
        &self,
        span: Span,
        block: &Group,
        bounded: impl FnOnce(&TokenStream) -> TokenStream,
    ) -> TokenStream {
        let Some(made) = self.attempt_span() else { return bounded(&quote_spanned!(span=> async #block)) };
        let awaited = bounded(&ours!(__attempt));
        quote_spanned! {span=> {
            let __span = #made;
            let __attempt = __backoff::pin!(async #block);
            let __attempt = __backoff::AttemptSpan::around(&__span, __attempt);
            let __returned = #awaited;
            __returned
        }}
    }

    fn attempt_span(&self) -> Option<TokenStream> {
        let target = self.target();
        self.plan.attempt_span.map(|_| ours!(__backoff::Retry::attempt_span(&__retry, #target)))
    }
}
