//! What stands without a name: the generator, and the condition behind it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Error, Expr, Path, Type};

use super::{Attribute, Condition, Subject, refuse_async, setting, wait, word};
use crate::error::Mistakes;
use crate::literal::literal;
use crate::options::{Argument, Arguments};

/// The generator, the condition, and the options; whatever stands elsewhere is a mistake.
pub(super) fn positions(
    place: Place<'_>,
    arguments: Arguments,
    mistakes: &mut Mistakes,
) -> (Option<Argument>, Option<Argument>, Vec<crate::options::OptionArgument>) {
    let (mut first, mut second, mut options) = (None, None, Vec::new());
    let missing = arguments.0.is_empty() || matches!(arguments.0[0], Argument::Option(_));
    let mut late = false;
    for argument in arguments.0 {
        match argument {
            Argument::On(on) => mistakes.at(
                on.tokens,
                "`on(...)` holds one strategy; write the other one behind it, not inside of it",
            ),
            Argument::Option(option) => {
                // Named as in Python, which is refused where it stands.
                late |= missing && option.name == "wait_gen";
                options.push(option);
            }
            _ if missing && late => {}
            _ if missing => {
                mistakes.at(
                    tokens(&argument),
                    format!("the wait generator comes first; write `{}`", place.with("expo, ...")),
                );
                late = true;
            }
            _ if first.is_none() => first = Some(argument),
            _ if second.is_none() && options.is_empty() => second = Some(argument),
            _ => mistakes.at(tokens(&argument), surplus(&argument, second.as_ref())),
        }
    }
    if let Some(condition) = first.take_if(|first| is_condition(first, second.as_ref())) {
        mistakes.at(
            tokens(&condition),
            format!(
                "the wait generator comes first, and then the condition; write `{}`",
                place.with("expo, ...")
            ),
        );
        second = None;
    }
    if missing && !late {
        mistakes.add(Error::new(
            place.span(),
            format!(
                "a wait generator is missing; write `{}`, or `fibo`, `constant`, `decay`, `runtime`, or one of your own",
                place.with("expo, ...")
            ),
        ));
    }
    (first, second, options)
}

/// Where a generator and its condition stand.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// In the attribute itself.
    Attribute(Attribute),
    /// In an `on(...)`.
    On(&'a Ident),
}

impl Place<'_> {
    /// What is written there.
    fn with(self, arguments: &str) -> String {
        match self {
            Self::Attribute(attribute) => format!("#[{}({arguments})]", attribute.name()),
            Self::On(_) => format!("on({arguments})"),
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Attribute(_) => Span::call_site(),
            Self::On(word) => word.span(),
        }
    }
}

/// Whether what stands first is taken for a condition: by its name, or the generator stands behind it.
fn is_condition(first: &Argument, second: Option<&Argument>) -> bool {
    let is_error = match first {
        Argument::Type(Type::Path(path)) => {
            is_transient(&path.path)
                || path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Error"))
        }
        Argument::Matches(_) | Argument::Expr(Expr::Closure(_)) => true,
        _ => false,
    };
    is_error || second.is_some_and(wait::is_built_in) && !wait::is_built_in(first)
}

/// What is wrong with an argument without a name that is neither the generator nor the condition.
fn surplus(argument: &Argument, condition: Option<&Argument>) -> String {
    if let Some(option) = option_without_a_value(argument) {
        return option;
    }
    match (condition, argument) {
        (None, _) => {
            "only the wait generator and the condition stand without a name, and before all options; move this behind the generator, or write `option = value`"
        }
        (Some(Argument::Type(_)), Argument::Type(_)) => {
            "several error types stand in parentheses; write `(First, Second)`"
        }
        (Some(_), _) => {
            "only the wait generator and one condition stand without a name; write `option = value`, or join both conditions in one predicate"
        }
    }
    .to_owned()
}

/// What to write for an argument that is the name of an option, alone or in another shape than `option = value`.
fn option_without_a_value(argument: &Argument) -> Option<String> {
    let name = match argument {
        Argument::Type(Type::Path(path)) => path.path.get_ident().map(ToString::to_string),
        Argument::Expr(Expr::Call(call)) => word(&call.func),
        Argument::Expr(Expr::Binary(comparison)) => word(&comparison.left),
        _ => None,
    };
    let name = name.filter(|name| setting::COMMON.contains(&name.as_str()))?;
    Some(format!("`{name}` is an option and needs a value; write `{name} = ...`"))
}

/// The tokens of an argument that stands without a name.
pub(super) fn tokens(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Type(ty) => quote!(#ty),
        Argument::Matches(matches) => quote!(#matches),
        Argument::Expr(expr) => quote!(#expr),
        Argument::On(on) => on.tokens.clone(),
        Argument::Option(option) => {
            let name = &option.name;
            quote!(#name)
        }
    }
}

pub(super) fn condition(
    attribute: Attribute,
    argument: Option<Argument>,
    mistakes: &mut Mistakes,
) -> Condition {
    if let Some(option) = argument.as_ref().and_then(option_without_a_value) {
        mistakes.at(argument.as_ref().map(tokens), option);
        return Condition::Default;
    }
    match argument {
        None | Some(Argument::Option(_) | Argument::On(_)) => Condition::Default,
        Some(Argument::Expr(expr)) => {
            if literal(&expr).is_some() {
                let examples = match attribute.subject() {
                    Subject::Value => "`|value| ...` or `matches!(pattern)`",
                    Subject::Error => "a type such as `io::Error`, `|error| ...` or `matches!(pattern)`",
                };
                mistakes.at(&expr, format!("a literal is no condition; write {examples}"));
            }
            refuse_async("a predicate", &expr, mistakes);
            Condition::Predicate(expr)
        }
        Some(Argument::Matches(matches)) => {
            let pattern = &matches.mac.tokens;
            if has_comma(pattern) {
                mistakes.at(pattern, "`matches!` here takes the pattern alone, which is tried on the outcome; write `matches!(pattern)`");
            } else if pattern.is_empty() {
                mistakes.at(
                    &matches,
                    "`matches!` needs a pattern, which is tried on the outcome; write `matches!(pattern)`",
                );
            }
            Condition::Matches(matches.mac.tokens)
        }
        Some(Argument::Type(Type::Path(path))) if is_transient(&path.path) => {
            Condition::Transient(path.path.segments[0].ident.clone())
        }
        Some(Argument::Type(Type::Path(path))) if is_function(&path.path) => {
            let syn::TypePath { qself, path, .. } = path;
            Condition::Predicate(Expr::Path(syn::ExprPath { attrs: Vec::new(), qself, path }))
        }
        Some(Argument::Type(ty)) => {
            if attribute.subject() == Subject::Value {
                mistakes.at(&ty, "a type is no condition on a value; write a predicate such as `|value| ...` or `matches!(...)`");
            }
            Condition::Types(ty)
        }
    }
}

fn has_comma(tokens: &TokenStream) -> bool {
    tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, proc_macro2::TokenTree::Punct(p) if p.as_char() == ','))
}

/// Whether a path is the word `transient`.
fn is_transient(path: &Path) -> bool {
    path.get_ident().is_some_and(|word| word == "transient")
}

/// Whether a path names a function: its last segment begins in lower case.
fn is_function(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| {
        last.ident
            .to_string()
            .trim_start_matches("r#")
            .trim_start_matches('_')
            .starts_with(char::is_lowercase)
    })
}
