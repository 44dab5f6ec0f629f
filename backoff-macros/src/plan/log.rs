//! The log lines: where they go, and how severe they are.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::setting::Settings;
use super::{is_none, word};
use crate::error::Mistakes;
use crate::literal::{Literal, literal};

/// The settings of the logger, as calls of its builder; `None` for no log lines.
pub(super) fn logger(settings: &mut Settings, mistakes: &mut Mistakes) -> Option<TokenStream> {
    let mut logger = TokenStream::new();
    let target = settings.take("logger");
    let silent = target.as_ref().is_some_and(is_none);
    if let Some(target) = target.filter(|_| !silent) {
        if !matches!(literal(&target), None | Some(Literal::Text(_))) {
            mistakes.at(&target, "`logger` is the target of the log lines; write a string, or `none`");
        }
        logger.extend(quote!(.target(#target)));
    }
    for name in ["backoff_log_level", "giveup_log_level"] {
        if let Some((option, level)) = settings.take_named(name) {
            let level = self::level(name, &level, mistakes);
            logger.extend(quote!(.#option(#level)));
        }
    }
    (!silent).then_some(logger)
}

/// A level: a bare name is one of ours, anything else is an expression.
fn level(name: &str, value: &Expr, mistakes: &mut Mistakes) -> TokenStream {
    const LEVELS: [(&str, &str); 5] =
        [("trace", "Trace"), ("debug", "Debug"), ("info", "Info"), ("warn", "Warn"), ("error", "Error")];
    if literal(value).is_some() {
        mistakes.at(
            value,
            format!("`{name}` is the name of a level; write `trace`, `debug`, `info`, `warn` or `error`, without quotes"),
        );
    }
    match word(value) {
        None => quote!(#value),
        Some(word) => match LEVELS.iter().find(|(level, _)| *level == word) {
            Some((_, variant)) => {
                let variant = syn::Ident::new(variant, proc_macro2::Span::mixed_site());
                quote!(__backoff::Level::#variant)
            }
            None if word.starts_with(char::is_lowercase) => {
                mistakes.at(
                    value,
                    format!("unknown level `{word}`; write `trace`, `debug`, `info`, `warn` or `error`"),
                );
                TokenStream::new()
            }
            None => quote!(#value),
        },
    }
}
