//! The function that an attribute stands on: its signature as AST, its body as tokens. The body is never parsed, so a
//! half-written one still expands.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{
    Attribute, Error, FnArg, Pat, Receiver, ReceiverKind, ReturnType, Signature, Token, Type, Visibility,
};

use crate::error::Mistakes;
use crate::site::{Site, output_of};

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
    pub(crate) kind: Kind,
    /// Where in the body the loop goes, unless around all of it.
    pub(crate) site: Option<Site>,
}

/// How a function runs.
pub(crate) enum Kind {
    Sync,
    Async,
    /// It is sync, and returns a future of this type.
    Future(Box<Type>),
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let begins = begins_as_function(input);
        let signature: Signature = input.parse().map_err(|mistake| {
            let none = "only a function can be retried; put the attribute on an `fn`";
            if begins { mistake } else { Error::new(Span::call_site(), none) }
        })?;
        if input.peek(Token![;]) {
            return Err(Error::new_spanned(
                &signature,
                "a function without a body has nothing to retry; put the attribute on the methods that implement it",
            ));
        }
        let body = body(input)?;
        let kind = Kind::of(&signature);
        let site = match kind {
            Kind::Future(_) => Site::returned(&body),
            Kind::Sync | Kind::Async => Site::instrumented(&body),
        };
        Ok(Self { attributes, visibility, signature, body, kind, site })
    }
}

/// Whether an item is meant to be a function: `fn` stands behind its qualifiers.
fn begins_as_function(input: ParseStream<'_>) -> bool {
    let mut words = input.cursor().token_stream().into_iter().map(|token| token.to_string());
    let is_qualifier =
        |word: &String| matches!(word.as_str(), "const" | "async" | "unsafe" | "extern" | "\"C\"");
    words.find(|word| !is_qualifier(word)).as_deref() == Some("fn")
}

/// The braces of a body, also as they come out of a `$body:block` of a `macro_rules!`.
fn body(input: ParseStream<'_>) -> Result<Group, Error> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(group),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => body.parse2(group.stream()),
        other => Err(Error::new_spanned(other, "expected the body of the function, in braces")),
    }
}

impl Kind {
    fn of(signature: &Signature) -> Self {
        match &signature.output {
            _ if signature.asyncness.is_some() => Self::Async,
            ReturnType::Default => Self::Sync,
            ReturnType::Type(_, output) => {
                output_of(output).map_or(Self::Sync, |output| Self::Future(Box::new(output)))
            }
        }
    }
}

impl Function {
    /// Whether it waits on a runtime rather than on its thread.
    pub(crate) fn is_async(&self) -> bool {
        !matches!(self.kind, Kind::Sync)
    }

    /// What an attempt gives: what is returned, `()` if nothing is written; of a future, its output.
    pub(crate) fn output(&self) -> Type {
        let declared = self.declared();
        reported(&declared).cloned().unwrap_or(declared)
    }

    /// Whether it gives a `Retried`, which the loop around its attempts makes.
    pub(crate) fn reports(&self) -> bool {
        reported(&self.declared()).is_some()
    }

    fn declared(&self) -> Type {
        match (&self.kind, &self.signature.output) {
            (Kind::Future(output), _) | (_, ReturnType::Type(_, output)) => (**output).clone(),
            (_, ReturnType::Default) => syn::parse_quote!(()),
        }
    }

    /// Whether it takes `&mut self`.
    pub(crate) fn lends_self(&self) -> bool {
        self.signature.receiver().is_some_and(|receiver| exclusive_borrow(receiver).0)
    }

    /// Whether an argument has this name.
    pub(crate) fn has_argument(&self, name: &syn::Ident) -> bool {
        self.signature.inputs.iter().any(|input| match input {
            FnArg::Typed(argument) => matches!(&*argument.pat, Pat::Ident(pat) if pat.ident == *name),
            FnArg::Receiver(_) => false,
        })
    }

    /// What can be told from the signature alone: that no loop around the body would do what was meant.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        if let Some(constness) = &self.signature.constness {
            mistakes.at(constness, "a `const fn` cannot wait; remove `const` or the attribute");
        }
        if matches!(self.kind, Kind::Future(_)) && self.site.is_none() {
            mistakes.at(
                self.output(),
                "the future that this function returns is no async block at its end, so it cannot be made again; write an `async fn`, or end the body with `async move { ... }` or `Box::pin(async move { ... })`",
            );
        }
        if matches!(self.kind, Kind::Sync) {
            self.check_sync(mistakes);
        }
        for input in &self.signature.inputs {
            if let FnArg::Typed(argument) = input
                && has_ref_mut(argument.pat.to_token_stream())
            {
                mistakes.at(
                    &argument.pat,
                    "changes to this `ref mut` argument would carry over into the next attempt; take it by value and clone it in the body",
                );
            }
        }
        if let Some(receiver) = self.signature.receiver() {
            self.check_receiver(receiver, mistakes);
        }
    }

    fn check_sync(&self, mistakes: &mut Mistakes) {
        if let Some(attribute) =
            self.attributes.iter().find(|attribute| attribute.path().is_ident("track_caller"))
        {
            mistakes
                .at(attribute, "the caller cannot be tracked through the attempts; remove `#[track_caller]`");
        }
    }

    fn check_receiver(&self, receiver: &Receiver, mistakes: &mut Mistakes) {
        let (exclusive, lifetime) = exclusive_borrow(receiver);
        if exclusive && borrows(&self.output(), lifetime) {
            mistakes.at(
                &self.signature.output,
                "the result borrows from `&mut self`, which the next attempt needs again; return an owned value, or take `&self`",
            );
        }
        let pinned = matches!(&receiver.kind, ReceiverKind::Typed(_, ty) if is_pin(ty));
        if receiver.mutability.is_some() && !pinned {
            mistakes.at(
                receiver,
                "changes to `self` would carry over into the next attempt; take `self` without `mut` and write `let mut this = self.clone();` in the body",
            );
        }
    }

    /// Takes `mut` off the arguments, and gives the names that it stood on, with what they are compiled for: each
    /// attempt rebinds them.
    pub(crate) fn take_mut_arguments(&mut self) -> Vec<Rebound> {
        let mut names = Vec::new();
        if matches!(self.kind, Kind::Future(_)) && self.site.as_ref().is_some_and(|site| !site.is_alone()) {
            // What stands before the future may change its arguments; it runs once.
            return names;
        }
        for input in &mut self.signature.inputs {
            if let FnArg::Typed(argument) = input {
                let mut taken = Vec::new();
                take_mut(&mut argument.pat, &mut taken);
                let cfgs = argument.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
                let cfgs: Vec<Attribute> = cfgs.cloned().collect();
                names.extend(taken.into_iter().map(|binding| Rebound { cfgs: cfgs.clone(), binding }));
            }
        }
        names
    }
}

