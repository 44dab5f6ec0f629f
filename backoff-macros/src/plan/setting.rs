//! Options and their values: which there are, to whom they belong, and what is wrong with them before any type is known.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident};

use super::{Attribute, Subject, Waits, is_none};
use crate::error::{Mistakes, nearest};
use crate::literal::{Literal, duration, literal, negative, strip};
use crate::options::OptionArgument;

/// The options of both attributes.
pub(super) const COMMON: [&str; 26] = [
    "max_tries",
    "max_time",
    "jitter",
    "on_try",
    "on_success",
    "on_backoff",
    "on_giveup",
    "logger",
    "backoff_log_level",
    "giveup_log_level",
    "log_outcome",
    "pacer",
    "throttled",
    "retry_after",
    "limit",
    "cost",
    "settle",
    "budget",
    "attempt_timeout",
    "timeout",
    "on_timeout",
    "stop",
    "attempt",
    "attempt_span",
    "doc",
    "crate",
];

/// The options of `on_exception` alone.
const OF_EXCEPTION: [&str; 3] = ["giveup", "raise_on_giveup", "fallback"];

/// The options of both attributes that one of several strategies may have, too.
const OF_STRATEGY: [&str; 2] = ["jitter", "max_tries"];

/// The generators that have options, and these.
pub(super) const OF_GENERATORS: [(&str, &[&str]); 5] = [
    ("expo", &["base", "factor", "max_value"]),
    ("fibo", &["max_value"]),
    ("constant", &["interval"]),
    ("decay", &["initial_value", "decay_factor", "min_value"]),
    ("runtime", &["value"]),
];

/// The options of an attribute; each is taken once.
pub(super) struct Settings(Vec<OptionArgument>);

impl Settings {
    /// Refuses what no attribute knows, what belongs to the other attribute, and what is given twice.
    pub(super) fn new(attribute: Attribute, options: Vec<OptionArgument>, mistakes: &mut Mistakes) -> Self {
        Self::known(options, |name| unknown(attribute, name), mistakes)
    }

    /// The options of a call with several strategies: those of a generator stand beside the generator.
    pub(super) fn of_call(
        attribute: Attribute,
        options: Vec<OptionArgument>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let misplaced = |name: &str| {
            unknown(attribute, name).or_else(|| {
                let owner = OF_GENERATORS.iter().find(|(_, options)| options.contains(&name))?.0;
                Some(format!(
                    "`{name}` belongs to a generator; write it beside that: `on({owner}, ..., {name} = ...)`"
                ))
            })
        };
        Self::known(options, misplaced, mistakes)
    }

    /// The options of one strategy: those of its generator, and what is counted or drawn for it alone.
    pub(super) fn of_strategy(
        attribute: Attribute,
        options: Vec<OptionArgument>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let misplaced = |name: &str| {
            unknown(attribute, name).or_else(|| {
                let is_of_call =
                    !OF_STRATEGY.contains(&name) && (COMMON.contains(&name) || OF_EXCEPTION.contains(&name));
                is_of_call.then(|| {
                    format!("`{name}` is said once for all strategies; write it behind the `on(...)`")
                })
            })
        };
        Self::known(options, misplaced, mistakes)
    }

    fn known(
        options: Vec<OptionArgument>,
        wrong: impl Fn(&str) -> Option<String>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut known: Vec<OptionArgument> = Vec::new();
        for option in options {
            let name = option.name.to_string();
            if let Some(mistake) = wrong(&name) {
                mistakes.at(&option.name, mistake);
            } else if known.iter().any(|other| other.name == option.name) {
                mistakes.at(&option.name, format!("`{name}` is given twice; write it once"));
            } else {
                known.push(option);
            }
        }
        Self(known)
    }

    /// The value of an option.
    pub(super) fn take(&mut self, name: &str) -> Option<Expr> {
        self.take_named(name).map(|(_, value)| value)
    }

    /// The value of an option, with its name as it stands there.
    pub(super) fn take_named(&mut self, name: &str) -> Option<(Ident, Expr)> {
        let place = self.0.iter().position(|option| option.name == name)?;
        let option = self.0.remove(place);
        Some((option.name, strip(&option.value).clone()))
    }

    /// Whether an option says that there is none, though a policy may have one.
    pub(super) fn says_none(&self, name: &str) -> bool {
        self.0.iter().any(|option| option.name == name && is_none(strip(&option.value)))
    }

    /// The value of a limit, unless it says that there is none.
    pub(super) fn take_limit(&mut self, name: &str) -> Option<Expr> {
        self.take(name).filter(|value| !is_none(value))
    }

