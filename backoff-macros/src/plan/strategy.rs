//! The strategies: a generator, for which failures it is, and what is said of it alone. An attribute has one, or several
//! in `on(...)`.

use proc_macro2::TokenStream;
use syn::{Expr, Ident, Type};

use super::positions::{Place, condition, positions, tokens};
use super::setting::{Setting, Settings};
use super::{Attribute, Subject, Waits, is_none, refuse_async, word};
use crate::error::{Mistakes, slip_of};
use crate::literal::literal;
use crate::options::{Argument, Arguments, On};

/// How attempts are repeated that fail in one way.
pub(crate) struct Strategy {
    pub(crate) waits: Waits,
    pub(crate) condition: Condition,
    pub(crate) jitter: Jitter,
    /// How many attempts may fail in this way; beside it stands the limit of the whole call.
    pub(crate) max_tries: Option<Setting>,
}

/// Which outcomes fail.
pub(crate) enum Condition {
    /// Nothing is written: the falsy value, or any error. The type is where a mistake is shown.
    Default,
    /// A function of the outcome.
    Predicate(Expr),
    /// A pattern.
    Matches(TokenStream),
    /// Types of errors.
    Types(Type),
    /// The word `transient`: what passes by itself, as the type of what fails says.
    Transient(Ident),
}

/// What makes waits random.
#[derive(Clone)]
pub(crate) enum Jitter {
    /// Nothing.
    None,
    /// Nothing is written: `full_jitter`, but not for waits that the other side asked for.
    Default,
    /// A function of ours, by name.
    Ours(Expr),
    /// A closure of the wait. It stands where the wait is made, so that it may see what the body changes.
    OfWait(Expr),
    /// What is made once per call, as it may have a state.
    OncePerCall(Expr),
}

/// A strategy as it is written, without what is written once for all.
pub(super) struct Draft {
    waits: Option<Waits>,
    condition: Condition,
    jitter: Option<Jitter>,
    max_tries: Option<Setting>,
}

/// The strategies as they are written, and the options of the whole call.
pub(super) fn drafts(
    attribute: Attribute,
    arguments: Arguments,
    mistakes: &mut Mistakes,
) -> (Vec<Draft>, Settings) {
    if arguments.0.iter().any(|argument| matches!(argument, Argument::On(_))) {
        return several(attribute, arguments, mistakes);
    }
    let (first, second, options) = positions(Place::Attribute(attribute), arguments, mistakes);
    let mut settings = Settings::new(attribute, options, mistakes);
    let waits = first.and_then(|first| Waits::new(first, &mut settings, mistakes));
    settings.refuse_foreign(waits.as_ref(), mistakes);
    let condition = condition(attribute, second, mistakes);
    (vec![Draft { waits, condition, jitter: None, max_tries: None }], settings)
}

/// Whether a policy is named in the place of the generator.
pub(super) fn by_policy(drafts: &[Draft]) -> bool {
    matches!(drafts, [Draft { waits: Some(Waits::Policy(_)), .. }])
}

/// The strategies with what is written once for all: a default jitter.
pub(super) fn strategies(drafts: Vec<Draft>, jitter: Option<&Jitter>) -> Vec<Strategy> {
    let finished = drafts.into_iter().map(|Draft { waits, condition, jitter: own, max_tries }| {
        // Without a generator there is a mistake, and this plan is thrown away.
        let waits = waits.unwrap_or(Waits::Own(syn::parse_quote!(_)));
        let jitter = own.or(jitter.cloned()).unwrap_or(match waits {
            Waits::Runtime { .. } => Jitter::None,
            _ => Jitter::Default,
        });
        Strategy { waits, condition, jitter, max_tries }
    });
    finished.collect()
}

fn several(attribute: Attribute, arguments: Arguments, mistakes: &mut Mistakes) -> (Vec<Draft>, Settings) {
    let (mut strategies, mut options, mut misplaced) = (Vec::new(), Vec::new(), None);
    for argument in arguments.0 {
        match argument {
            Argument::On(on) => strategies.push(on),
            Argument::Option(option) => options.push(option),
            other => misplaced = misplaced.or(Some(other)),
        }
    }
    if let Some(misplaced) = misplaced {
        mistakes.at(
            tokens(&misplaced),
            "beside `on(...)` each generator and condition stands in an `on(...)` of its own; write `on(generator, condition, ...)` here, too",
        );
    }
    let settings = Settings::of_call(attribute, options, mistakes);
    refuse_unreachable(attribute, &strategies, mistakes);
    let drafts = strategies.into_iter().map(|on| draft(attribute, on, mistakes)).collect();
    (drafts, settings)
}

