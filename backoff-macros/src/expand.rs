//! The expansion: the function as it was, with a loop around its body that asks the runtime what to do.
//!
//! Local names of ours are hygienic (`mixed_site`), methods are called by path so that no trait of the user's can stand
//! in for them, and the user's tokens keep their places, so that whatever is wrong with them is shown there.

mod attempt;
mod judge;
mod kinds;
mod pace;
mod policy;
#[cfg(test)]
mod snapshots;
mod span;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path, Type};

use crate::document;
use crate::item::{Function, Rebound};
use crate::plan::{Plan, Setting};
use crate::site::without_declared;

/// Tokens of ours: names that the user's tokens neither see nor are seen by.
macro_rules! ours {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}
use ours;

/// The function as it was.
pub(crate) fn untouched(function: &Function) -> TokenStream {
    with_body(function, &function.body)
}

/// The function with the loops of its attributes, the outermost first. `lower` are the paths of those that were taken
/// from below the top one.
pub(crate) fn function(mut function: Function, plans: &[Plan], lower: &[Path]) -> TokenStream {
    let mut names = function.take_mut_arguments();
    let (once, block) = match &function.site {
        Some(site) => {
            names.extend(
                site.rebound.iter().map(|binding| Rebound { cfgs: Vec::new(), binding: binding.clone() }),
            );
            let block = &site.block;
            (Some(&site.taken), if function.reports() { &without_declared(block) } else { block })
        }
        None => (None, &function.body),
    };
    let rebound = names.iter().map(|Rebound { cfgs, binding: (mutability, name) }| {
        // `let mut n = n;` for each attempt; of a type that isn't `Copy` an error that says what to write.
        quote_spanned!(at(name.span())=> #(#cfgs)* let #mutability #name = __backoff::rebind(&#name);)
    });
    // The braces stay the user's: the edition of their place says when temporaries are dropped.
    let is_preceded = function.is_async() || !names.is_empty() || starts(block, "#");
    let innermost = if is_preceded && has_statements(block) {
        braces(quote!(#(#rebound)* #block), block.span())
    } else {
        let body = block.stream();
        braces(quote!(#(#rebound)* #body), block.span())
    };
    let looped = plans.iter().enumerate().rev().fold(innermost, |body, (depth, plan)| {
        let reports = depth == 0 && function.reports();
        braces(Loop { plan, function: &function, reports }.expand(&body), at(block.span()))
    });
    let looped = looped.stream();
    // Names the attributes that were taken, so that their imports count as used.
    let used = ours!(#(#[allow(unused_imports)] use #lower as _;)*);
    let looped = braces(quote!(#used #once #looped), block.span());
    let body = match &function.site {
        Some(site) => braces(site.with_block(&looped), function.body.span()),
        None => looped,
    };
    let section = document::section(&function, plans);
    function.attributes.extend(section);
    with_body(&function, &body)
}

fn with_body(function: &Function, body: &Group) -> TokenStream {
    let Function { attributes, visibility, signature, .. } = function;
    quote!(#(#attributes)* #visibility #signature #body)
}

/// Whether a block has statements or items, so that it keeps braces of its own when something of ours goes before: what
/// has to be first in it stays first. Around a single expression they would be unnecessary, for the lints, too.
fn has_statements(block: &Group) -> bool {
    const FIRST: [&str; 14] = [
        "#",
        "const",
        "enum",
        "extern",
        "fn",
        "impl",
        "macro_rules",
        "mod",
        "pub",
        "static",
        "struct",
        "trait",
        "type",
        "use",
    ];
    let is_semicolon = |token: TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    FIRST.iter().any(|first| starts(block, first)) || block.stream().into_iter().any(is_semicolon)
}

/// Whether a token is the first one in a block. A `#` may begin `#![..]`, which cannot stand in a closure's own braces.
fn starts(block: &Group, first: &str) -> bool {
    block.stream().into_iter().next().is_some_and(|token| token.to_string() == first)
}

/// The place of `span`, without seeing or being seen by the names there.
fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

fn braces(tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(span);
    group
}

/// The loop of one attribute.
struct Loop<'a> {
    plan: &'a Plan,
    function: &'a Function,
    /// It gives what it knows beside the result.
    reports: bool,
}

impl Loop<'_> {
    // Input:  #[on_exception(expo, io::Error, max_tries = 5)]
    //         async fn read(path: &Path) -> io::Result<String> { BODY }
    // Output: async fn read(path: &Path) -> io::Result<String> {
    //             use ::backoff_runtime::__private as __backoff;
    //             __backoff::needs_tokio!();
    //             let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
    //             __backoff::Retry::listen(&mut __retry, &__backoff::Logger::DEFAULT);
    //             loop {
    //                 let __delay = {
    //                     let __outcome = __backoff::on_exception(async { HINT { BODY } }.await);
    //                     JUDGEMENT, which breaks with an output or gives a delay
    //                 };
    //                 __delay.await;
    //             }
    //         }
    //
    // The outcome and all that it borrows ends before the wait begins, so an outcome that isn't `Send` does not keep
    // the future from being so.
    fn expand(&self, body: &Group) -> TokenStream {
        let runtime = &self.plan.runtime;
        let is_async = self.function.is_async();
        let needs = is_async.then(|| ours!(__backoff::needs_tokio!();));
        let needs_tracing = self.needs_tracing();
        let once = self.once();
        let pace = self.pace_once();
        let turn = self.turn();
        let (on_try, attempt) = self.attempted(body);
        let heard = self.heard();
        let class = self.class();
        let judgement = self.judgement();
        // Of a body that never ends nothing can follow.
        let allow =
            matches!(self.function.output(), Type::Never(_)).then(|| ours!(#[allow(unreachable_code)]));
        let wait = match (is_async, self.plan.pace.stop.is_some()) {
            (true, true) => ours!(__missed = __delay.await;),
            (true, false) => ours!(#allow __delay.await;),
            // A sync function has waited already.
            (false, true) => ours!(__missed = __delay;),
            (false, false) => TokenStream::new(),
        };
        let target = self.target();
        // Of a sync function that is judged at once, the runtime has told it when the wait was over.
        let again = (self.is_tried_at_once() && (is_async || !self.is_judged_at_once()))
            .then(|| ours!(__backoff::Retry::tries_again(&__retry, #target);));
        let number = self.plan.attempt.as_ref().map(
            |name| quote_spanned!(at(name.span())=> let #name: u32 = __backoff::Retry::tries(&__retry);),
        );
        ours! {
            use #runtime::__private as __backoff;
            #needs
            #needs_tracing
            #once
            #pace
            loop {
                #turn
                #number
                #on_try
                #allow
                let __delay = {
                    #attempt
                    #heard
                    #class
                    #judgement
                };
                #wait
                #again
            }
        }
    }

    /// Who is told before the attempt, and the attempt; both are skipped if there was no turn for it.
    fn attempted(&self, body: &Group) -> (TokenStream, TokenStream) {
        let (on_try, attempt) = (self.on_try(), self.attempt(body));
        // Moved and not taken, so that the budget is lent no longer than for the wait.
        let spend = self.plan.pace.budget.as_ref().map(|_| {
            ours! {
                __backoff::spend(__token);
                __token = __backoff::Option::None;
            }
        });
        let before = quote!(#spend #on_try);
        let cut = self.may_be_cut().then(|| ours!(let mut __cut = false;));
        if self.may_miss() {
            let attempt = self.attempt_unless_missed(&quote!(#before #attempt));
            (TokenStream::new(), quote!(#cut #attempt))
        } else {
            (before, quote!(#cut #attempt))
        }
    }

    /// What is evaluated once per call, in the order that is promised; constants take no place here.
    fn once(&self) -> TokenStream {
        let plan = self.plan;
        let max_tries = computed("__max_tries", plan.max_tries.as_ref());
        let max_time = computed("__max_time", plan.max_time.as_ref());
        let timeout = computed("__timeout", plan.pace.timeout.as_ref());
        let reason = self.wants_reason().then(|| ours!(let mut __reason = __backoff::Option::None;));
        let policy = self.policy_once();
        let mode = if self.function.is_async() { ours!(Async) } else { ours!(Blocking) };
        let (start, begun) = self.begun();
        let strategies = self.strategies_once();
        ours! {
            #max_tries
            #max_time
            #timeout
            #policy
            #reason
            let mut __retry = __backoff::Retry::<__backoff::#mode>::#start;
            #begun
            #strategies
        }
    }

    /// Whether the clock is read when the call begins, whatever the values of its options.
    fn is_timed(&self) -> bool {
        let plan = self.plan;
        plan.max_time.is_some()
            || plan.pace.timeout.is_some()
            || !plan.handlers.are_none()
            || self.wants_reason()
    }

    /// How the call begins, and what follows at once: the clock is read if somebody needs the time from then on, and those
    /// who observe the program are told of the first attempt.
    fn begun(&self) -> (TokenStream, TokenStream) {
        let (plan, is_timed) = (self.plan, self.is_timed());
        let start = if is_timed { ours!(timed()) } else { ours!(untimed()) };
        let (target, logger) = (self.target(), self.logger(&plan.log.logger));
        let begun = match (is_timed, self.is_tried_at_once()) {
            (false, _) if plan.policy().is_some() => {
                let limits = self.limits();
                ours!(__backoff::by::begin(&mut __retry, #limits, #logger);)
            }
            (false, true) => ours!(__backoff::Retry::begin(&mut __retry, &#logger, || #target);),
            (false, false) => ours!(__backoff::Retry::listen(&mut __retry, &#logger);),
            (true, true) => self.tries_now(),
            (true, false) => TokenStream::new(),
        };
        (start, begun)
    }

    fn on_try(&self) -> TokenStream {
        let (target, timeout) = (self.target(), self.timeout());
        let observed = (!self.is_tried_at_once()).then(|| self.tries_now());
        let told = self.plan.handlers.on_try.iter().map(|hook| {
            let (handler, span) = (self.callable(&hook.expr), at(hook.expr.span()));
            if hook.may_be_async {
                let answer =
                    self.answered(span, &handler, &ours!(__backoff::Retry::left(&__retry, #timeout)));
                quote_spanned! {span=> {
                    let __details = __backoff::Retry::trying(&__retry, #target);
                    #answer
                }}
            } else {
                quote_spanned!(span=> __backoff::Retry::on_try(&__retry, #target, #handler);)
            }
        });
        observed.into_iter().chain(told).collect()
    }

    /// Whether an attempt follows at once when the call begins or a wait is over: no turn has to come before. Those who
    /// observe the program are then told there, away from the path of a success.
    fn is_tried_at_once(&self) -> bool {
        self.plan.pace.pacer.is_none() && !self.may_miss()
    }

    fn tries_now(&self) -> TokenStream {
        let target = self.target();
        ours!(__backoff::Retry::tries_now(&__retry, || #target);)
    }

    /// The answer of an async handler, awaited no longer than the call may take.
    fn answered(&self, span: Span, handler: &TokenStream, left: &TokenStream) -> TokenStream {
        let answer =
            quote_spanned!(span=> __backoff::answer::<(), _, _>(__backoff::call(#handler, &__details)));
        if self.may_time_out() {
            quote_spanned!(span=> let _ = __backoff::bounded(#left, __backoff::pin!(#answer)).await;)
        } else {
            quote_spanned!(span=> #answer.await;)
        }
    }

    /// A function as an argument of a call: one that the user's function was given is only lent, as there may be
    /// further attempts.
    fn callable(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Path(path)
                if path.path.get_ident().is_some_and(|name| self.function.has_argument(name)) =>
            {
                quote_spanned!(at(expr.span())=> &#expr)
            }
            _ => expr.to_token_stream(),
        }
    }

    /// The function's name, for those who are told.
    fn target(&self) -> String {
        syn::ext::IdentExt::unraw(&self.function.signature.ident).to_string()
    }
}

/// What is computed once per call, unless it is a constant.
fn computed(name: &str, setting: Option<&Setting>) -> TokenStream {
    match setting {
        Some(Setting { tokens, is_constant: false, .. }) => {
            let name = Ident::new(name, Span::mixed_site());
            ours!(let #name = #tokens;)
        }
        _ => TokenStream::new(),
    }
}