    /// Refuses the options of other generators that are left when the generator has taken its own.
    pub(super) fn refuse_foreign(&mut self, waits: Option<&Waits>, mistakes: &mut Mistakes) {
        let generator = waits.and_then(Waits::name);
        for option in &self.0 {
            let name = option.name.to_string();
            let owners: Vec<&str> = OF_GENERATORS
                .iter()
                .filter_map(|(owner, options)| options.contains(&name.as_str()).then_some(*owner))
                .collect();
            // Without a generator there is one mistake already.
            if owners.is_empty() || waits.is_none() {
                continue;
            }
            let owners = owners.iter().map(|owner| format!("`{owner}`")).collect::<Vec<_>>().join(" and ");
            let own = match generator
                .and_then(|generator| OF_GENERATORS.iter().find(|(name, _)| *name == generator))
            {
                Some((generator, options)) => {
                    format!(
                        "`{generator}` has {}",
                        options.iter().map(|o| format!("`{o}`")).collect::<Vec<_>>().join(", ")
                    )
                }
                None if matches!(waits, Some(Waits::Policy(_))) => {
                    "a policy has its generator; write a generator with its options instead, or another policy".to_owned()
                }
                None => "a generator of your own takes its settings where it is made".to_owned(),
            };
            mistakes.at(&option.name, format!("`{name}` belongs to {owners}; {own}"));
        }
    }
}

