//! The wait generator: a built-in one with its options, or an expression of the user's.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Ident, Path};

use super::pace::static_of;
use super::setting::{OF_GENERATORS, Setting, Settings};
use crate::error::{Mistakes, slip_of};
use crate::options::Argument;

/// Where waits come from.
pub(crate) enum Waits {
    /// A built-in generator, whose waits are a function of their number.
    BuiltIn {
        name: String,
        /// The call that makes it, with its options.
        maker: TokenStream,
        /// The options, by name.
        options: Vec<(&'static str, Setting)>,
    },
    /// `runtime`: what this function returns for the outcome.
    Runtime { value: Expr },
    /// An expression that makes a generator.
    Own(Expr),
    /// A policy: all that the attribute doesn't say.
    Policy(Policy),
}

/// A policy, by what it is named.
pub(crate) enum Policy {
    /// A `static`, in upper case, which a call refers to.
    Static(Expr),
    /// What stands behind `&`, of which a call keeps a copy: it may be a field of what the attempts change.
    Lent(Expr),
}

impl Policy {
    /// Waits by an expression: a policy in upper case, or behind `&`; else what makes a generator.
    fn or_own(expr: Expr) -> Waits {
        match expr {
            Expr::Reference(reference) if reference.mutability.is_none() => {
                Waits::Policy(Self::Lent(*reference.expr))
            }
            expr if static_of(&expr).is_some() => Waits::Policy(Self::Static(expr)),
            expr => Waits::Own(expr),
        }
    }

    pub(crate) fn expr(&self) -> &Expr {
        match self {
            Self::Static(expr) | Self::Lent(expr) => expr,
        }
    }
}

impl Waits {
    /// Reads the generator, and takes its options.
    pub(super) fn new(argument: Argument, settings: &mut Settings, mistakes: &mut Mistakes) -> Option<Self> {
        let path = match &argument {
            Argument::Type(syn::Type::Path(path)) if path.qself.is_none() => Some(&path.path),
            _ => None,
        };
        let Some((path, name)) = path.and_then(|path| Some((path, name_of(path)?))) else {
            return Self::own(argument, mistakes).map(Policy::or_own);
        };
        if name == "runtime" {
            let value = super::function(settings, "value", "a wait of the outcome", mistakes);
            if value.is_none() {
                mistakes.at(
                    path,
                    "`runtime` needs `value`, a function from the outcome to the wait; write `value = |outcome| ...`",
                );
            }
            return value.map(|value| Self::Runtime { value });
        }
        Some(Self::built_in(name, path, settings, mistakes))
    }

    fn own(argument: Argument, mistakes: &mut Mistakes) -> Option<Expr> {
        match argument {
            Argument::Expr(expr) => match crate::literal::literal(&expr) {
                None => Some(expr),
                Some(_) => {
                    mistakes.at(&expr, "a wait generator is missing; for the same wait each time write `constant, interval = ...`");
                    None
                }
            },
            Argument::Matches(expr) => Some(Expr::Macro(expr)),
            Argument::Type(ty) => {
                let near = match &ty {
                    syn::Type::Path(path) => path.path.get_ident().map(ToString::to_string),
                    _ => None,
                };
                let near =
                    near.and_then(|name| slip_of(&name, OF_GENERATORS.map(|(generator, _)| generator)));
                match syn::parse2::<Expr>(ty.to_token_stream()) {
                    Ok(expr) if near.is_none() => return Some(expr),
                    _ => {}
                }
                mistakes.at(
                    &ty,
                    match near {
                        Some(near) => format!("unknown wait generator `{}`; did you mean `{near}`?", ty.to_token_stream()),
                        None => "the wait generator comes first; write `expo`, `fibo`, `constant`, `decay`, `runtime`, or an expression that makes one".to_owned(),
                    },
                );
                None
            }
            Argument::Option(_) | Argument::On(_) => None,
        }
    }

    fn built_in(name: &'static str, path: &Path, settings: &mut Settings, mistakes: &mut Mistakes) -> Self {
        let mut maker = if path.get_ident().is_some() {
            // By name alone no import is needed.
            quote!(__backoff::#path())
        } else {
            quote!(#path())
        };
        let mut options = Vec::new();
        for option in names_of(name) {
            let Some((place, value)) = settings.take_named(option) else { continue };
            if matches!(*option, "max_value" | "min_value") && super::is_none(&value) {
                continue;
            }
            let Some(setting) = mistakes.keep(value_of(option, &value)) else { continue };
            let value = &setting.tokens;
            maker.extend(quote!(.#place(#value)));
            options.push((*option, setting));
        }
        Self::BuiltIn { name: name.to_owned(), maker, options }
    }

    /// Whether the generator is known when the program is compiled, so that it can be made when a wait is needed.
    pub(crate) fn is_constant(&self) -> bool {
        match self {
            Self::BuiltIn { options, .. } => options.iter().all(|(_, setting)| setting.is_constant),
            Self::Runtime { .. } => true,
            Self::Own(_) | Self::Policy(_) => false,
        }
    }

    /// The value of an option of the generator.
    pub(crate) fn option(&self, name: &str) -> Option<&Setting> {
        match self {
            Self::BuiltIn { options, .. } => {
                options.iter().find_map(|(option, setting)| (*option == name).then_some(setting))
            }
            Self::Runtime { .. } | Self::Own(_) | Self::Policy(_) => None,
        }
    }

    /// The name of a built-in generator.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::BuiltIn { name, .. } => Some(name),
            Self::Runtime { .. } => Some("runtime"),
            Self::Own(_) | Self::Policy(_) => None,
        }
    }
}

/// The names of a generator's options.
fn names_of(generator: &str) -> &'static [&'static str] {
    OF_GENERATORS.iter().find(|(name, _)| *name == generator).map_or(&[], |(_, options)| options)
}

/// Whether an argument is the bare name of a built-in generator.
pub(super) fn is_built_in(argument: &Argument) -> bool {
    matches!(argument, Argument::Type(syn::Type::Path(path)) if path.path.get_ident().is_some() && name_of(&path.path).is_some())
}

/// The built-in generator that a path names, alone or behind the path of a crate: `expo`, `backoff::expo`.
fn name_of(path: &Path) -> Option<&'static str> {
    let last: &Ident = &path.segments.last()?.ident;
    OF_GENERATORS.iter().map(|(name, _)| *name).find(|name| last == name)
}

fn value_of(option: &str, value: &Expr) -> Result<Setting, syn::Error> {
    match option {
        "interval" => Setting::interval(value),
        "base" => Setting::number(option, true, value),
        "factor" | "decay_factor" => Setting::number(option, false, value),
        _ => Setting::duration(option, value),
    }
}
