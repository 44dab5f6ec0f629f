//! The expansion: the function as it was, with a loop around its body that asks the runtime what to do.
//!
//! Names of ours are hygienic (`mixed_site`) or begin with `__`, paths are absolute, and the user's tokens keep their
//! places, so that whatever is wrong with them is shown there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::item::{Function, Kind};
use crate::plan::{Attribute, Condition, Ending, Hook, Plan, Setting, Waits, word};

/// Tokens of ours: names that the user's tokens neither see nor are seen by.
macro_rules! ours {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The function as it was.
pub(crate) fn untouched(function: &Function) -> TokenStream {
    with_body(function, &function.body)
}

/// The function with the loops of its attributes, the outermost first.
pub(crate) fn function(mut function: Function, plans: &[Plan]) -> TokenStream {
    let mut names = function.take_mut_arguments();
    let (once, block) = match &function.kind {
        Kind::Future(future) => {
            let (found, _) = &**future;
            names.extend(found.rebound.iter().cloned());
            (Some(&found.taken), &found.block)
        }
        _ => (None, &function.body),
    };
    let rebound = names.iter().map(|name| {
        // `let mut n = n;` for each attempt; of a type that isn't `Copy` an error that says what to write.
        quote_spanned!(at(name.span())=> let mut #name = __backoff::rebind(&#name);)
    });
    let body = located(Delimiter::Brace, block.stream(), block.span());
    let innermost = quote!(#(#rebound)* #body);
    let looped =
        plans.iter().rev().fold(innermost, |body, plan| Loop { plan, function: &function }.expand(&body));
    let mut braces = Group::new(Delimiter::Brace, quote!(#once #looped));
    braces.set_span(block.span());
    let body = match &function.kind {
        Kind::Future(future) => {
            let mut body = Group::new(Delimiter::Brace, future.0.with_block(&braces));
            body.set_span(function.body.span());
            body
        }
        _ => braces,
    };
    with_body(&function, &body)
}

fn with_body(function: &Function, body: &Group) -> TokenStream {
    let Function { attributes, visibility, signature, .. } = function;
    quote!(#(#attributes)* #visibility #signature #body)
}

/// The place of `span`, without seeing or being seen by the names there.
fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

fn located(delimiter: Delimiter, tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(at(span));
    group
}

/// The loop of one attribute.
struct Loop<'a> {
    plan: &'a Plan,
    function: &'a Function,
}

impl Loop<'_> {
    // Input:  #[on_exception(expo, io::Error, max_tries = 5)]
    //         async fn read(path: &Path) -> io::Result<String> { BODY }
    // Output: async fn read(path: &Path) -> io::Result<String> {
    //             use ::backoff_runtime::__private as __backoff;
    //             __backoff::needs_tokio!();
    //             let mut __retry = __backoff::Retry::<__backoff::Async>::untimed(&__backoff::Logger::DEFAULT);
    //             loop {
    //                 __retry.begin();
    //                 let __delay = {
    //                     let mut __attempt = __retry.on_exception("read", async { HINT { BODY } }.await);
    //                     __attempt.when_is::<io::Error, _>();
    //                     let __limits = __backoff::Limits { max_tries: 5u32, max_time: __backoff::Option::None };
    //                     __attempt.limit(__limits);
    //                     __attempt.wait_number(
    //                         |__n| __backoff::expo().at(__n),
    //                         &mut __backoff::jitter(__backoff::full_jitter),
    //                         __limits,
    //                     );
    //                     __attempt.log(&__backoff::Logger::DEFAULT, |__outcome| __backoff::shown!(__outcome));
    //                     match __attempt.end() {
    //                         __backoff::ControlFlow::Break(__output) => break __output,
    //                         __backoff::ControlFlow::Continue(__delay) => __delay,
    //                     }
    //                 };
    //                 __delay.await;
    //             }
    //         }
    //
    // The attempt and all that it borrows ends before the wait begins, so an outcome that isn't `Send` does not keep
    // the future from being so.
    fn expand(&self, body: &TokenStream) -> TokenStream {
        let runtime = &self.plan.runtime;
        let needs = self.function.is_async().then(|| ours!(__backoff::needs_tokio!();));
        let once = self.once();
        let on_try = self.on_try();
        let attempt = self.attempt(body);
        let judged = self.judged();
        let wait = if self.function.is_async() { ours!(__delay.await;) } else { ours!(__delay.wait();) };
        ours! {
            use #runtime::__private as __backoff;
            #needs
            #once
            loop {
                __retry.begin();
                #on_try
                let __delay = {
                    #attempt
                    #judged
                };
                #wait
            }
        }
    }

    /// What is evaluated once per call, in the order that is promised; constants take no place here.
    fn once(&self) -> TokenStream {
        let plan = self.plan;
        let computed = |name: &str, setting: &Option<Setting>| match setting {
            Some(Setting::Computed(value)) => {
                let name = Ident::new(name, Span::mixed_site());
                ours!(let #name = #value;)
            }
            _ => TokenStream::new(),
        };
        let max_tries = computed("__max_tries", &plan.max_tries);
        let max_time = computed("__max_time", &plan.max_time);
        let mode = if self.function.is_async() { ours!(Async) } else { ours!(Blocking) };
        let start = match &plan.logger {
            _ if plan.max_time.is_some() || !plan.handlers.are_none() => ours!(timed()),
            Some(logger) => ours!(untimed(&__backoff::Logger::DEFAULT #logger)),
            None => ours!(untimed(&__backoff::Logger::DEFAULT.none())),
        };
        let waits = match &plan.waits {
            Waits::BuiltIn { maker, constant: false, .. } => ours!(let __waits = #maker;),
            Waits::Own(generator) => ours!(let mut __waits = #generator;),
            Waits::BuiltIn { .. } | Waits::Runtime { .. } => TokenStream::new(),
        };
        let jitter = self.jitter_once();
        ours! {
            #max_tries
            #max_time
            let mut __retry = __backoff::Retry::<__backoff::#mode>::#start;
            #waits
            #jitter
        }
    }

    /// A jitter with a state, or one that has to be made, is made once per call.
    fn jitter_once(&self) -> TokenStream {
        let jitter = match &self.plan.jitter {
            Some(Expr::Path(path)) if is_decorrelated(path) => match &self.plan.waits {
                Waits::BuiltIn { longest: Some(longest), .. } => {
                    ours!(__backoff::decorrelated_jitter_up_to(#longest))
                }
                _ => ours!(__backoff::decorrelated_jitter()),
            },
            None | Some(Expr::Path(_) | Expr::Closure(_)) => return TokenStream::new(),
            Some(jitter) => quote_spanned!(at(jitter.span())=> __backoff::jitter(#jitter)),
        };
        ours!(let mut __jitter = #jitter;)
    }

    fn jitter(&self) -> TokenStream {
        match &self.plan.jitter {
            None => ours!(&mut __backoff::none()),
            Some(Expr::Path(path)) if is_decorrelated(path) => ours!(&mut __jitter),
            Some(jitter @ (Expr::Path(_) | Expr::Closure(_))) => {
                let span = at(jitter.span());
                match word(jitter).as_deref() {
                    Some("full_jitter" | "equal_jitter" | "random_jitter") => {
                        quote_spanned!(span=> &mut __backoff::jitter(__backoff::#jitter))
                    }
                    _ => quote_spanned!(span=> &mut __backoff::jitter(#jitter)),
                }
            }
            Some(_) => ours!(&mut __jitter),
        }
    }

    fn on_try(&self) -> TokenStream {
        let target = self.target();
        self.plan
            .handlers
            .on_try
            .iter()
            .map(|hook| {
                let (handler, span) = (self.callable(&hook.expr), at(hook.expr.span()));
                if hook.may_be_async {
                    quote_spanned! {span=> {
                        let __details = __retry.trying(#target);
                        __backoff::answer::<(), _, _>(__backoff::call(#handler, &__details)).await;
                    }}
                } else {
                    quote_spanned!(span=> __retry.on_try(#target, #handler);)
                }
            })
            .collect()
    }

    /// The attempt itself: an inner block or closure, so that `?` and `return` leave it and not the loop.
    fn attempt(&self, body: &TokenStream) -> TokenStream {
        let output = self.function.output();
        let span = at(self.function.body.span());
        let inner = if self.function.is_async() {
            // Never taken: it tells the block's type, so that the body is coerced to it as in the function.
            let hint = (!matches!(output, Type::Never(_))).then(|| {
                let output = without_impl(&output);
                quote_spanned! {span=>
                    if let __backoff::Option::Some(__output) = __backoff::Option::None::<#output> {
                        return __output;
                    }
                }
            });
            let block = located(Delimiter::Brace, ours!(#hint #body), span);
            quote_spanned!(span=> async #block.await)
        } else {
            let output = without_impl(&output);
            let block = located(Delimiter::Brace, body.clone(), span);
            quote_spanned!(span=> (|| -> #output #block)())
        };
        let target = self.target();
        let judge = Ident::new(self.plan.attribute.name(), at(output.span()));
        ours!(let mut __attempt = __retry.#judge(#target, #inner);)
    }

    /// What follows from an attempt, rule by rule.
    fn judged(&self) -> TokenStream {
        let plan = self.plan;
        let when = self.when();
        let giveup = plan.giveup.as_ref().map(|giveup| self.giveup(giveup));
        let limits = self.limits();
        let wait = self.wait();
        let log = plan.logger.as_ref().map(|logger| {
            ours! {
                __attempt.log(&__backoff::Logger::DEFAULT #logger, |__outcome| __backoff::shown!(__outcome));
            }
        });
        let on_success = self.handlers(&plan.handlers.on_success, "on_success", "succeeded");
        let on_backoff = self.handlers(&plan.handlers.on_backoff, "on_backoff", "backing_off");
        let on_giveup = self.handlers(&plan.handlers.on_giveup, "on_giveup", "giving_up");
        let end = match &plan.ending {
            Ending::Last => ours!(end()),
            Ending::Default(value) => quote_spanned!(at(value.span())=> end_or_default()),
            Ending::Fallback(fallback) => {
                let fallback_call = self.callable(fallback);
                quote_spanned!(at(fallback.span())=> end_or(#fallback_call))
            }
        };
        ours! {
            #when
            #on_success
            #giveup
            #limits
            __attempt.limit(__limits);
            #wait
            #log
            #on_backoff
            #on_giveup
            match __attempt.#end {
                __backoff::ControlFlow::Break(__output) => break __output,
                __backoff::ControlFlow::Continue(__delay) => __delay,
            }
        }
    }

    fn when(&self) -> TokenStream {
        let output = at(self.function.output().span());
        match &self.plan.condition {
            Condition::Default => match self.plan.attribute {
                Attribute::OnPredicate => quote_spanned!(output=> __attempt.when_falsy();),
                Attribute::OnException => quote_spanned!(output=> __attempt.when_any();),
            },
            Condition::Predicate(predicate) => {
                let callable = self.callable(predicate);
                quote_spanned!(at(predicate.span())=> __attempt.when(#callable);)
            }
            Condition::Matches(pattern) => quote_spanned! {at(pattern.span())=>
                __attempt.when(|__outcome| __backoff::matches!(__outcome, #pattern));
            },
            Condition::Types(types) => quote_spanned!(at(types.span())=> __attempt.when_is::<#types, _>();),
        }
    }

    fn giveup(&self, giveup: &Hook) -> TokenStream {
        let (predicate, span) = (self.callable(&giveup.expr), at(giveup.expr.span()));
        if giveup.may_be_async {
            quote_spanned! {span=>
                let __giveup = match __attempt.failed() {
                    __backoff::Option::Some(__error) => {
                        __backoff::answer::<bool, _, _>(__backoff::call(#predicate, __error)).await
                    }
                    __backoff::Option::None => false,
                };
                __attempt.giveup(|_| __giveup);
            }
        } else {
            quote_spanned!(span=> __attempt.giveup(#predicate);)
        }
    }

    fn limits(&self) -> TokenStream {
        let value = |setting: &Option<Setting>, computed: &str, none: TokenStream| match setting {
            None => none,
            Some(Setting::Constant(value)) => value.clone(),
            Some(Setting::Computed(_)) => Ident::new(computed, Span::mixed_site()).into_token_stream(),
        };
        let max_tries = value(&self.plan.max_tries, "__max_tries", ours!(__backoff::NO_LIMIT));
        let max_time = value(&self.plan.max_time, "__max_time", ours!(__backoff::Option::None));
        ours! {
            let __limits = __backoff::Limits { max_tries: #max_tries, max_time: #max_time };
        }
    }

    fn wait(&self) -> TokenStream {
        let jitter = self.jitter();
        match &self.plan.waits {
            Waits::BuiltIn { maker, constant: true, .. } => ours! {
                __attempt.wait_number(|__n| #maker.at(__n), #jitter, __limits);
            },
            Waits::BuiltIn { .. } => ours! {
                __attempt.wait_number(|__n| __waits.at(__n), #jitter, __limits);
            },
            Waits::Runtime { value } => {
                let callable = self.callable(value);
                quote_spanned!(at(value.span())=> __attempt.wait_of(#callable, #jitter, __limits);)
            }
            Waits::Own(generator) => {
                // At the place of the expression, where the compiler says that it makes no waits.
                let waits = Ident::new("__waits", at(generator.span()));
                ours!(__attempt.wait(&mut #waits, #jitter, __limits);)
            }
        }
    }

    fn handlers(&self, hooks: &[Hook], call: &str, details: &str) -> TokenStream {
        // One that may be async makes all of its list awaited, since they are called in order.
        let awaited = hooks.iter().any(|hook| hook.may_be_async);
        hooks
            .iter()
            .map(|hook| {
                let (handler, span) = (self.callable(&hook.expr), at(hook.expr.span()));
                let (call, details) = (Ident::new(call, span), Ident::new(details, span));
                if awaited {
                    quote_spanned! {span=>
                        if let __backoff::Option::Some(__details) = __attempt.#details() {
                            __backoff::answer::<(), _, _>(__backoff::call(#handler, &__details)).await;
                        }
                    }
                } else {
                    quote_spanned!(span=> __attempt.#call(#handler);)
                }
            })
            .collect()
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

fn is_decorrelated(path: &syn::ExprPath) -> bool {
    path.path.segments.last().is_some_and(|last| last.ident == "decorrelated_jitter")
}

/// The type with `_` for each `impl Trait`, which can be written only in signatures.
fn without_impl(ty: &Type) -> Type {
    let mut ty = ty.clone();
    replace_impl(&mut ty);
    ty
}

fn replace_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
        Type::Array(array) => replace_impl(&mut array.elem),
        Type::Group(group) => replace_impl(&mut group.elem),
        Type::Paren(paren) => replace_impl(&mut paren.elem),
        Type::Ptr(pointer) => replace_impl(&mut pointer.elem),
        Type::Reference(reference) => replace_impl(&mut reference.elem),
        Type::Slice(slice) => replace_impl(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(replace_impl),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let syn::GenericArgument::Type(ty) = argument {
                            replace_impl(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}
