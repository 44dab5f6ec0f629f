//! The expansion: one `match` that says of each variant what it is.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, WherePredicate, parse_quote};

use super::Named;
use super::plan::{Case, Hint, Plan, Says};

/// Tokens of ours: names that the user's tokens neither see nor are seen by.
macro_rules! ours {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The same, where whatever is wrong is shown at a place of the user's.
macro_rules! located {
    ($span:expr=> $($tokens:tt)*) => { quote_spanned!($span.resolved_at(Span::mixed_site())=> $($tokens)*) };
}

// Input:
//     enum Error<E> {
//         #[transient(rate_limit, retry_after = after)] Busy { after: Duration },
//         #[transient(source)] Other(E),
//         NotFound,
//     }
// Output:
//     impl<E> Transient for Error<E> where E: Transient {
//         fn class(&self) -> Class {
//             match self {
//                 Self::Busy { after: value, .. } => Class::RATE_LIMIT.after(hint(value)),
//                 Self::Other { 0: value, .. } => class::<E>(value),
//                 _ => Class::Final,
//             }
//         }
//     }
pub(super) fn implementation(named: &Named, plan: &Plan) -> TokenStream {
    let (marked, unmarked): (Vec<&Case>, Vec<&Case>) =
        plan.cases.iter().partition(|case| !matches!(case.says, Says::Final));
    let arms = marked.iter().map(|case| arm(case, plan.is_enum));
    let rest = (!unmarked.is_empty()).then(|| ours!(_ => __backoff::Class::Final,));
    // A reference to a type without values has to be looked behind to see that there are none.
    let subject = if plan.cases.is_empty() { ours!(*self) } else { ours!(self) };
    let body = ours!(match #subject { #(#arms)* #rest });
    written(named, &plan.runtime, bounds(named, &plan.cases), &body)
}

/// An implementation for a type whose marks are wrong.
pub(super) fn empty(named: &Named) -> TokenStream {
    written(named, &quote!(::backoff_runtime), Vec::new(), &ours!(__backoff::Class::Final))
}

fn written(
    named: &Named,
    runtime: &TokenStream,
    bounds: Vec<WherePredicate>,
    body: &TokenStream,
) -> TokenStream {
    let Named { name, generics } = named;
    let name = of_ours(name);
    let mut bounded = generics.clone();
    if !bounds.is_empty() {
        bounded.make_where_clause().predicates.extend(bounds);
    }
    let (parameters, _, clauses) = bounded.split_for_impl();
    let (_, arguments, _) = generics.split_for_impl();
    ours! {
        const _: () = {
            use #runtime::__private::derived as __backoff;
            #[automatically_derived]
            impl #parameters __backoff::Transient for #name #arguments #clauses {
                fn class(&self) -> __backoff::Class {
                    #body
                }
            }
        };
    }
}

fn arm(case: &Case, is_enum: bool) -> TokenStream {
    let variant = of_ours(&case.name);
    let pattern = if is_enum { ours!(Self::#variant) } else { ours!(Self) };
    match &case.says {
        Says::Final => ours!(#pattern { .. } => __backoff::Class::Final,),
        Says::Passes { rate_limit, hint } => {
            let class = if *rate_limit { ours!(RATE_LIMIT) } else { ours!(TRANSIENT) };
            match hint {
                None => ours!(#pattern { .. } => __backoff::Class::#class,),
                Some(hint) => {
                    let (member, hint) = (&hint.member, hint_of(hint));
                    ours!(#pattern { #member: __value, .. } => __backoff::Class::#class.after(#hint),)
                }
            }
        }
        Says::Source { member, ty } => {
            // What is wrong with the type is shown where it is written.
            let class = located!(ty.span()=> __backoff::class::<#ty>(__value));
            ours!(#pattern { #member: __value, .. } => #class,)
        }
    }
}

/// The hint, read; a wrong type is shown where the hint is named.
fn hint_of(hint: &Hint) -> TokenStream {
    let (path, span) = (&hint.path, hint.written.span());
    let value = if path.is_empty() { located!(span=> __value) } else { located!(span=> &__value #(.#path)*) };
    located!(span=> __backoff::hint(#value))
}

/// A name of the user's in code of ours: what lints say of its use is not said of this one.
fn of_ours(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().resolved_at(Span::mixed_site()));
    name
}

/// What the types of fields have to be, where that depends on a parameter of the type.
fn bounds(named: &Named, cases: &[Case]) -> Vec<WherePredicate> {
    let parameters: BTreeSet<String> =
        named.generics.type_params().map(|parameter| parameter.ident.to_string()).collect();
    // A type that holds itself would be bounded by itself.
    let depends = |ty: &Type| {
        mentions(ty.to_token_stream(), &|word| parameters.contains(word))
            && !mentions(ty.to_token_stream(), &|word| word == "Self" || named.name == word)
    };
    let mut seen = BTreeSet::new();
    let bound = |case: &Case| match &case.says {
        Says::Source { ty, .. } if depends(ty) => Some(parse_quote!(#ty: __backoff::Transient)),
        Says::Passes { hint: Some(Hint { ty, path, .. }), .. } if path.is_empty() && depends(ty) => {
            Some(parse_quote!(#ty: __backoff::Hint))
        }
        _ => None,
    };
    cases
        .iter()
        .filter_map(bound)
        .filter(|bound: &WherePredicate| seen.insert(bound.to_token_stream().to_string()))
        .collect()
}

fn mentions(tokens: TokenStream, is_it: &dyn Fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), is_it),
        TokenTree::Ident(word) => is_it(&word.to_string()),
        _ => false,
    })
}