/// The `R` of a `Retried<R>`.
fn reported(output: &Type) -> Option<&Type> {
    let Type::Path(path) = output else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Retried")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(syn::GenericArgument::Type(result)), 1) => Some(result),
        _ => None,
    }
}

/// Whether a pattern has a `ref mut` in it.
fn has_ref_mut(pattern: TokenStream) -> bool {
    let words: Vec<_> = pattern.into_iter().collect();
    let is = |token: &proc_macro2::TokenTree, word: &str| token.to_string() == word;
    words.windows(2).any(|two| is(&two[0], "ref") && is(&two[1], "mut"))
        || words
            .into_iter()
            .any(|token| matches!(token, proc_macro2::TokenTree::Group(group) if has_ref_mut(group.stream())))
}

/// A `mut` argument, which each attempt rebinds.
pub(crate) struct Rebound {
    /// What it is compiled for.
    pub(crate) cfgs: Vec<Attribute>,
    /// `mut` and the name, as they stand there.
    pub(crate) binding: Binding,
}

/// `mut` and a name.
pub(crate) type Binding = (Token![mut], syn::Ident);

/// Takes `mut` off the bindings of a pattern.
fn take_mut(pat: &mut Pat, names: &mut Vec<Binding>) {
    match pat {
        Pat::Ident(binding) => {
            if binding.by_ref.is_none()
                && let Some(mutability) = binding.mutability.take()
            {
                names.push((mutability, binding.ident.clone()));
            }
            if let Some((_, sub)) = &mut binding.subpat {
                take_mut(sub, names);
            }
        }
        Pat::Paren(paren) => take_mut(&mut paren.pat, names),
        Pat::Reference(reference) => take_mut(&mut reference.pat, names),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(|pat| take_mut(pat, names)),
        Pat::Struct(fields) => fields.fields.iter_mut().for_each(|field| take_mut(&mut field.pat, names)),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|pat| take_mut(pat, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|pat| take_mut(pat, names)),
        Pat::Type(typed) => take_mut(&mut typed.pat, names),
        _ => {}
    }
}

fn is_pin(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == "Pin"))
}

/// Whether a receiver is `&mut self`, and for which lifetime if one is written.
fn exclusive_borrow(receiver: &Receiver) -> (bool, Option<&syn::Lifetime>) {
    match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, mutability) => (mutability.is_some(), lifetime.as_ref()),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) => (reference.mutability.is_some(), reference.lifetime.as_ref()),
            _ => (false, None),
        },
        _ => (false, None),
    }
}

/// Whether a result borrows for the lifetime of the receiver: an elided lifetime, or the receiver's own.
fn borrows(output: &Type, receiver: Option<&syn::Lifetime>) -> bool {
    fn in_tokens(tokens: TokenStream, receiver: Option<&str>) -> bool {
        use proc_macro2::TokenTree::{Group, Ident, Punct};
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                Group(group) if in_tokens(group.stream(), receiver) => return true,
                // `&T` and `&mut T`: the lifetime is left out.
                Punct(punct)
                    if punct.as_char() == '&'
                        && !matches!(tokens.peek(), Some(Punct(next)) if next.as_char() == '\'') =>
                {
                    return true;
                }
                Punct(punct) if punct.as_char() == '\'' => {
                    if let Some(Ident(name)) = tokens.peek()
                        && (name == "_" || receiver.is_some_and(|receiver| name == receiver))
                    {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
    in_tokens(output.to_token_stream(), receiver.map(|lifetime| lifetime.ident.to_string()).as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn a_borrowing_result_is_recognised_by_its_lifetimes() {
        assert!(borrows(&parse_quote!(Result<&str, E>), None));
        assert!(borrows(&parse_quote!(Guard<'_>), None));
        assert!(borrows(&parse_quote!(Option<(u8, &'a [u8])>), Some(&parse_quote!('a))));
        assert!(!borrows(&parse_quote!(Result<&'static str, E>), None));
        assert!(!borrows(&parse_quote!(Result<&'b str, E>), Some(&parse_quote!('a))));
    }
}
