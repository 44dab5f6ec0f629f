//! What a function returns, as its type is written: a future, what is read after it has returned, a `Result` or none.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Path, PathArguments, Type, TypeParamBound};

/// What a future gives, of a type that is written as a future: `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture`,
/// `LocalBoxFuture`. `None` if it isn't.
pub(crate) fn output_of(ty: &Type) -> Option<Type> {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(output_of_bound),
        Type::TraitObject(ty) => ty.bounds.iter().find_map(output_of_bound),
        Type::Paren(ty) => output_of(&ty.elem),
        Type::Group(ty) => output_of(&ty.elem),
        Type::Path(ty) => {
            let (name, argument) = generic(&ty.path)?;
            match name.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(argument.clone()),
                "Pin" | "Box" => output_of(argument),
                _ => None,
            }
        }
        _ => None,
    }
}

fn output_of_bound(bound: &TypeParamBound) -> Option<Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Some(syn::parse_quote!(_)) };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
        _ => None,
    })
}

/// What a future gives whose type doesn't say it, such as `Self::Future` or an alias.
pub(crate) fn output_by_trait(ty: &Type) -> Type {
    // Of an `impl Trait`, which has no name, it is inferred.
    if mentions_impl(ty.to_token_stream()) {
        return syn::parse_quote!(_);
    }
    let place = Span::mixed_site().located_at(ty.span());
    Type::Verbatim(quote_spanned!(place=> <#ty as ::core::future::Future>::Output))
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| token.to_string() == "impl")
}

/// Whether a type is named as a future: `Self::Future`, `ResponseFuture`.
pub(crate) fn is_named_future(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Future")))
}

/// The last name of a path, and the first type that it is generic over: `Box` and `T` of `Box<T>`.
fn generic(path: &Path) -> Option<(&Ident, &Type)> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let ty = arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some((&last.ident, ty?))
}

/// What a `Box` holds.
pub(crate) fn boxed(path: &Path) -> Option<&Type> {
    generic(path).filter(|(name, _)| *name == "Box").map(|(_, ty)| ty)
}

/// Whether a type is written as a stream: `impl Stream`, `Pin<Box<dyn Stream>>`, `BoxStream`.
pub(crate) fn is_stream(ty: &Type) -> bool {
    let is_alias = matches!(ty, Type::Path(ty) if generic(&ty.path).is_some_and(|(name, _)| name == "BoxStream" || name == "LocalBoxStream"));
    is_alias || implements(ty, &["Stream", "TryStream", "FusedStream"])
}

/// Whether a type is written as an iterator: `impl Iterator`, `Box<dyn Iterator>`.
pub(crate) fn is_iterator(ty: &Type) -> bool {
    implements(ty, &["Iterator", "DoubleEndedIterator", "ExactSizeIterator", "FusedIterator"])
}

/// Whether a type is an `impl Trait` or a (boxed, pinned) `dyn Trait` of one of these traits.
fn implements(ty: &Type, traits: &[&str]) -> bool {
    let is_one = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| traits.iter().any(|name| last.ident == name))
        }
        _ => false,
    };
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().any(is_one),
        Type::TraitObject(ty) => ty.bounds.iter().any(is_one),
        Type::Paren(ty) => implements(&ty.elem, traits),
        Type::Group(ty) => implements(&ty.elem, traits),
        Type::Path(ty) => generic(&ty.path)
            .is_some_and(|(name, inner)| (name == "Pin" || name == "Box") && implements(inner, traits)),
        _ => false,
    }
}

