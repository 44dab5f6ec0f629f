//! The attributes of [`backoff-runtime`](https://docs.rs/backoff-runtime); use them from there.
//!
//! Parse ([`options`], [`item`]), then the rules ([`plan`]), then the expansion ([`expand`]). There is no retry logic
//! here: the expansion is a loop around calls into the runtime, which has all behaviour.

mod error;
mod expand;
mod item;
mod literal;
mod options;
mod plan;
mod returned;
mod stack;

use proc_macro::TokenStream;

use crate::plan::Attribute;

/// Retries while the predicate holds of the returned value.
#[proc_macro_attribute]
pub fn on_predicate(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(Attribute::OnPredicate, arguments.into(), item.into()).into()
}

/// Retries while the function returns a matching `Err`.
#[proc_macro_attribute]
pub fn on_exception(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand(Attribute::OnException, arguments.into(), item.into()).into()
}
