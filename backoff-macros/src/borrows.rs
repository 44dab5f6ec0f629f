//! Whether a result borrows from a `&mut` argument, as far as a signature tells: what an attempt lends to its result, the
//! next attempt cannot have.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericParam, ReceiverKind, Signature, Type, WherePredicate};

/// The `&mut` argument that a result certainly borrows from.
pub(crate) fn lender<'a>(signature: &'a Signature, output: &Type) -> Option<&'a FnArg> {
    let borrowed = borrows(output.to_token_stream())?;
    let mut lent = Vec::new();
    for argument in &signature.inputs {
        lent.extend(borrows(type_of(argument))?.into_iter().map(|borrow| (argument, borrow)));
    }
    let is_lent = |borrow: &Borrow| match borrow.name() {
        None => elided(&lent),
        Some(name) => named(signature, &lent, name),
    };
    borrowed.iter().find_map(is_lent)
}

/// What an argument is, as tokens.
fn type_of(argument: &FnArg) -> TokenStream {
    match argument {
        FnArg::Typed(argument) => argument.ty.to_token_stream(),
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Typed(_, ty) => ty.to_token_stream(),
            // `&'a mut self`
            _ => receiver.to_token_stream(),
        },
    }
}

/// An argument, and a borrow in its type.
type Lent<'a> = (&'a FnArg, Borrow);

/// Where a result with an elided lifetime borrows from: the receiver if that borrows, else the one borrow that there is.
fn elided<'a>(lent: &[Lent<'a>]) -> Option<&'a FnArg> {
    let of_receiver = lent.iter().find(|(argument, _)| matches!(argument, FnArg::Receiver(_)));
    let (argument, borrow) = match (of_receiver, lent) {
        (Some(receiver), _) => receiver,
        (None, [only]) => only,
        (None, _) => return None,
    };
    borrow.is_exclusive.then_some(argument)
}

/// Where a result of this lifetime borrows from, if nothing else may have given it.
fn named<'a>(signature: &Signature, lent: &[Lent<'a>], name: &str) -> Option<&'a FnArg> {
    let mut of_name = lent.iter().filter(|(_, borrow)| borrow.name() == Some(name));
    let (argument, borrow) = of_name.next()?;
    let is_only = of_name.next().is_none() && is_declared_alone(signature, name);
    (is_only && borrow.is_exclusive).then_some(*argument)
}

/// Whether a lifetime belongs to the function, and no bound lets something else live as long.
fn is_declared_alone(signature: &Signature, name: &str) -> bool {
    let mentions = |tokens: TokenStream| {
        borrows(tokens).is_none_or(|all| all.iter().any(|borrow| borrow.name() == Some(name)))
    };
    let mut is_declared = false;
    let is_bound = signature.generics.params.iter().any(|parameter| match parameter {
        GenericParam::Lifetime(parameter) => {
            is_declared |= parameter.lifetime.ident == name;
            mentions(parameter.bounds.to_token_stream())
        }
        GenericParam::Type(parameter) => mentions(parameter.bounds.to_token_stream()),
        GenericParam::Const(_) => false,
    });
    let is_where =
        signature.generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(|predicate| {
            match predicate {
                WherePredicate::Lifetime(predicate) => mentions(predicate.bounds.to_token_stream()),
                other => mentions(other.to_token_stream()),
            }
        });
    is_declared && !is_bound && !is_where
}

/// A `&` or a lifetime in a type.
struct Borrow {
    is_exclusive: bool,
    /// `None` if it is left out.
    lifetime: Option<String>,
}

impl Borrow {
    /// The name of its lifetime, unless that is elided.
    fn name(&self) -> Option<&str> {
        self.lifetime.as_deref().filter(|name| *name != "_")
    }
}

/// The borrows in a type; not those that belong to a function type, such as `fn(&T) -> &U`. `None` if that can't be told.
fn borrows(tokens: TokenStream) -> Option<Vec<Borrow>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut all, mut rest) = (Vec::new(), &tokens[..]);
    while !rest.is_empty() {
        if let Some(name) = take_lifetime(&mut rest) {
            all.push(Borrow { is_exclusive: false, lifetime: Some(name) });
            continue;
        }
        let (token, behind) = rest.split_first()?;
        rest = behind;
        match token {
            // Names that are bound here would have to be told apart.
            TokenTree::Ident(word) if word == "for" => return None,
            TokenTree::Ident(word) if is_function(word) => rest = behind_signature(behind),
            TokenTree::Group(group) => all.extend(borrows(group.stream())?),
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                let lifetime = take_lifetime(&mut rest);
                let is_exclusive = matches!(rest.first(), Some(TokenTree::Ident(word)) if word == "mut");
                all.push(Borrow { is_exclusive, lifetime });
            }
            _ => {}
        }
    }
    all.retain(|borrow| borrow.lifetime.as_deref() != Some("static"));
    Some(all)
}

