//! What follows from an attempt, rule by rule.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::attempt::without_impl;
use super::{Loop, at, ours};
use crate::plan::{Ending, Fallback, Handlers, Hook, Log, LogOutcome, Plan, Setting};

impl Loop<'_> {
    // Output: if !__backoff::when_is::<io::Error, _, _>(&__outcome) {
    //             break __backoff::Outcome::into_output(__outcome);
    //         }
    //         match NEXT {
    //             __backoff::ControlFlow::Continue(__delay) => __delay,
    //             __backoff::ControlFlow::Break(__output) => break __output,
    //         }
    pub(super) fn judgement(&self) -> TokenStream {
        let (giveup, next) = match self.at_once() {
            Some(next) => (self.given_up(), next),
            // Out of line, so that a success pays for nothing of it; but what is awaited has to stay in the function.
            None if self.awaits_hooks() => (None, self.step_by_step()),
            None => {
                let next = self.step_by_step();
                (None, ours!(__backoff::cold(|| #next)))
            }
        };
        let failed = self.failed();
        let end = self.whole(&self.end());
        // What is temporary in it ends before a fallback is awaited.
        let next = if self.awaits_end() { ours!({ let __next = #next; __next }) } else { next };
        ours! {
            #failed
            #giveup
            match #next {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => break #end,
            }
        }
    }

    /// Ends the call with what is not retried.
    pub(super) fn success(&self) -> TokenStream {
        let (passed, on_success) = (self.passed(), self.on_success());
        let target = self.target();
        // Before the handlers, if there are any.
        let success = if self.plan.handlers.on_success.is_empty() {
            let succeed = if self.is_timed() { ours!(succeed_timed) } else { ours!(succeed) };
            ours!(__backoff::Retry::#succeed(&__retry, || #target, __outcome))
        } else {
            ours!(__backoff::Outcome::into_output(__outcome))
        };
        let success = self.whole(&success);
        ours! {
            #passed
            #on_success
            break #success;
        }
    }

    /// What the call gives: the result, or all that it knows.
    fn whole(&self, result: &TokenStream) -> TokenStream {
        if self.reports {
            ours!(__backoff::Retry::report(&__retry, #result, __reason))
        } else {
            result.clone()
        }
    }

    /// Whether somebody asks why the call gave up.
    pub(super) fn wants_reason(&self) -> bool {
        self.reports || matches!(&self.plan.ending, Ending::Fallback(fallback) if fallback.has_details)
    }

    /// Whether the runtime is asked once what follows from a failure.
    pub(super) fn is_judged_at_once(&self) -> bool {
        self.is_plain() && self.constant_waits().is_some()
    }

    /// Whether a failure is judged by constants and the log alone hears of it.
    fn is_plain(&self) -> bool {
        let Plan { pace, handlers, log, .. } = self.plan;
        let is_shared =
            [&pace.pacer, &pace.retry_after, &pace.budget, &pace.stop].iter().any(|part| part.is_some())
                || self.plan.transient().is_some()
                || self.plan.policy().is_some();
        let is_made = matches!(log.outcome, LogOutcome::Made(_));
        let is_told = is_made || !handlers.on_backoff.is_empty() || !handlers.on_giveup.is_empty();
        !(is_shared || is_told || self.awaits_hooks() || self.wants_reason())
    }

    /// Asked in a statement of its own, so that what is temporary in it ends before the wait.
    fn given_up(&self) -> Option<TokenStream> {
        self.plan.giveup.as_ref().map(|giveup| {
            let predicate = self.callable(&giveup.expr);
            quote_spanned! {at(giveup.expr.span())=>
                let __giveup = __backoff::when(&__outcome, #predicate);
            }
        })
    }

    // Output: __backoff::Retry::next(
    //             &mut __retry,
    //             &__backoff::Rules { target: "read", limits: LIMITS, logger: __backoff::Logger::DEFAULT },
    //             &__backoff::expo(),
    //             __backoff::DefaultJitter::new(),
    //             __giveup,
    //             __backoff::show(&__outcome).__backoff_shown(),
    //             __outcome,
    //         )
    //
    /// `None` where more is to be done.
    fn at_once(&self) -> Option<TokenStream> {
        let plan = self.plan;
        let (waits, jitter) = self.constant_waits().filter(|_| self.is_plain())?;
        let (target, limits) = (self.target(), self.limits());
        let giveup = if plan.giveup.is_some() { ours!(__giveup) } else { ours!(false) };
        let Log { logger, outcome } = &plan.log;
        let shown = shown(outcome);
        Some(ours! {
            __backoff::Retry::next(
                &mut __retry,
                &__backoff::Rules {
                    target: #target,
                    limits: #limits,
                    logger: __backoff::Logger::DEFAULT #logger,
                },
                &#waits,
                #jitter,
                #giveup,
                #shown,
                __outcome,
            )
        })
    }

    // Output: {
    //             let mut __attempt = __backoff::Retry::failed(&mut __retry, "read", &__outcome);
    //             __backoff::Attempt::limit(&mut __attempt, LIMITS);
    //             __backoff::Attempt::wait_number(
    //                 &mut __attempt,
    //                 |__n| __backoff::Numbered::number(&__backoff::expo(), __n),
    //                 &mut __backoff::DefaultJitter::new(),
    //             );
    //             __backoff::Attempt::log(
    //                 &__attempt,
    //                 &__backoff::Logger::DEFAULT,
    //                 __backoff::show(&__outcome).__backoff_shown(),
    //             );
    //             __backoff::Attempt::on_backoff(&__attempt, |d| count(d.tries));
    //             let __wait = __backoff::Attempt::end(__attempt);
    //             __backoff::Retry::after(&__retry, __wait, __outcome, __backoff::drop)
    //         }
    fn step_by_step(&self) -> TokenStream {
        let plan = self.plan;
        let target = self.target();
        let giveup = plan.giveup.as_ref().map(|giveup| self.giveup(giveup));
        let (counted, limits, wait) = (self.counted(), self.limits(), self.waits());
        let log = self.log(&plan.log);
        let on_backoff = self.told(&plan.handlers.on_backoff, "on_backoff", "backing_off");
        // An async handler may have taken the time of the wait.
        let may_be_late =
            self.may_time_out() && plan.handlers.on_backoff.iter().any(|hook| hook.may_be_async);
        let late = may_be_late.then(|| {
            ours!(if __backoff::Attempt::is_late(&mut __attempt) {
                #log
            })
        });
        let on_giveup = self.told(&plan.handlers.on_giveup, "on_giveup", "giving_up");
        let (deadline, missed, stopped) = (self.deadline_before(), self.missed(), self.stopped());
        let (refused, paid) = (self.refused(), self.paid());
        let reason = self.wants_reason().then(|| ours!(__reason = __backoff::Attempt::reason(&__attempt);));
        // The outcome ends before the wait, or is kept where the wait may be stopped and the call returns it.
        let after = match &plan.pace.stop {
            None => ours!(__backoff::Retry::after(&__retry, __wait, __outcome, __backoff::drop)),
            Some(_) => ours! {
                __backoff::Retry::after_unless(
                    &__retry, __stop, __wait, __outcome, |__outcome| __last = __backoff::keep(__stop, __outcome),
                )
            },
        };
        ours! {{
            #deadline
            let mut __attempt = __backoff::Retry::failed(&mut __retry, #target, &__outcome);
            #missed
            #giveup
            #counted
            __backoff::Attempt::limit(&mut __attempt, #limits);
            #stopped
            #refused
            #wait
            #paid
            #log
            #on_backoff
            #late
            #on_giveup
            #reason
            let __wait = __backoff::Attempt::end(__attempt);
            #after
        }}
    }

    fn log(&self, Log { logger, outcome }: &Log) -> TokenStream {
        let logger = self.logger(logger);
        let logger = ours!(&#logger);
        match outcome {
            LogOutcome::Made(made) => {
                let callable = self.callable(made);
                quote_spanned! {at(made.span())=>
                    __backoff::Attempt::log_made(&__attempt, #logger, #callable);
                }
            }
            LogOutcome::Text | LogOutcome::Hidden => {
                let shown = shown(outcome);
                ours!(__backoff::Attempt::log(&__attempt, #logger, #shown);)
            }
        }
    }

    /// Whether something that follows from a failure has to be awaited.
    fn awaits_hooks(&self) -> bool {
        let Handlers { on_backoff, on_giveup, .. } = &self.plan.handlers;
        self.plan.giveup.iter().chain(on_backoff).chain(on_giveup).any(|hook| hook.may_be_async)
    }

    /// Asks the type of what fails what kind of failure this is: once, as all that follows from it is in the answer.
    pub(super) fn class(&self) -> Option<TokenStream> {
        self.plan
            .transient()
            .map(|word| quote_spanned!(at(word.span())=> let __class = __backoff::class(&__outcome);))
    }

    fn on_success(&self) -> TokenStream {
        let (target, timeout) = (self.target(), self.timeout());
        let observed = (!self.plan.handlers.on_success.is_empty())
            .then(|| ours!(__backoff::Retry::succeeds(&__retry, || #target, &__outcome);));
        let told = self.handlers(
            &self.plan.handlers.on_success,
            |span| quote_spanned!(span=> __backoff::Retry::succeeded(&__retry, #target, &__outcome)),
            &ours!(__backoff::Retry::left(&__retry, #timeout)),
            |span, handler| {
                quote_spanned!(span=> __backoff::Retry::on_success(&__retry, #target, &__outcome, #handler);)
            },
        );
        quote!(#observed #told)
    }

    /// The handlers of a failure: sync ones by a method, async ones with the details that another gives.
    fn told(&self, hooks: &[Hook], call: &str, details: &str) -> TokenStream {
        self.handlers(
            hooks,
            |span| {
                let details = Ident::new(details, span);
                quote_spanned!(span=> __backoff::Attempt::#details(&__attempt))
            },
            &ours!(__backoff::Attempt::time_left(&__attempt)),
            |span, handler| {
                let call = Ident::new(call, span);
                quote_spanned!(span=> __backoff::Attempt::#call(&__attempt, #handler);)
            },
        )
    }

    fn handlers(
        &self,
        hooks: &[Hook],
        details: impl Fn(Span) -> TokenStream,
        left: &TokenStream,
        call: impl Fn(Span, TokenStream) -> TokenStream,
    ) -> TokenStream {
        // One that may be async makes all of its list awaited, since they are called in order.
        let awaited = hooks.iter().any(|hook| hook.may_be_async);
        let told = hooks.iter().map(|hook| {
            let (handler, span) = (self.callable(&hook.expr), at(hook.expr.span()));
            if !awaited {
                return call(span, handler);
            }
            let (details, answer) = (details(span), self.answered(span, &handler, left));
            quote_spanned! {span=>
                if let __backoff::Option::Some(__details) = #details {
                    #answer
                }
            }
        });
        told.collect()
    }

    fn giveup(&self, giveup: &Hook) -> TokenStream {
        let (predicate, span) = (self.callable(&giveup.expr), at(giveup.expr.span()));
        if giveup.may_be_async {
            let asked = quote_spanned!(span=> __backoff::answer::<bool, _, _>(__backoff::call(#predicate, __failure)));
            let timeout = self.timeout();
            let asked = if self.may_time_out() {
                // Before the limits are known to the attempt.
                quote_spanned! {span=>
                    __backoff::bounded(__backoff::Attempt::left_of(&__attempt, #timeout), __backoff::pin!(#asked)).await == __backoff::Result::Ok(true)
                }
            } else {
                quote_spanned!(span=> #asked.await)
            };
            quote_spanned! {span=>
                let mut __giveup = false;
                if let __backoff::Option::Some(__failure) = __backoff::Attempt::undecided(&__attempt) {
                    __giveup = #asked;
                }
                __backoff::Attempt::giveup(&mut __attempt, |_| __giveup);
            }
        } else {
            quote_spanned!(span=> __backoff::Attempt::giveup(&mut __attempt, #predicate);)
        }
    }

    pub(super) fn limits(&self) -> TokenStream {
        let none = ours!(__backoff::Option::None);
        let (no_tries, no_time) = match self.plan.policy() {
            None => (ours!(__backoff::NO_LIMIT), none),
            Some(_) => {
                (ours!(__backoff::by::max_tries(&__policy)), ours!(__backoff::by::max_time(&__policy)))
            }
        };
        let max_tries = limit(self.plan.max_tries.as_ref(), "__max_tries", no_tries);
        let max_time = limit(self.plan.max_time.as_ref(), "__max_time", no_time);
        let timeout = self.timeout();
        ours!(__backoff::Limits { max_tries: #max_tries, max_time: #max_time, timeout: #timeout })
    }

    /// What bounds the whole call; a policy's is among its bounds, as is what the attribute says on top of them.
    pub(super) fn timeout(&self) -> TokenStream {
        match self.plan.policy() {
            None => limit(self.plan.pace.timeout.as_ref(), "__timeout", ours!(__backoff::Option::None)),
            Some(_) => ours!(__backoff::by::timeout(&__bounds)),
        }
    }

    /// Whether the whole call may be bounded.
    pub(super) fn may_time_out(&self) -> bool {
        self.plan.pace.timeout.is_some() || self.plan.policy().is_some()
    }

    /// Where log lines go.
    pub(super) fn logger(&self, said: &TokenStream) -> TokenStream {
        match self.plan.policy() {
            None => ours!(__backoff::Logger::DEFAULT #said),
            Some(_) => ours!(__backoff::by::logger(&__policy) #said),
        }
    }

    /// Whether what a call returns that gave up has to be awaited.
    fn awaits_end(&self) -> bool {
        matches!(&self.plan.ending, Ending::Fallback(fallback) if fallback.hook.may_be_async)
    }

    /// What a call returns that gave up.
    fn end(&self) -> TokenStream {
        match &self.plan.ending {
            Ending::Last => ours!(__output),
            Ending::Default(value) => quote_spanned!(at(value.span())=> __backoff::or_default(__output)),
            Ending::Fallback(fallback) => self.fallback(fallback),
        }
    }

    fn fallback(&self, Fallback { hook, has_details }: &Fallback) -> TokenStream {
        let (callable, span, target) = (self.callable(&hook.expr), at(hook.expr.span()), self.target());
        let given_up = ours!(__backoff::Retry::given_up(&__retry, #target, __reason));
        // A function of two arguments has to stand in a closure, which shows that it has two.
        let told = |call: TokenStream| {
            quote_spanned! {span=> {
                #[allow(clippy::redundant_closure)]
                let __fallback = #call(__output, #given_up, #callable);
                __fallback
            }}
        };
        match (hook.may_be_async, has_details) {
            (false, false) => quote_spanned!(span=> __backoff::or_else(__output, #callable)),
            (false, true) => told(quote_spanned!(span=> __backoff::or_else_with)),
            (true, false) => {
                self.in_time(span, &quote_spanned!(span=> __backoff::fall_back(__output, #callable)))
            }
            (true, true) => self.in_time(span, &told(quote_spanned!(span=> __backoff::fall_back_with))),
        }
    }

    /// An async fallback, awaited no longer than the call may take.
    fn in_time(&self, span: Span, fallen: &TokenStream) -> TokenStream {
        let output = without_impl(&self.function.output());
        let fallback = quote_spanned!(span=> __backoff::fallen_back::<#output, _, _>(#fallen));
        if !self.may_time_out() {
            return quote_spanned!(span=> #fallback.await);
        }
        let timeout = self.timeout();
        let fallen = match self.plan.policy() {
            Some(_) => self.fallen_back_by_policy(&fallback),
            None => {
                let make = self.made_of_timeout(span);
                quote_spanned!(span=> __backoff::timeout(__left, &mut false, #make, __backoff::pin!(#fallback)).await)
            }
        };
        // Without any time it is not begun.
        quote_spanned! {span=> {
            let __left = __backoff::Retry::left(&__retry, #timeout);
            if __left == __backoff::Option::Some(__backoff::Duration::ZERO) {
                __output
            } else {
                #fallen
            }
        }}
    }
}

/// A limit: a constant where it is used, or what was computed once per call.
pub(super) fn limit(setting: Option<&Setting>, computed: &str, none: TokenStream) -> TokenStream {
    match setting {
        None => none,
        Some(Setting { tokens, is_constant: true, .. }) => tokens.clone(),
        Some(_) => Ident::new(computed, Span::mixed_site()).into_token_stream(),
    }
}

/// How log lines show an outcome of which no function makes something else.
fn shown(outcome: &LogOutcome) -> TokenStream {
    match outcome {
        LogOutcome::Text => ours!(__backoff::show(&__outcome).__backoff_shown()),
        LogOutcome::Hidden | LogOutcome::Made(_) => ours!(__backoff::hidden),
    }
}
