//! Sharing a rate limit: a turn before each attempt, and the pacer told how it ended.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use super::{Loop, at, ours};
use crate::plan::Setting;

impl Loop<'_> {
    /// Whether a turn may not come before the deadline; then the last outcome is kept, to be returned.
    pub(super) fn may_miss(&self) -> bool {
        self.plan.pace.pacer.is_some() && self.plan.max_time.is_some()
    }

    /// Where a call stands, and what it ended with last.
    pub(super) fn pace_once(&self) -> TokenStream {
        let timeout = match &self.plan.pace.attempt_timeout {
            Some(Setting { tokens, is_constant: false, .. }) => ours!(let __attempt_timeout = #tokens;),
            _ => TokenStream::new(),
        };
        let place =
            self.plan.pace.pacer.is_some().then(|| ours!(let mut __place = __backoff::Place::back();));
        let last = self.may_miss().then(|| ours!(let mut __last = __backoff::Option::None;));
        ours!(#timeout #place #last)
    }

    /// Waits for a turn.
    pub(super) fn turn(&self) -> TokenStream {
        let Some(pacer) = &self.plan.pace.pacer else { return TokenStream::new() };
        // By a `let`, so that a temporary lives as long as the turn.
        let shared = quote_spanned!(at(pacer.span())=> let __shared = &#pacer;);
        let pacer = quote_spanned!(at(pacer.span())=> __backoff::pacer(__shared));
        let deadline = if self.may_miss() {
            let max_time = self.max_time();
            ours!(__backoff::Retry::deadline(&__retry, #max_time))
        } else {
            ours!(__backoff::Option::None)
        };
        let turn = if self.function.is_async() {
            ours!(__backoff::Pacer::turn(#pacer, __backoff::take(&mut __place), #deadline).await)
        } else {
            ours!(__backoff::Pacer::turn_blocking(#pacer, __backoff::take(&mut __place), #deadline))
        };
        if self.may_miss() {
            ours! {
                #shared
                let __turn = #turn;
                let __missed = __backoff::Option::is_none(&__turn);
            }
        } else {
            ours!(#shared let __turn = __backoff::granted(#turn);)
        }
    }

    /// An attempt, unless there was no turn for it.
    pub(super) fn attempt_unless_missed(&self, attempt: &TokenStream) -> TokenStream {
        let max_time = self.max_time();
        // At the place of the pacer, should the function's type have no way to say it.
        let span = self.plan.pace.pacer.as_ref().map_or_else(Span::call_site, Spanned::span);
        let missed = quote_spanned! {at(span)=>
            __backoff::no_turn(__backoff::Option::take(&mut __last), #max_time)
        };
        ours! {
            let __outcome = if __missed {
                #missed
            } else {
                #attempt
                __outcome
            };
        }
    }

    /// What a success means for those who share the limit.
    pub(super) fn passed(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let passed = pace.pacer.is_some().then(|| ours!(__backoff::passed(__turn);));
        let deposit = pace.budget.as_ref().map(|budget| {
            let budget = quote_spanned!(at(budget.span())=> __backoff::budget(&#budget));
            ours!(__backoff::Retry::deposit(&__retry, #budget, &__outcome);)
        });
        ours!(#passed #deposit)
    }

    /// What a failure means for those who share the limit, and what the server said of it.
    pub(super) fn paced(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let hint = pace.retry_after.as_ref().map(|hint| {
            let callable = self.callable(hint);
            quote_spanned! {at(hint.span())=>
                __backoff::Attempt::retry_after(&mut __attempt, __limits, #callable);
            }
        });
        let budget = pace.budget.as_ref().map(|budget| {
            let span = at(budget.span());
            quote_spanned!(span=> __backoff::Attempt::budget(&mut __attempt, __backoff::budget(&#budget));)
        });
        let pacer = pace.pacer.is_some().then(|| {
            let (throttled, span) = match &pace.throttled {
                Some(throttled) => (self.callable(throttled), at(throttled.span())),
                None => (ours!(|_| true), Span::mixed_site()),
            };
            quote_spanned!(span=> __place = __backoff::Attempt::pace(&mut __attempt, __turn, #throttled);)
        });
        ours!(#hint #budget #pacer)
    }

    /// The attempt, bounded in time.
    pub(super) fn bounded(&self, attempt: &TokenStream) -> TokenStream {
        let Some(timeout) = &self.plan.pace.attempt_timeout else { return ours!(#attempt.await) };
        let limit = if timeout.is_constant {
            timeout.tokens.clone()
        } else {
            Ident::new("__attempt_timeout", Span::mixed_site()).into_token_stream()
        };
        quote_spanned!(at(timeout.value.span())=> __backoff::timeout(#limit, #attempt).await)
    }
}