/// Takes the name of the lifetime that comes next, if one does.
fn take_lifetime(rest: &mut &[TokenTree]) -> Option<String> {
    let [TokenTree::Punct(quote), TokenTree::Ident(name), behind @ ..] = rest else { return None };
    if quote.as_char() != '\'' {
        return None;
    }
    *rest = behind;
    Some(name.to_string())
}

/// Whether a type of this name has a signature: `fn`, `Fn`, `AsyncFnMut`.
fn is_function(name: &proc_macro2::Ident) -> bool {
    let name = name.to_string();
    name == "fn" || ["Fn", "FnMut", "FnOnce"].iter().any(|end| name.ends_with(end))
}

/// What stands behind `(A, B) -> C`.
fn behind_signature(tokens: &[TokenTree]) -> &[TokenTree] {
    let [TokenTree::Group(arguments), behind @ ..] = tokens else { return tokens };
    if arguments.delimiter() != Delimiter::Parenthesis {
        return tokens;
    }
    let is = |token: Option<&TokenTree>, char| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char);
    if !(is(behind.first(), '-') && is(behind.get(1), '>')) {
        return behind;
    }
    let mut depth = 0_usize;
    for (place, token) in behind.iter().enumerate().skip(2) {
        let is_arrow = is(Some(token), '>') && is(behind.get(place - 1), '-');
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' && !is_arrow => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return &behind[place..],
            },
            TokenTree::Punct(punct) if depth == 0 && matches!(punct.as_char(), ',' | '+') => {
                return &behind[place..];
            }
            _ => {}
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    /// The argument that the result of a function borrows from, as it is written.
    fn lender_of(signature: TokenStream) -> Option<String> {
        let signature: Signature = syn::parse2(signature).unwrap();
        let syn::ReturnType::Type(_, output) = &signature.output else { panic!("it returns something") };
        lender(&signature, output).map(|argument| argument.to_token_stream().to_string())
    }

    #[test]
    fn a_result_that_borrows_from_a_mut_argument_is_recognised_by_its_lifetimes() {
        for (signature, lender) in [
            (quote!(fn f(&mut self) -> Result<&str, E>), quote!(&mut self)),
            (quote!(fn f<'a>(&'a mut self, b: &B) -> Guard<'a>), quote!(&'a mut self)),
            (quote!(fn f(self: Pin<&mut Self>) -> Guard<'_>), quote!(self: Pin<&mut Self>)),
            (quote!(fn f(a: &mut A, b: B) -> Option<(u8, &[u8])>), quote!(a: &mut A)),
            (quote!(fn f(a: u8, b: Option<&mut B>) -> Guard<'_>), quote!(b: Option<&mut B>)),
            (quote!(fn f(self, a: &mut A) -> &A), quote!(a: &mut A)),
            (quote!(fn f<'a, 'b>(a: &'a A, b: &'b mut B) -> Option<&'b u8>), quote!(b: &'b mut B)),
            (quote!(fn f<'a: 's, 's>(a: &'a mut A) -> Pin<Box<dyn Get<&'a u8> + 's>>), quote!(a: &'a mut A)),
            (quote!(fn f(a: &mut A, b: impl Fn(&u8) -> &u8) -> &A), quote!(a: &mut A)),
            (quote!(fn f(a: Box<dyn Fn(&u8) -> Vec<&u8> + '_>) -> &A), quote!()),
        ] {
            assert_eq!(lender_of(signature.clone()).unwrap_or_default(), lender.to_string(), "{signature}");
        }
    }

    #[test]
    fn a_result_that_borrows_elsewhere_is_none_that_borrows_from_a_mut_argument() {
        for signature in [
            quote!(fn f(&mut self) -> Result<&'static str, E>),
            quote!(fn f(&mut self) -> Option<fn(&u8) -> &u8>),
            quote!(fn f(&mut self) -> Option<Box<dyn Fn(&u8) -> &u8>>),
            quote!(fn f(&self, a: &mut A) -> Option<&u8>),
            quote!(fn f(self: &Arc<Self>, a: &mut A) -> Option<&u8>),
            quote!(fn f(a: &A, b: u8) -> Option<&u8>),
            quote!(fn f<'a>(a: &mut &'a [u8]) -> Option<&'a [u8]>),
            quote!(fn f<'a>(a: &'a mut A, b: &'a B) -> Option<&'a B>),
            quote!(fn f<'a>(a: &'a mut &'a [u8]) -> Option<&'a [u8]>),
            quote!(fn f<'a, 'b: 'a>(a: &'a mut A, b: &'b B) -> Option<&'a B>),
            quote!(fn f<'a, T: Get<'a>>(a: &'a mut A, b: T) -> Option<&'a B>),
            quote!(fn f<'a, T>(a: &'a mut A, b: T) -> Option<&'a B> where T: Get<'a>),
            quote!(fn f(&self, a: &'of_the_impl mut A) -> Option<&'of_the_impl B>),
            quote!(fn f(a: &mut A) -> Option<A>),
            quote!(fn f(a: &mut A) -> Box<dyn for<'x> Get<&'x u8>>),
        ] {
            assert_eq!(lender_of(signature.clone()), None, "{signature}");
        }
    }
}