/// Why what a function returns is seen to be no `Result`, and what to write; behind another name it is the compiler that
/// finds out.
pub(crate) fn no_result(output: &Type) -> Option<&'static str> {
    const INSIDE_OPTION: &str = "`on_exception` looks at the `Result` that the function returns, but this one is inside of an `Option`; return `Result<Option<T>, E>`, as `.transpose()` makes it, or write `on_predicate` with `matches!(Some(Err(_)))`";
    const INSIDE_POLL: &str = "`on_exception` looks at the `Result` that the function returns, but this one is inside of a `Poll`, and a `poll` function must not wait; put the attribute on the `async fn` that awaits it";
    const BEHIND: &str = "`on_exception` looks at the `Result` that the function returns, but this one is behind a pointer; return the `Result` itself, such as `Result<&T, &E>`, as `.as_ref()` makes it";
    const LAZY: &str = "an iterator fails while it is read, after this function has returned, so there is no `Err` here to retry; put the attribute on a function that makes one item, or return a `Result`";
    const NONE: &str = "`on_exception` retries when the function returns an `Err`, but this one returns no `Result`; return one, or use `on_predicate`, which looks at any value";
    match output {
        Type::Group(ty) => no_result(&ty.elem),
        Type::Paren(ty) => no_result(&ty.elem),
        Type::Reference(reference) if is_result(&reference.elem) => Some(BEHIND),
        Type::Tuple(_) | Type::Reference(_) | Type::Array(_) | Type::Ptr(_) => Some(NONE),
        Type::Path(path) if path.qself.is_none() => match generic(&path.path) {
            Some((name, inner)) if is_result(inner) && name == "Option" => Some(INSIDE_OPTION),
            Some((name, inner)) if is_result(inner) && name == "Poll" => Some(INSIDE_POLL),
            Some((name, inner)) if is_result(inner) && (name == "Box" || name == "Rc" || name == "Arc") => {
                Some(BEHIND)
            }
            _ if is_iterator(output) => Some(LAZY),
            _ => is_value(&path.path).then_some(NONE),
        },
        _ => is_iterator(output).then_some(LAZY),
    }
}

/// Whether a type is called `Result`, also as `io::Result<T>`.
fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == "Result"))
}

/// Whether a path is that of a well-known type which isn't a `Result`.
fn is_value(path: &Path) -> bool {
    const NAMES: [&str; 18] = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize", "f32", "f64", "String",
    ];
    path.get_ident().is_some_and(|name| NAMES.iter().any(|known| name == known))
        || path.segments.last().is_some_and(|last| ["Option", "Vec"].iter().any(|name| last.ident == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    #[test]
    fn a_future_is_recognised_by_how_it_is_written() {
        let expected = quote!(Result<(), E>).to_string();
        let futures: [Type; 4] = [
            parse_quote!(impl Future<Output = Result<(), E>> + Send),
            parse_quote!(Pin<Box<dyn std::future::Future<Output = Result<(), E>> + 'a>>),
            parse_quote!(BoxFuture<'_, Result<(), E>>),
            parse_quote!(impl ::core::future::Future<Output = Result<(), E>>),
        ];
        assert!(
            futures
                .iter()
                .all(|ty| output_of(ty).is_some_and(|output| quote!(#output).to_string() == expected))
        );
        let no: [Type; 3] =
            [parse_quote!(Result<(), E>), parse_quote!(Box<dyn Error>), parse_quote!(impl Iterator)];
        assert!(no.iter().all(|ty| output_of(ty).is_none()));
    }

    #[test]
    fn a_stream_is_recognised_by_how_it_is_written() {
        let streams: [Type; 5] = [
            parse_quote!(impl futures::Stream<Item = Result<Page, E>> + use<'a>),
            parse_quote!(Pin<Box<dyn Stream<Item = Page> + Send + 'static>>),
            parse_quote!(Box<dyn Stream<Item = Page> + Unpin>),
            parse_quote!(BoxStream<'static, Page>),
            parse_quote!(impl TryStream<Ok = Page, Error = E>),
        ];
        assert!(streams.iter().all(is_stream));
        let no: [Type; 4] = [
            parse_quote!(Result<impl Stream<Item = Page>, E>),
            parse_quote!(io::Result<BoxStream<'static, Page>>),
            parse_quote!(TcpStream),
            parse_quote!(Option<Pin<Box<dyn Stream<Item = Page>>>>),
        ];
        assert!(!no.iter().any(is_stream));
    }
}
