//! The function that an attribute stands on: its signature as AST, its body as tokens. The body is never parsed, so a
//! half-written one still expands.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, FnArg, Pat, Receiver, ReceiverKind, ReturnType, Signature, Token, Type, TypeParamBound,
    Visibility, WherePredicate,
};

use crate::borrows::lender;
use crate::error::Mistakes;
use crate::output::{boxed, is_named_future, is_stream, output_by_trait, output_of};
use crate::site::{Site, ends_with_stream};

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
        let kind = Kind::of(&signature, &body);
        let mut site = match kind {
            Kind::Future(_) => Site::returned(&body),
            Kind::Sync | Kind::Async => Site::instrumented(&body),
        };
        if let Some(site) = &mut site {
            site.keep_mut(|name| is_called_mutably(&signature, name));
        }
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
    fn of(signature: &Signature, body: &Group) -> Self {
        match &signature.output {
            _ if signature.asyncness.is_some() => Self::Async,
            ReturnType::Default => Self::Sync,
            ReturnType::Type(_, ty) => match output_of(ty) {
                Some(output) => Self::Future(Box::new(output)),
                None if is_named_future(ty) || Site::made(body).is_some() => {
                    Self::Future(Box::new(output_by_trait(ty)))
                }
                None => Self::Sync,
            },
        }
    }
}

impl Function {
    /// Whether it is what `#[wasm_bindgen]` or `#[napi]` above has written to be called from outside, with a copy of the
    /// attributes: it calls the function itself, which is retried.
    pub(crate) fn is_shim(&self) -> bool {
        let name = self.signature.ident.to_string();
        let is_hidden = |attribute: &Attribute| {
            attribute.path().is_ident("doc")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "hidden")
        };
        name.starts_with("__wasm_bindgen_generated_")
            || name.ends_with("_c_callback") && self.attributes.iter().any(is_hidden)
    }

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
        self.signature.receiver().is_some_and(is_exclusive)
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
        self.check_output(mistakes);
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
            Self::check_receiver(receiver, mistakes);
        }
    }

    fn check_output(&self, mistakes: &mut Mistakes) {
        let ReturnType::Type(_, ty) = &self.signature.output else { return };
        let is_future = matches!(self.kind, Kind::Future(_));
        if is_future && self.site.is_none() {
            mistakes.at(
                ty,
                "the future that this function returns is no async block at its end, so it cannot be made again; write an `async fn`, or end the body with `async move { ... }` or `Box::pin(async move { ... })`",
            );
        }
        let output = if is_future { output_of(ty) } else { Some((**ty).clone()) };
        let Some(output) = output else { return };
        if is_stream(&output) || ends_with_stream(&self.body) {
            mistakes.at(
                ty,
                "a stream fails while it is read, after this function has returned, so there is nothing here to retry; put the attribute on a function that makes one item, or return `Result<impl Stream, E>` to retry the making of the stream",
            );
        }
        if let Some(lender) = lender(&self.signature, &output) {
            mistakes.at(&self.signature.output, borrowed_from(lender));
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

    fn check_receiver(receiver: &Receiver, mistakes: &mut Mistakes) {
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
        let signature = self.signature.clone();
        for input in &mut self.signature.inputs {
            if let FnArg::Typed(argument) = input {
                if let Pat::Ident(name) = &*argument.pat
                    && is_called_mutably(&signature, &name.ident)
                {
                    continue;
                }
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

/// What is wrong with a result that borrows from a `&mut` argument.
fn borrowed_from(lender: &FnArg) -> String {
    let (what, instead) = match lender {
        FnArg::Receiver(_) => ("`&mut self`".to_owned(), "`&self`"),
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) => (format!("the `&mut` argument `{}`", name.ident), "`&`"),
            _ => ("a `&mut` argument".to_owned(), "`&`"),
        },
    };
    format!(
        "the result borrows from {what}, which the next attempt needs again; return an owned value, or take {instead}"
    )
}

/// Whether a `mut` argument is a closure that is called by `&mut`, by its type or by the bounds of that. What a closure
/// has captured is its caller's own, as what is behind a `&mut` is: it stays from one attempt to the next. One that is
/// `Copy` starts each attempt as any copy does.
fn is_called_mutably(signature: &Signature, name: &syn::Ident) -> bool {
    let argument = signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(pat) if pat.ident == *name => Some(&*argument.ty),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let bounds = argument.map(|ty| bounds_of(ty, signature)).unwrap_or_default();
    let is_one = |names: &[&str]| bounds.iter().any(|bound| names.iter().any(|name| bound == name));
    is_one(&["FnMut", "AsyncFnMut"]) && !is_one(&["Copy"])
}

/// The names of the traits that a type is seen to implement: of an `impl Trait`, a boxed `dyn Trait`, a type parameter.
fn bounds_of(ty: &Type, signature: &Signature) -> Vec<String> {
    let mut bounds = Vec::new();
    let mut add = |of: &Punctuated<TypeParamBound, Token![+]>| {
        bounds.extend(of.iter().filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        }));
    };
    match ty {
        Type::ImplTrait(ty) => add(&ty.bounds),
        Type::Path(path) => {
            if let Some(Type::TraitObject(object)) = boxed(&path.path) {
                add(&object.bounds);
            }
            let generics = &signature.generics;
            for parameter in generics.type_params().filter(|parameter| path.path.is_ident(&parameter.ident)) {
                add(&parameter.bounds);
            }
            for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
                if let WherePredicate::Type(predicate) = predicate
                    && let Type::Path(bounded) = &predicate.bounded_ty
                    && path.path.get_ident().is_some_and(|name| bounded.path.is_ident(name))
                {
                    add(&predicate.bounds);
                }
            }
        }
        _ => {}
    }
    bounds
}

/// Whether a receiver is `&mut self`.
fn is_exclusive(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => {
            matches!(&**ty, Type::Reference(reference) if reference.mutability.is_some())
        }
        _ => false,
    }
}
