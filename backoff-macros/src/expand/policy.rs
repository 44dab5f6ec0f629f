//! A call that goes by a policy: what that says is known only at run time, but by its type how the call may end.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::judge::limit;
use super::{Loop, at, ours};
use crate::plan::{Policy, Setting, Subject};

impl Loop<'_> {
    // Output: let __policy = __backoff::by::named(&API).hold();
    //         let __bounds = __backoff::by::bounds(&__policy);
    //
    /// What the call holds of the policy, and what bounds it, with what the attribute says on top of that.
    pub(super) fn policy_once(&self) -> TokenStream {
        let Some(policy) = self.plan.policy() else { return TokenStream::new() };
        let (named, span) = (policy.expr(), at(policy.expr().span()));
        let held = match policy {
            Policy::Static(_) => quote_spanned!(span=> __backoff::by::named(&#named).hold()),
            Policy::Lent(_) => quote_spanned!(span=> __backoff::by::keep(&#named)),
        };
        let blocks =
            (!self.function.is_async()).then(|| quote_spanned!(span=> __backoff::by::blocks(&__policy);));
        let pace = &self.plan.pace;
        let pacer = pace.pacer.as_ref().map(|pacer| {
            quote_spanned! {at(pacer.span())=>
                let __shared = &#pacer;
                let __bounds = __backoff::Bounds::paced(__bounds, __backoff::pacer(__shared));
            }
        });
        let attempt_timeout = pace.attempt_timeout.as_ref().map(|Setting { tokens, value, .. }| {
            quote_spanned! {at(value.span())=>
                let __bounds = __backoff::by::with_attempt_timeout(__bounds, #tokens);
            }
        });
        let timeout = pace.timeout.as_ref().map(|timeout| {
            let limit = limit(Some(timeout), "__timeout", TokenStream::new());
            quote_spanned! {at(timeout.value.span())=>
                let __bounds = __backoff::by::with_timeout(__bounds, #limit);
            }
        });
        quote_spanned! {span=>
            let __policy = #held;
            #blocks
            let __bounds = __backoff::by::bounds(&__policy);
            #pacer
            #attempt_timeout
            #timeout
        }
    }

    /// A policy whose pacer has to hear of refusals, and which is told of none.
    pub(super) fn policy_that_hears(&self) -> Option<&Expr> {
        match self.plan.policy()? {
            Policy::Static(named) if self.plan.pace.pacer.is_none() => Some(named),
            Policy::Static(_) | Policy::Lent(_) => None,
        }
    }

    /// Waits for a turn, if there is a pacer.
    pub(super) fn turn_by_policy(&self) -> TokenStream {
        let cost = match &self.plan.pace.cost {
            None => ours!(1),
            Some(Setting { tokens, is_constant: true, .. }) => tokens.clone(),
            Some(_) => ours!(__cost),
        };
        let (limits, stop) = (self.limits(), self.stop());
        let mutable = self.tells().then(|| ours!(mut));
        let place = ours!(__backoff::by::place_with_cost(&__bounds, __backoff::take(&mut __place), #cost));
        let deadline = ours!(__backoff::by::deadline(&__retry, &__bounds, #limits));
        let turn = if self.function.is_async() {
            ours!(__backoff::Bounds::turn(&__bounds, #place, #deadline, #stop).await)
        } else {
            ours!(__backoff::turn_blocking(__backoff::Bounds::pacer(&__bounds), #place, #deadline, #stop))
        };
        ours! {
            let #mutable __turn = if __backoff::Option::is_some(&__missed) {
                __backoff::Option::None
            } else {
                __backoff::or_missed(#turn, &mut __missed)
            };
        }
    }

    /// An attempt, bounded in time if the policy says so.
    pub(super) fn bounded_by_policy(&self, attempt: &TokenStream) -> TokenStream {
        let (span, limits) = (self.policy_span(), self.limits());
        let limit = quote_spanned! {span=>
            __backoff::Retry::attempt_time(&__retry, __backoff::by::attempt_timeout(&__bounds), #limits)
        };
        self.within(&limit, attempt, &ours!(&mut __cut))
    }

    /// A fallback, awaited no longer than the call may take.
    pub(super) fn fallen_back_by_policy(&self, fallback: &TokenStream) -> TokenStream {
        self.within(&ours!(__left), fallback, &ours!(&mut false))
    }

    // Output: match __backoff::by::within(&__bounds, LIMIT, __backoff::pin!(async { BODY })).await {
    //             __backoff::Result::Ok(__returned) => __returned,
    //             __backoff::Result::Err(__limit) => __backoff::cut(__limit, &mut __cut, MAKE),
    //         }
    //
    /// A future, given so much time.
    fn within(&self, limit: &TokenStream, future: &TokenStream, is_cut: &TokenStream) -> TokenStream {
        let (span, make) = (self.policy_span(), self.made_by_policy());
        quote_spanned! {span=>
            match __backoff::by::within(&__bounds, #limit, __backoff::pin!(#future)).await {
                __backoff::Result::Ok(__returned) => __returned,
                __backoff::Result::Err(__limit) => __backoff::cut(__limit, #is_cut, #make),
            }
        }
    }

    /// What makes what a call returns that had no outcome of its own, if the policy's calls may have none.
    pub(super) fn made_by_policy(&self) -> TokenStream {
        let (outcome, make) = (self.outcome(), self.maker());
        let span = self.policy_span();
        quote_spanned!(span=> __backoff::by::make::<#outcome, _, _>(&__bounds, #make))
    }

    fn maker(&self) -> TokenStream {
        match &self.plan.pace.on_timeout {
            None => ours!(__backoff::Converted),
            Some(make) => {
                let callable = self.callable(make);
                quote_spanned!(at(make.span())=> __backoff::by::made(#callable))
            }
        }
    }

    fn outcome(&self) -> TokenStream {
        let output: Type = super::attempt::without_impl(&self.function.output());
        match self.plan.attribute.subject() {
            Subject::Error => ours!(__backoff::Raised<#output>),
            Subject::Value => ours!(__backoff::Returned<#output>),
        }
    }

    /// Where the compiler says what a policy's calls need.
    pub(super) fn policy_span(&self) -> Span {
        self.plan.policy().map_or_else(Span::mixed_site, |policy| at(policy.expr().to_token_stream().span()))
    }
}
