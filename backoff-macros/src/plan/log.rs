//! The log lines: where they go, how severe they are, and what they show.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::setting::Settings;
use super::{function, is_none, word};
use crate::error::Mistakes;
use crate::literal::{Literal, literal};

/// The log lines of a function.
pub(crate) struct Log {
    /// Where they go and how severe they are, as calls of the logger's builder.
    pub(crate) logger: TokenStream,
    /// What they show of an outcome.
    pub(crate) outcome: LogOutcome,
}

/// What log lines show of an outcome.
pub(crate) enum LogOutcome {
    /// Nothing is written: its text, as far as it has one.
    Text,
    /// Nothing.
    Hidden,
    /// What a function makes of it.
    Made(Expr),
}

impl Log {
    pub(super) fn new(settings: &mut Settings, mistakes: &mut Mistakes) -> Self {
        let logger = logger(settings, mistakes);
        let outcome = function(settings, "log_outcome", "what a log line shows, or is `none`", mistakes);
        let outcome = match outcome {
            None => LogOutcome::Text,
            Some(none) if is_none(&none) => LogOutcome::Hidden,
            Some(made) => LogOutcome::Made(made),
        };
        Self { logger, outcome }
    }
}

fn logger(settings: &mut Settings, mistakes: &mut Mistakes) -> TokenStream {
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
    // Without log lines there are still those who observe the program.
    if silent { quote!(.none()) } else { logger }
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
