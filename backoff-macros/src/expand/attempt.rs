//! The attempt: the body, so that whatever leaves it stays in the loop.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Pat, Path, ReceiverKind, Type};

use super::{Loop, at, braces, has_statements, ours};
use crate::plan::Subject;

impl Loop<'_> {
    // Output: let __outcome = __backoff::on_exception(async { HINT { BODY } }.await);
    //
    // An inner block or closure, so that `?` and `return` leave it and not the loop. An async body that nothing leaves
    // needs none, which saves the instructions and the bytes of a second future:
    //
    //         let __outcome = __backoff::on_exception::<io::Result<String>>(match __backoff::Option::None {
    //             __backoff::Option::None => BODY,
    //             __backoff::Option::Some(()) => __backoff::never(),
    //         });
    //
    // The first arm drops what is temporary in the body where the function would; the second, which is never taken, lets
    // something follow a body that never ends.
    pub(super) fn attempt(&self, body: &Group) -> TokenStream {
        let output = self.function.output();
        let written = without_impl(&output);
        let span = at(self.function.body.span());
        let judge = match self.plan.attribute.subject() {
            Subject::Value => "on_predicate",
            Subject::Error => "on_exception",
        };
        let judge = Ident::new(judge, Span::mixed_site());
        let judge = quote_spanned!(at(output.span())=> __backoff::#judge);
        if !self.function.is_async() {
            let attempt = self.spanned_call(span, &quote_spanned!(span=> || -> #written #body));
            return quote_spanned!(span=> let __outcome = #judge(#attempt););
        }
        let is_bounded = self.plan.pace.cuts() || self.plan.policy().is_some();
        let is_never = matches!(output, Type::Never(_));
        let is_alone = !is_bounded && self.plan.attempt_span.is_none();
        if is_alone && !is_never && self.has_only_copies() && is_one_expression(body) {
            let expression = body.stream();
            let arms = quote_spanned! {span=>
                __backoff::Option::None => #expression,
                __backoff::Option::Some(()) => __backoff::never(),
            };
            let arms = braces(arms, body.span());
            return quote_spanned! {span=>
                let __outcome = #judge::<#written>(match __backoff::Option::None #arms);
            };
        }
        let hint = self.hint(&output, span);
        let stream = body.stream();
        let block = braces(quote!(#hint #stream), body.span());
        let attempt = self.spanned_future(span, &block, |attempt| self.bounded(attempt, &written));
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

    /// Whether every argument is seen to be copied. Of one that the body may move, the compiler says what to do best
    /// when it is a block that moves it.
    fn has_only_copies(&self) -> bool {
        self.function.site.is_none()
            && self.function.signature.inputs.iter().all(|input| match input {
                FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Reference(..)),
                FnArg::Typed(argument) => match &*argument.ty {
                    Type::Reference(reference) => reference.mutability.is_none(),
                    Type::Path(ty) => ty.path.get_ident().is_some_and(is_primitive),
                    _ => false,
                },
            })
    }
}

fn is_primitive(ty: &Ident) -> bool {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize",
    ];
    PRIMITIVES.iter().any(|primitive| ty == primitive)
}

/// Whether a body is certainly one expression that nothing leaves before its end.
fn is_one_expression(body: &Group) -> bool {
    // These begin no expression, or one that another may follow without a semicolon.
    const WORDS: [&str; 12] =
        ["async", "auto", "default", "for", "if", "let", "loop", "match", "safe", "union", "unsafe", "while"];
    let is_block = |token: TokenTree| match token {
        TokenTree::Ident(word) => WORDS.iter().any(|other| word == other),
        // Without a delimiter it is what a macro was given, which may be anything.
        TokenTree::Group(group) => matches!(group.delimiter(), Delimiter::Brace | Delimiter::None),
        // A label.
        TokenTree::Punct(punct) => punct.as_char() == '\'',
        TokenTree::Literal(_) => false,
    };
    let (first, last) = (body.stream().into_iter().next(), body.stream().into_iter().last());
    // A half-written one, such as `client.`, is told of once only in its own braces.
    let is_half_written = matches!(last, Some(TokenTree::Punct(_)));
    first.is_some_and(|first| !is_block(first))
        && !is_half_written
        && !has_statements(body)
        && !may_be_left(body.stream())
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
pub(super) fn without_impl(ty: &Type) -> Type {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one(body: TokenStream) -> bool {
        is_one_expression(&Group::new(Delimiter::Brace, body))
    }

    #[test]
    fn one_expression_that_nothing_leaves_needs_no_block_of_its_own() {
        assert!(is_one(quote!(client.get(url).await)));
        assert!(is_one(quote!(client.get(!is_new && n != 1, |x| -x).await.map(|page| { page.len() }))));
        assert!(is_one(quote!(&self.pages[0])));
        assert!(is_one(quote!(Page { number: 1 })));
    }

    #[test]
    fn what_may_be_left_or_is_more_than_an_expression_has_a_block() {
        assert!(!is_one(quote!()));
        assert!(!is_one(quote!(client.get(url).await?.text().await)));
        assert!(!is_one(quote!(get(async { Ok(page.await?) }).await)));
        assert!(!is_one(quote!(get(|| return 1).await)));
        assert!(!is_one(quote!(get(format!("{url}")).await)));
        assert!(!is_one(quote!(get(bail!["no url"]).await)));
        assert!(!is_one(quote!(
            let page = get();
            page
        )));
        assert!(!is_one(quote!(if is_new { log() } get().await)));
        assert!(!is_one(quote!({ log() } get().await)));
        assert!(!is_one(quote!(union U { a: u32 } get(U { a: 1 }).await)));
        let of_macro = TokenTree::Group(Group::new(Delimiter::None, quote!({ log() })));
        assert!(!is_one(quote!(#of_macro get().await)));
        assert!(!is_one(quote!(let)));
        assert!(!is_one(quote!(client.get(url).)));
        assert!(!is_one(quote!(loop {
            get().await
        })));
        assert!(!is_one(quote!('pages: loop {
            get().await
        })));
        assert!(!is_one(quote!(
            get(loop {
                break 1;
            })
            .await
        )));
        assert!(!is_one(quote!(#![allow(unused)] get().await)));
    }
}