/// What is wrong with the name of an option, if anything is.
fn unknown(attribute: Attribute, name: &str) -> Option<String> {
    let of_generators = || OF_GENERATORS.iter().flat_map(|(_, options)| options.iter().copied());
    if COMMON.contains(&name) || of_generators().any(|option| option == name) {
        return None;
    }
    if OF_EXCEPTION.contains(&name) {
        return (attribute.subject() == Subject::Value).then(|| {
            let why = match name {
                "giveup" => {
                    "`on_predicate` has no error to ask about; let the predicate be false for a final value"
                }
                _ => "a call under `on_predicate` that gives up returns its last value; remove it",
            };
            format!("`{name}` belongs to `on_exception`: {why}")
        });
    }
    if name == "on" {
        return Some("`on` is no option; write `on(generator, condition, ...)`".to_owned());
    }
    if let "wait_gen" | "exception" | "predicate" = name {
        // Python names these, too.
        return Some(format!(
            "`{name}` is written without a name; write `#[{}(generator, condition, ...)]`",
            attribute.name()
        ));
    }
    let own = if attribute.subject() == Subject::Error { &OF_EXCEPTION[..] } else { &[] };
    let known = COMMON.into_iter().chain(own.iter().copied()).chain(of_generators());
    Some(match nearest(name, known.clone()) {
        Some(nearest) => format!("unknown option `{name}`; did you mean `{nearest}`?"),
        None => format!(
            "unknown option `{name}`; there are {}, and those of the wait generator",
            COMMON.iter().chain(own).map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// A value, as it stands there and as the runtime is given it.
pub(crate) struct Setting {
    pub(crate) value: Expr,
    pub(crate) tokens: TokenStream,
    /// Known when the program is compiled, so worth no place in the function's state; else evaluated once per call.
    pub(crate) is_constant: bool,
}

impl Setting {
    /// A limit that the attribute says there is none of.
    pub(super) fn none(name: &str) -> Self {
        let tokens = match name {
            "max_tries" => quote!(__backoff::NO_LIMIT),
            _ => quote!(__backoff::Option::None),
        };
        Self { value: syn::parse_quote!(none), tokens, is_constant: true }
    }

    /// The value of `max_tries`.
    pub(super) fn tries(value: &Expr) -> Result<Self, Error> {
        let wrong = |message: &str| Err(Error::new_spanned(value, message));
        match literal(value) {
            Some(Literal::Whole(0, _)) => {
                wrong("`max_tries` counts the first attempt, so it must be at least 1")
            }
            Some(Literal::Whole(tries, _)) => match u32::try_from(tries) {
                Ok(tries) => Ok(Self::constant(value, quote_spanned!(value.span()=> #tries))),
                Err(_) => wrong("`max_tries` is too large for a `u32`; leave it out for no limit"),
            },
            Some(Literal::Number(number)) if number < 0.0 => {
                wrong("`max_tries` counts the first attempt, so it must be at least 1")
            }
            Some(_) => wrong("`max_tries` is a number of attempts; write a whole number from 1"),
            None => Ok(Self::evaluated("max_tries", "max_tries", value)),
        }
    }

    /// The value of `cost`.
    pub(super) fn cost(value: &Expr) -> Result<Self, Error> {
        let wrong = |message: &str| Err(Error::new_spanned(value, message));
        match literal(value) {
            Some(Literal::Whole(0, _)) => wrong(
                "an attempt that costs 0 takes nothing from the limits; write a whole number from 1, or remove `pacer`",
            ),
            Some(Literal::Whole(cost, _)) => match u64::try_from(cost) {
                Ok(cost) => Ok(Self::constant(value, quote_spanned!(value.span()=> #cost))),
                Err(_) => wrong("`cost` is too large for a `u64`; write a smaller number"),
            },
            Some(_) => wrong(
                "`cost` is what an attempt takes from the limits of the pacer; write a whole number from 1",
            ),
            None => Ok(Self::evaluated("cost", "not_negative", value)),
        }
    }

    /// The value of an option that is a duration.
    pub(super) fn duration(name: &str, value: &Expr) -> Result<Self, Error> {
        let conversion = match name {
            "max_time" | "attempt_timeout" | "timeout" | "max_value" | "min_value" => "max_time",
            "interval" => "interval",
            _ => "seconds",
        };
        Self::duration_by(conversion, name, value)
    }

    fn duration_by(conversion: &str, name: &str, value: &Expr) -> Result<Self, Error> {
        let Some(literal) = literal(value) else {
            return Ok(Self::evaluated(conversion, "not_negative", value));
        };
        let tokens = duration_tokens(duration(name, value, &literal)?);
        let is_limit = conversion == "max_time";
        Ok(Self::constant(value, if is_limit { quote!(__backoff::Option::Some(#tokens)) } else { tokens }))
    }

    /// The value of an option that is a plain number: `positive`, or at least not negative.
    pub(super) fn number(name: &str, positive: bool, value: &Expr) -> Result<Self, Error> {
        let wrong = |message: String| Err(Error::new_spanned(value, message));
        match literal(value) {
            Some(Literal::Number(number) | Literal::Whole(_, number)) => {
                if positive && number <= 0.0 {
                    wrong(format!("`{name}` must be greater than 0; write a positive number, such as `2`"))
                } else if number < 0.0 {
                    wrong(negative(name))
                } else if number.is_finite() {
                    Ok(Self::constant(value, quote_spanned!(value.span()=> #number)))
                } else {
                    wrong(format!("`{name}` is too large for an `f64`; write a smaller number"))
                }
            }
            Some(_) => wrong(format!(
                "`{name}` is a plain number; write one such as `2` or `0.5`, without quotes or unit"
            )),
            None => Ok(Self::evaluated("number", if positive { "positive" } else { "not_negative" }, value)),
        }
    }

    /// The value of `interval`: a duration or a sequence of durations.
    pub(super) fn interval(value: &Expr) -> Result<Self, Error> {
        let Expr::Array(sequence) = strip(value) else { return Self::duration("interval", value) };
        if sequence.elems.is_empty() {
            return Err(Error::new_spanned(
                value,
                "`interval` has no items, so there would be no retry; write at least one, such as `[1, 2, 5]`",
            ));
        }
        let mut mistakes = Mistakes::default();
        let items: Vec<Self> = (sequence.elems.iter())
            .filter_map(|item| mistakes.keep(Self::duration_by("seconds", "interval", item)))
            .collect();
        let is_constant = items.iter().all(|item| item.is_constant);
        let items = items.iter().map(|item| &item.tokens);
        let tokens = quote!([#(#items),*]);
        mistakes.or(Self { value: value.clone(), tokens, is_constant })
    }

    /// The value by the runtime's conversion; a constant of the user's is checked by the rule `check`.
    fn evaluated(conversion: &str, check: &str, value: &Expr) -> Self {
        let span = value.span();
        let conversion = Ident::new(conversion, proc_macro2::Span::mixed_site().located_at(span));
        if is_constant(value) {
            let check = Ident::new(check, proc_macro2::Span::mixed_site().located_at(span));
            Self::constant(
                value,
                quote_spanned!(span=> __backoff::#conversion(const { __backoff::Checked(#value).#check() })),
            )
        } else {
            let tokens = quote_spanned!(span=> __backoff::#conversion(#value));
            Self { value: value.clone(), tokens, is_constant: false }
        }
    }

    fn constant(value: &Expr, tokens: TokenStream) -> Self {
        Self { value: value.clone(), tokens, is_constant: true }
    }
}

/// Whether an expression names a constant, by its case.
fn is_constant(value: &Expr) -> bool {
    let Expr::Path(path) = strip(value) else { return false };
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.contains(char::is_uppercase) && !name.contains(char::is_lowercase)
    })
}

/// A duration as tokens.
fn duration_tokens(duration: std::time::Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(__backoff::Duration::new(#seconds, #nanos))
}
