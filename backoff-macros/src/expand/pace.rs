//! Sharing a rate limit, and ending in time: a turn before each attempt, the pacer told how it ended, a stop.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::attempt::without_impl;
use super::{Loop, at, ours};
use crate::literal::strip;
use crate::plan::{Setting, Subject, static_of};

impl Loop<'_> {
    /// Whether there may be no other attempt though one is due: no turn comes in time, or the call is stopped.
    pub(super) fn may_miss(&self) -> bool {
        self.plan.pace.stop.is_some() || self.has_deadline()
    }

    /// Whether an attempt may end without an outcome of its own.
    pub(super) fn may_be_cut(&self) -> bool {
        self.may_miss() || self.plan.pace.cuts()
    }

    /// Whether a turn may not come in time.
    fn has_deadline(&self) -> bool {
        let pace = &self.plan.pace;
        self.plan.policy().is_some()
            || pace.pacer.is_some() && (self.plan.max_time.is_some() || pace.timeout.is_some())
    }

    /// Whether there may be a pacer.
    fn may_be_paced(&self) -> bool {
        self.plan.pace.pacer.is_some() || self.plan.policy().is_some()
    }

    // Output: let mut __place = __backoff::Place::back();
    //         let mut __missed = __backoff::Option::None;
    //
    /// What a call keeps from one attempt to the next, and the checks of what it shares.
    pub(super) fn pace_once(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let by_policy = self.plan.policy().is_some();
        let timeout = match &pace.attempt_timeout {
            Some(Setting { tokens, is_constant: false, .. }) if !by_policy => {
                ours!(let __attempt_timeout = #tokens;)
            }
            _ => TokenStream::new(),
        };
        let cost = match &pace.cost {
            Some(Setting { tokens, is_constant: false, .. }) => ours!(let __cost = #tokens;),
            _ => TokenStream::new(),
        };
        let back =
            if by_policy { ours!(__backoff::by::place(&__bounds)) } else { ours!(__backoff::Place::back()) };
        let queued = self.may_be_paced().then(|| ours!(let mut __place = #back;));
        let missed = self.may_miss().then(|| ours!(let mut __missed = __backoff::Option::None;));
        let token = pace.budget.as_ref().map(|_| ours!(let mut __token = __backoff::Option::None;));
        let last = pace.stop.as_ref().map(|_| ours!(let mut __last = __backoff::Option::None;));
        // What is no place is made once per call, so that it lives as long as a token or a wait.
        let mades = [(&pace.budget, "__budget_of_call"), (&pace.stop, "__stop_of_call")];
        let mades = mades.into_iter().filter_map(|(shared, name)| {
            let shared = shared.as_ref().filter(|shared| place(shared).is_none())?;
            let name = Ident::new(name, Span::mixed_site());
            Some(quote_spanned!(at(shared.span())=> let #name = &#shared;))
        });
        let is_told =
            pace.throttled.is_some() || pace.retry_after.is_some() || self.plan.transient().is_some();
        let untold = pace.pacer.as_ref().or(self.policy_that_hears()).filter(|_| !is_told);
        let hears = untold.and_then(static_of).map(|pacer| {
            let span = at(pacer.span());
            let checked = match pace.pacer {
                Some(_) => quote_spanned!(span=> __backoff::Checked(&#pacer)),
                None => quote_spanned!(span=> __backoff::by::named(&#pacer)),
            };
            // A `static` may read another one, a `const` may not.
            quote_spanned!(span=> static _HEARS: () = #checked.hears_refusals();)
        });
        let pacer = pace.pacer.as_ref().filter(|_| hears.is_none());
        let shared =
            [pacer, pace.budget.as_ref(), pace.stop.as_ref()].into_iter().flatten().filter_map(static_of);
        let checks = shared.map(|shared| {
            let span = at(shared.span());
            quote_spanned!(span=> const _: () = __backoff::Checked(&#shared).is_shared();)
        });
        ours!(#(#mades)* #(#checks)* #hears #timeout #cost #queued #missed #token #last)
    }

    /// Waits for a turn.
    pub(super) fn turn(&self) -> TokenStream {
        if self.plan.policy().is_some() {
            return self.turn_by_policy();
        }
        let Some(pacer) = &self.plan.pace.pacer else { return TokenStream::new() };
        // By a `let`, so that a temporary lives as long as the turn.
        let shared = quote_spanned!(at(pacer.span())=> let __shared = &#pacer;);
        let pacer = quote_spanned!(at(pacer.span())=> __backoff::pacer(__shared));
        let place = match &self.plan.pace.cost {
            None => ours!(__backoff::take(&mut __place)),
            Some(Setting { tokens, is_constant: true, .. }) => {
                ours!(__backoff::Place::with_cost(__backoff::take(&mut __place), #tokens))
            }
            Some(_) => ours!(__backoff::Place::with_cost(__backoff::take(&mut __place), __cost)),
        };
        let (deadline, stop) = (self.deadline(), self.stop());
        let turn = if self.function.is_async() {
            ours!(__backoff::turn(#pacer, #place, #deadline, #stop).await)
        } else {
            ours!(__backoff::turn_blocking(#pacer, #place, #deadline, #stop))
        };
        let mutable = self.tells().then(|| ours!(mut));
        if self.may_miss() {
            ours! {
                #shared
                let #mutable __turn = if __backoff::Option::is_some(&__missed) {
                    __backoff::Option::None
                } else {
                    __backoff::or_missed(#turn, &mut __missed)
                };
            }
        } else {
            ours!(#shared let #mutable __turn = __backoff::granted(#turn);)
        }
    }

    fn deadline(&self) -> TokenStream {
        let limits = self.limits();
        if self.plan.policy().is_some() {
            ours!(__backoff::by::deadline(&__retry, &__bounds, #limits))
        } else if self.has_deadline() {
            ours!(__backoff::Retry::deadline(&__retry, #limits))
        } else {
            ours!(__backoff::Option::None)
        }
    }

    pub(super) fn stop(&self) -> TokenStream {
        match &self.plan.pace.stop {
            Some(stop) => {
                let place = kept(stop, "__stop_of_call");
                quote_spanned!(at(stop.span())=> __backoff::stop(&#place))
            }
            None => ours!(__backoff::Option::None),
        }
    }

    /// Whether the pacer is told of what an attempt returned.
    pub(super) fn tells(&self) -> bool {
        self.plan.pace.limit.is_some() || self.plan.pace.settle.is_some()
    }

    // Output: __backoff::settled(&mut __turn, &__outcome, |outcome| ..);
    //
    /// Tells the pacer what the attempt cost, and what the server says of its limits, unless it ended without an outcome. What
    /// remains counts with the true cost, so that goes first.
    pub(super) fn heard(&self) -> Option<TokenStream> {
        let pace = &self.plan.pace;
        let tell = |name: &str, function: &Option<Expr>| {
            function.as_ref().map(|function| {
                let (callable, span) = (self.callable(function), at(function.span()));
                let name = Ident::new(name, span);
                quote_spanned!(span=> __backoff::#name(&mut __turn, &__outcome, #callable);)
            })
        };
        let (settled, told) = (tell("settled", &pace.settle), tell("told", &pace.limit));
        self.tells().then(|| {
            if self.may_be_cut() { ours!(if !__cut { #settled #told }) } else { ours!(#settled #told) }
        })
    }

    /// An attempt, unless there was no turn for it or the call was stopped.
    pub(super) fn attempt_unless_missed(&self, attempt: &TokenStream) -> TokenStream {
        let pace = &self.plan.pace;
        let last = match &pace.stop {
            Some(_) => ours!(__backoff::Option::take(&mut __last)),
            None => ours!(__backoff::Option::None),
        };
        let unmade = match &pace.pacer {
            _ if self.plan.policy().is_some() => {
                let (limits, make, span) = (self.limits(), self.made_by_policy(), self.policy_span());
                quote_spanned!(span=> __backoff::no_turn(#last, __why, #limits, #make))
            }
            None => ours!(__backoff::kept(#last)),
            Some(pacer) => {
                // At the place of the pacer, should the function's type have no way to say it.
                let span = at(pacer.span());
                let (limits, make) = (self.limits(), self.made_of_timeout(span));
                quote_spanned!(span=> __backoff::no_turn(#last, __why, #limits, #make))
            }
        };
        // What failed before is needed no more, and may hold what the attempt needs.
        let forget = pace.stop.as_ref().map(|_| ours!(__last = __backoff::Option::None;));
        ours! {
            let __outcome = if let __backoff::Option::Some(__why) = __missed {
                let _ = __why;
                __cut = true;
                #unmade
            } else {
                #forget
                #attempt
                __outcome
            };
        }
    }

    /// What makes the error or value of a call that ends without an outcome of its own.
    pub(super) fn made_of_timeout(&self, span: Span) -> TokenStream {
        let output = without_impl(&self.function.output());
        match &self.plan.pace.on_timeout {
            None => quote_spanned!(span=> __backoff::converted()),
            Some(make) => {
                let (callable, span) = (self.callable(make), at(make.span()));
                match self.plan.attribute.subject() {
                    Subject::Error => quote_spanned!(span=> __backoff::raise::<#output>(#callable)),
                    Subject::Value => quote_spanned!(span=> __backoff::give::<#output>(#callable)),
                }
            }
        }
    }

    /// What a success means for those who share the limit.
    pub(super) fn passed(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let passed = self.may_be_paced().then(|| {
            let refusal = self.refusal();
            ours!(__backoff::passed(__turn, &__outcome, #refusal);)
        });
        let deposit = pace.budget.as_ref().map(|budget| {
            let lent = kept(budget, "__budget_of_call");
            let budget = quote_spanned!(at(budget.span())=> __backoff::budget(&#lent));
            ours!(__backoff::Retry::deposit(&__retry, #budget, &__outcome);)
        });
        ours!(#passed #deposit)
    }

    /// Whether an error that is not retried is a refusal, with its hint. (What is retried is asked by `refused`.)
    fn refusal(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let hint = pace.retry_after.as_ref().map_or_else(
            || ours!(__backoff::Option::None),
            |hint| {
                let callable = self.callable(hint);
                quote_spanned!(at(hint.span())=> __backoff::hint(__failure, #callable))
            },
        );
        let is_refused = match (&pace.throttled, &pace.retry_after) {
            (Some(throttled), _) => {
                let callable = self.callable(throttled);
                quote_spanned!(at(throttled.span())=> __backoff::call(#callable, __failure))
            }
            // By its type a refusal is retried.
            (None, _) if self.plan.transient().is_some() => return ours!(|_| __backoff::Option::None),
            (None, Some(_)) => ours!(__backoff::Option::is_some(&__hint)),
            (None, None) => return ours!(|_| __backoff::Option::None),
        };
        ours! {
            |__failure| {
                let __hint = #hint;
                __backoff::refused(#is_refused, __hint)
            }
        }
    }

    /// Until when another turn may come, read before the failure is judged.
    pub(super) fn deadline_before(&self) -> Option<TokenStream> {
        let deadline = self.deadline();
        self.has_deadline().then(|| ours!(let __deadline = #deadline;))
    }

    /// Gives up if the attempt was not made.
    pub(super) fn missed(&self) -> Option<TokenStream> {
        let limits = self.limits();
        self.may_miss().then(|| {
            ours!(if let __backoff::Option::Some(__why) = __missed {
                __backoff::Attempt::missed(&mut __attempt, __why, #limits);
            })
        })
    }

    /// Gives up if the call is told to stop.
    pub(super) fn stopped(&self) -> Option<TokenStream> {
        let stop = self.stop();
        self.plan.pace.stop.as_ref().map(|_| {
            ours! {
                let __stop = #stop;
                __backoff::Attempt::stop(&mut __attempt, __stop);
            }
        })
    }

    /// What the server said, and whether it is the limit speaking, which the pacer is told.
    pub(super) fn refused(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let hint = match (&pace.retry_after, self.plan.transient()) {
            (Some(hint), _) => {
                let callable = self.callable(hint);
                quote_spanned!(at(hint.span())=> __backoff::Attempt::retry_after(&mut __attempt, #callable);)
            }
            (None, Some(_)) => ours! {
                __backoff::Attempt::retry_after(&mut __attempt, |_| __backoff::Class::retry_after(__class));
            },
            (None, None) => TokenStream::new(),
        };
        let pacer = self.may_be_paced().then(|| {
            let is_refused = match (&pace.throttled, &pace.retry_after) {
                (Some(throttled), _) => {
                    let callable = self.callable(throttled);
                    quote_spanned!(at(throttled.span())=> __backoff::Attempt::is(&__attempt, #callable))
                }
                (None, _) if self.plan.transient().is_some() => {
                    ours!(__backoff::Class::is_rate_limit(__class))
                }
                (None, Some(_)) => ours!(__backoff::Attempt::is_hinted(&__attempt)),
                (None, None) => ours!(false),
            };
            let queued = ours!(__backoff::Attempt::pace(&mut __attempt, __turn, __refused));
            let kept = match self.plan.policy() {
                None => queued,
                Some(_) => ours!(__backoff::by::keep_place(&__bounds, #queued)),
            };
            ours! {
                let __refused = #is_refused;
                __place = #kept;
            }
        });
        ours!(#hint #pacer)
    }

    /// Whether another attempt can have a turn in time, and what it costs.
    pub(super) fn paid(&self) -> TokenStream {
        let pace = &self.plan.pace;
        let pacer = match self.plan.policy() {
            None => ours!(__backoff::pacer(__shared)),
            Some(_) => ours!(__backoff::Bounds::pacer(&__bounds)),
        };
        let in_time = self
            .has_deadline()
            .then(|| ours!(__backoff::Attempt::in_time(&mut __attempt, #pacer, __deadline);));
        let budget = pace.budget.as_ref().map(|budget| {
            let (span, lent) = (at(budget.span()), kept(budget, "__budget_of_call"));
            quote_spanned!(span=> __token = __backoff::Attempt::budget(&mut __attempt, __backoff::budget(&#lent));)
        });
        ours!(#in_time #budget)
    }

    /// The attempt, bounded in time.
    pub(super) fn bounded(&self, attempt: &TokenStream, output: &Type) -> TokenStream {
        if self.plan.policy().is_some() {
            return self.bounded_by_policy(attempt);
        }
        let pace = &self.plan.pace;
        let Some(bound) = pace.attempt_timeout.as_ref().or(pace.timeout.as_ref()) else {
            return ours!(#attempt.await);
        };
        let span = at(bound.value.span());
        let (limits, make) = (self.limits(), self.made_of_timeout(span));
        let of_attempt = match &pace.attempt_timeout {
            None => ours!(__backoff::Option::None),
            Some(Setting { tokens, is_constant: true, .. }) => tokens.clone(),
            Some(_) => Ident::new("__attempt_timeout", Span::mixed_site()).into_token_stream(),
        };
        let time = ours!(__backoff::Retry::attempt_time(&__retry, #of_attempt, #limits));
        quote_spanned!(span=> __backoff::timeout::<#output>(#time, &mut __cut, #make, __backoff::pin!(#attempt)).await)
    }
}

/// What an expression names that is there without it, and may be lent for a while: a variable, field or static, also behind
/// `&`, `*` and brackets.
fn place(shared: &Expr) -> Option<&Expr> {
    fn is_place(expr: &Expr) -> bool {
        match strip(expr) {
            Expr::Path(_) => true,
            Expr::Field(field) => is_place(&field.base),
            Expr::Index(index) => is_place(&index.expr),
            Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Deref(_)) && is_place(&unary.expr),
            _ => false,
        }
    }
    match strip(shared) {
        Expr::Reference(reference) => place(&reference.expr),
        other => is_place(other).then_some(other),
    }
}

/// A place as it is, or the name of what was made once per call.
fn kept(shared: &Expr, made: &str) -> TokenStream {
    place(shared)
        .map_or_else(|| Ident::new(made, Span::mixed_site()).into_token_stream(), ToTokens::to_token_stream)
}
