//! The expansion: the function as it was, with a loop around its body that asks the runtime what to do.
//!
//! Local names of ours are hygienic (`mixed_site`), methods are called by path so that no trait of the user's can stand
//! in for them, and the user's tokens keep their places, so that whatever is wrong with them is shown there.

mod judge;
mod pace;
#[cfg(test)]
mod snapshots;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Pat, Path, Type};

use crate::document;
use crate::item::{Function, Rebound};
use crate::plan::{Jitter, Plan, Setting, Waits, word};

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
            (Some(&site.taken), &site.block)
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
    let looped = plans.iter().rev().fold(innermost, |body, plan| {
        braces(Loop { plan, function: &function }.expand(&body), at(block.span()))
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
    // the future from being so. In a sync function the judgement waits, too, and there is nothing behind it.
    fn expand(&self, body: &Group) -> TokenStream {
        let runtime = &self.plan.runtime;
        let is_async = self.function.is_async();
        let needs = is_async.then(|| ours!(__backoff::needs_tokio!();));
        let once = self.once();
        let pace = self.pace_once();
        let turn = self.turn();
        let (on_try, attempt) = self.attempted(body);
        let judgement = self.judgement();
        // Of a body that never ends nothing can follow.
        let allow =
            matches!(self.function.output(), Type::Never(_)).then(|| ours!(#[allow(unreachable_code)]));
        let attempt = if is_async {
            ours! {
                #allow
                let __delay = {
                    #attempt
                    #judgement
                };
                #allow
                __delay.await;
            }
        } else {
            ours! {
                #allow
                {
                    #attempt
                    #judgement
                }
            }
        };
        ours! {
            use #runtime::__private as __backoff;
            #needs
            #once
            #pace
            loop {
                #turn
                #on_try
                #attempt
            }
        }
    }

    /// Who is told before the attempt, and the attempt; both are skipped if there was no turn for it.
    fn attempted(&self, body: &Group) -> (TokenStream, TokenStream) {
        let (on_try, attempt) = (self.on_try(), self.attempt(body));
        if self.may_miss() {
            (TokenStream::new(), self.attempt_unless_missed(&quote!(#on_try #attempt)))
        } else {
            (on_try, attempt)
        }
    }

    /// What is evaluated once per call, in the order that is promised; constants take no place here.
    fn once(&self) -> TokenStream {
        let plan = self.plan;
        let computed = |name: &str, setting: &Option<Setting>| match setting {
            Some(Setting { tokens, is_constant: false, .. }) => {
                let name = Ident::new(name, Span::mixed_site());
                ours!(let #name = #tokens;)
            }
            _ => TokenStream::new(),
        };
        let max_tries = computed("__max_tries", &plan.max_tries);
        let max_time = computed("__max_time", &plan.max_time);
        let mode = if self.function.is_async() { ours!(Async) } else { ours!(Blocking) };
        let is_timed = plan.max_time.is_some() || !plan.handlers.are_none();
        let start = if is_timed { ours!(timed()) } else { ours!(untimed()) };
        let listen = plan.logger.as_ref().filter(|_| !is_timed).map(|logger| {
            ours!(__backoff::Retry::listen(&mut __retry, &__backoff::Logger::DEFAULT #logger);)
        });
        let waits = match &plan.waits {
            Waits::BuiltIn { maker, .. } if self.has_stateful_waits() => ours!(let mut __waits = #maker;),
            Waits::Own(generator) => ours!(let mut __waits = #generator;),
            // Of constants it is made when a wait is needed.
            Waits::BuiltIn { .. } | Waits::Runtime { .. } => TokenStream::new(),
        };
        let jitter = self.jitter_once();
        ours! {
            #max_tries
            #max_time
            let mut __retry = __backoff::Retry::<__backoff::#mode>::#start;
            #listen
            #waits
            #jitter
        }
    }

    /// A jitter with a state may ask the generator for its bound.
    fn has_stateful_waits(&self) -> bool {
        !self.plan.waits.is_constant() || matches!(self.plan.jitter, Jitter::OncePerCall(_))
    }

    fn jitter_once(&self) -> TokenStream {
        let Jitter::OncePerCall(jitter) = &self.plan.jitter else { return TokenStream::new() };
        let ours = (word(jitter).as_deref() == Some("decorrelated_jitter")).then(|| ours!(__backoff::));
        let callable = self.callable(jitter);
        let made = quote_spanned!(at(jitter.span())=> __backoff::jitter(#ours #callable));
        ours!(let mut __jitter = #made;)
    }

    fn on_try(&self) -> TokenStream {
        let target = self.target();
        let told = self.plan.handlers.on_try.iter().map(|hook| {
            let (handler, span) = (self.callable(&hook.expr), at(hook.expr.span()));
            if hook.may_be_async {
                quote_spanned! {span=> {
                    let __details = __backoff::Retry::trying(&__retry, #target);
                    __backoff::answer::<(), _, _>(__backoff::call(#handler, &__details)).await;
                }}
            } else {
                quote_spanned!(span=> __backoff::Retry::on_try(&__retry, #target, #handler);)
            }
        });
        told.collect()
    }

    /// The attempt itself: an inner block or closure, so that `?` and `return` leave it and not the loop. Where nothing
    /// does, an async body needs none, which saves the instructions and the bytes of a second future.
    fn attempt(&self, body: &Group) -> TokenStream {
        let output = self.function.output();
        let written = without_impl(&output);
        let span = at(self.function.body.span());
        let judge = Ident::new(self.plan.attribute.name(), Span::mixed_site());
        let judge = quote_spanned!(at(output.span())=> __backoff::#judge);
        if !self.function.is_async() {
            return quote_spanned!(span=> let __outcome = #judge((|| -> #written #body)()););
        }
        let is_bounded = self.plan.pace.attempt_timeout.is_some();
        if !is_bounded && !matches!(output, Type::Never(_)) && is_one_expression(body) {
            let expression = body.stream();
            // Of one that never ends nothing can follow, which is no fault of the user's.
            return quote_spanned! {span=>
                let __returned: #written = #expression;
                #[allow(unreachable_code)]
                let __outcome = #judge(__returned);
            };
        }
        let hint = self.hint(&output, span);
        let stream = body.stream();
        let block = braces(quote!(#hint #stream), body.span());
        let attempt = self.bounded(&quote_spanned!(span=> async #block));
        quote_spanned!(span=> let __outcome = #judge(#attempt);)
    }

    /// Never taken. It tells the block's type, so that the body is coerced to it as in the function; and it captures
    /// each `&mut` that the body uses as such, for a body that only reads it would else demand that it is `Sync`.
    fn hint(&self, output: &Type, span: Span) -> TokenStream {
        let lent = self.lent();
        if matches!(output, Type::Never(_)) {
            return quote_spanned!(span=> if false { #lent });
        }
        let output = without_impl(output);
        quote_spanned! {span=>
            if let __backoff::Option::Some(__output) = __backoff::Option::None::<#output> {
                #lent
                return __output;
            }
        }
    }

    fn lent(&self) -> TokenStream {
        if self.function.site.is_some() {
            return TokenStream::new();
        }
        let lent = self.function.signature.inputs.iter().filter_map(|input| match input {
            FnArg::Receiver(receiver) if self.function.lends_self() => {
                Some(receiver.self_token.to_token_stream())
            }
            FnArg::Typed(argument) => match (&*argument.pat, &*argument.ty) {
                (Pat::Ident(name), Type::Reference(reference))
                    if reference.mutability.is_some() && argument.attrs.is_empty() =>
                {
                    Some(name.ident.to_token_stream())
                }
                _ => None,
            },
            FnArg::Receiver(_) => None,
        });
        // One that isn't used has to stay so, for the lints.
        let used = lent.filter(|name| mentions(self.function.body.stream(), &name.to_string()));
        used.map(|name| ours!(let _ = &mut *#name;)).collect()
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

/// Whether a body is certainly one expression that nothing leaves before its end.
fn is_one_expression(body: &Group) -> bool {
    // After these, a second expression may follow without a semicolon.
    const BLOCKS: [&str; 7] = ["async", "for", "if", "loop", "match", "unsafe", "while"];
    let is_block = |token: TokenTree| match token {
        TokenTree::Ident(word) => BLOCKS.iter().any(|block| word == block),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        // A label.
        TokenTree::Punct(punct) => punct.as_char() == '\'',
        TokenTree::Literal(_) => false,
    };
    let first = body.stream().into_iter().next();
    first.is_some_and(|first| !is_block(first)) && !has_statements(body) && !may_be_left(body.stream())
}

/// Whether something in a body may leave it before its end, or leave a loop around it: a macro may do anything.
fn may_be_left(body: TokenStream) -> bool {
    let tokens: Vec<_> = body.into_iter().collect();
    tokens.iter().enumerate().any(|(place, token)| match token {
        TokenTree::Ident(ident) => ident == "return" || ident == "break" || ident == "continue",
        TokenTree::Punct(punct) if punct.as_char() == '?' => true,
        // `name!(..)`, and not `!name` or `!=`.
        TokenTree::Punct(punct) if punct.as_char() == '!' => {
            matches!(place.checked_sub(1).map(|before| &tokens[before]), Some(TokenTree::Ident(_)))
                && matches!(tokens.get(place + 1), Some(TokenTree::Group(_)))
        }
        TokenTree::Group(group) => may_be_left(group.stream()),
        _ => false,
    })
}

/// Whether a name stands somewhere in the tokens.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
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
        Type::Path(path) => replace_impl_in(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let syn::TypeParamBound::Trait(bound) = bound {
                    replace_impl_in(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn replace_impl_in(path: &mut Path) {
    for segment in &mut path.segments {
        if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    syn::GenericArgument::Type(ty) => replace_impl(ty),
                    syn::GenericArgument::AssocType(assigned) => replace_impl(&mut assigned.ty),
                    _ => {}
                }
            }
        }
    }
}