fn draft(attribute: Attribute, on: On, mistakes: &mut Mistakes) -> Draft {
    let (first, second, options) = positions(Place::On(&on.name), on.arguments, mistakes);
    let mut settings = Settings::of_strategy(attribute, options, mistakes);
    let waits = first.and_then(|first| Waits::new(first, &mut settings, mistakes));
    settings.refuse_foreign(waits.as_ref(), mistakes);
    if let Some(Waits::Policy(policy)) = &waits {
        mistakes.at(
            policy.expr(),
            "a policy is for all failures of a call; write a generator here, or `#[retry(POLICY, ...)]` without `on(...)`",
        );
    }
    Draft {
        waits,
        condition: condition(attribute, second, mistakes),
        jitter: Jitter::new(&mut settings, mistakes),
        max_tries: settings.take_limit("max_tries").and_then(|value| mistakes.keep(Setting::tries(&value))),
    }
}

/// Refuses a strategy that is seen to be for nothing, as one before it is for all of that.
fn refuse_unreachable(attribute: Attribute, strategies: &[On], mistakes: &mut Mistakes) {
    for (place, on) in strategies.iter().enumerate() {
        let before = || strategies[..place].iter().map(written);
        let mistake = match (written(on), attribute.subject()) {
            (_, Subject::Error) if before().any(|before| before == Written::Nothing) => {
                "no error gets here, as an `on(...)` before it has no condition; give that one a condition, or put it last"
            }
            (Written::Nothing, Subject::Value) if before().any(|before| before == Written::Nothing) => {
                "no value gets here, as an `on(...)` before it is for falsy values, too; give one of them a condition"
            }
            (Written::Transient, _) if before().any(|before| before == Written::Transient) => {
                "nothing gets here, as an `on(...)` before it is for all that is transient; remove one of them"
            }
            _ => continue,
        };
        mistakes.at(&on.tokens, mistake);
    }
}

/// What is written for a condition, as far as it says that another one is of no use.
#[derive(PartialEq)]
enum Written {
    Nothing,
    Transient,
    Other,
}

fn written(on: &On) -> Written {
    let mut arguments = on.arguments.0.iter();
    match (arguments.next(), arguments.next()) {
        // Without a generator there is one mistake already.
        (None | Some(Argument::Option(_)), _) => Written::Other,
        (Some(_), None | Some(Argument::Option(_))) => Written::Nothing,
        (_, Some(Argument::Type(Type::Path(path)))) if path.path.is_ident("transient") => Written::Transient,
        _ => Written::Other,
    }
}

impl Jitter {
    /// `None` if nothing is written.
    pub(super) fn new(settings: &mut Settings, mistakes: &mut Mistakes) -> Option<Self> {
        const NAMES: [&str; 5] =
            ["full_jitter", "random_jitter", "equal_jitter", "decorrelated_jitter", "none"];
        let value = settings.take("jitter")?;
        if is_none(&value) {
            return Some(Self::None);
        }
        if let Some(name) = word(&value)
            && let Some(meant) = slip_of(&name, NAMES)
        {
            mistakes.at(&value, format!("unknown jitter `{name}`; did you mean `{meant}`?"));
        }
        refuse_async("`jitter`", &value, mistakes);
        if literal(&value).is_some() {
            mistakes.at(
                &value,
                "`jitter` is a function of the wait; write `full_jitter`, `equal_jitter`, `random_jitter`, `decorrelated_jitter`, `none` or `|wait| ...`",
            );
        }
        Some(match (word(&value).as_deref(), &value) {
            (Some("full_jitter" | "equal_jitter" | "random_jitter"), _) => Self::Ours(value),
            (_, Expr::Closure(closure)) if !closure.inputs.is_empty() => Self::OfWait(value),
            _ => Self::OncePerCall(value),
        })
    }
}
