//! Stacked attributes. The compiler expands the top one first, which would make it the inner loop; so the top one takes
//! the others below it, and nests them as they are read: the top one is the outer loop.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Error, Meta, Path};

use crate::error::{Mistakes, rejected};
use crate::expand;
use crate::item::Function;
use crate::options::Arguments;
use crate::plan::{Attribute, Plan, plan};

/// The expansion of an attribute, or the item as it was beside the mistakes.
pub(crate) fn expand(attribute: Attribute, arguments: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(attribute, arguments, item.clone())
        .unwrap_or_else(|(untouched, mistakes)| rejected(&untouched.unwrap_or(item), &mistakes))
}

/// A failure: the item without the attributes that were read, if there were several, and the mistakes.
type Rejected = (Option<TokenStream>, Error);

fn try_expand(
    attribute: Attribute,
    arguments: TokenStream,
    item: TokenStream,
) -> Result<TokenStream, Rejected> {
    let mut function: Function = syn::parse2(item).map_err(|mistake| (None, mistake))?;
    let lower = take_lower(&mut function);
    if function.is_shim() {
        return Ok(expand::untouched(&function));
    }
    let bare = if lower.is_empty() { None } else { Some(expand::untouched(&function)) };
    let paths: Vec<Path> = lower.iter().map(|lower| lower.path.clone()).collect();
    let plans = plans((attribute, arguments), lower, &function).map_err(|mistakes| (bare, mistakes))?;
    Ok(expand::function(function, &plans, &paths))
}

/// The plans from the outermost to the innermost, or the mistakes of all of them and of the function.
fn plans(top: (Attribute, TokenStream), lower: Vec<Lower>, function: &Function) -> Result<Vec<Plan>, Error> {
    let mut mistakes = Mistakes::default();
    let plans = std::iter::once(top)
        .chain(lower.into_iter().map(|lower| (lower.attribute, lower.arguments)))
        .filter_map(|(attribute, arguments)| {
            let plan = syn::parse2::<Arguments>(arguments)
                .and_then(|arguments| plan(attribute, arguments, function));
            mistakes.keep(plan)
        })
        .collect();
    for attribute in &function.attributes {
        if attribute.path().is_ident("cfg_attr") && mentions_ours(&attribute.meta) {
            mistakes.at(
                attribute,
                "this would become the outer loop, as the compiler expands it after the attribute above; put the `cfg_attr` on top, or write two functions",
            );
        }
    }
    function.check(&mut mistakes);
    mistakes.or(plans)
}

/// Whether a `cfg_attr` has an attribute of this crate, behind its condition.
fn mentions_ours(meta: &Meta) -> bool {
    let Meta::List(list) = meta else { return false };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let attributes = list.tokens.clone().into_iter().skip_while(|token| !is_comma(token));
    attributes.into_iter().any(
        |token| matches!(token, TokenTree::Ident(name) if Attribute::ALL.iter().any(|ours| name == ours.name())),
    )
}

/// An attribute of this crate below the one that is expanded.
struct Lower {
    path: Path,
    attribute: Attribute,
    arguments: TokenStream,
}

/// Takes the attributes of this crate that stand below the one that is expanded, with their arguments.
fn take_lower(function: &mut Function) -> Vec<Lower> {
    let mut lower = Vec::new();
    function.attributes.retain(|candidate| {
        let name = candidate.path().segments.last().map(|last| last.ident.to_string());
        let ours = Attribute::ALL.into_iter().find(|ours| name.as_deref() == Some(ours.name()));
        if let Some(attribute) = ours {
            let arguments = match &candidate.meta {
                Meta::List(list) => list.tokens.clone(),
                Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
            };
            lower.push(Lower { path: candidate.path().clone(), attribute, arguments });
        }
        ours.is_none()
    });
    lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn what_exports_a_function_is_not_retried_beside_it() {
        for shim in [
            quote!(
                pub unsafe extern "C-unwind" fn __wasm_bindgen_generated_get(n: u32) -> WasmRet {}
            ),
            quote!(
                #[doc(hidden)]
                extern "C" fn get_c_callback(env: napi_env) -> napi_value {}
            ),
        ] {
            let expanded = expand(Attribute::OnException, quote!(expo, max_tries = 3), shim.clone());
            assert_eq!(expanded.to_string(), shim.to_string());
        }
    }
}
