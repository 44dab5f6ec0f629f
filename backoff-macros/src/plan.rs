//! The rules: what an attribute says becomes a plan that is valid by type, or all of its mistakes.

mod hooks;
mod log;
mod pace;
mod positions;
mod setting;
mod strategy;
mod wait;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, Expr, Type};

use self::hooks::{Hooks, returns_async};
pub(crate) use self::log::{Log, LogOutcome};
pub(crate) use self::pace::{Pace, static_of};
pub(crate) use self::setting::Setting;
use self::setting::Settings;
pub(crate) use self::strategy::{Condition, Jitter, Strategy};
pub(crate) use self::wait::{Policy, Waits};
use crate::error::Mistakes;
use crate::item::Function;
use crate::literal::{literal, strip};
use crate::options::Arguments;
use crate::output::no_result;

/// Which of the attributes, by the name that the user wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    OnPredicate,
    OnException,
    /// `on_exception` by another name.
    Retry,
}

impl Attribute {
    pub(crate) const ALL: [Self; 3] = [Self::OnPredicate, Self::OnException, Self::Retry];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OnPredicate => "on_predicate",
            Self::OnException => "on_exception",
            Self::Retry => "retry",
        }
    }

    /// What it looks at.
    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::OnPredicate => Subject::Value,
            Self::OnException | Self::Retry => Subject::Error,
        }
    }
}

/// What an attribute looks at, of what the function returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Value,
    Error,
}

/// An attribute, understood.
pub(crate) struct Plan {
    pub(crate) attribute: Attribute,
    /// The path of the runtime.
    pub(crate) runtime: TokenStream,
    /// One, or several for different kinds of failure: the first one counts whose condition holds.
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) max_tries: Option<Setting>,
    pub(crate) max_time: Option<Setting>,
    pub(crate) giveup: Option<Hook>,
    pub(crate) handlers: Handlers,
    pub(crate) ending: Ending,
    pub(crate) pace: Pace,
    /// The name that the attempt's number has in the body.
    pub(crate) attempt: Option<syn::Ident>,
    pub(crate) log: Log,
    /// Where a span around each attempt is asked for, if it is.
    pub(crate) attempt_span: Option<proc_macro2::Span>,
    /// Whether the function's documentation says how it is retried.
    pub(crate) doc: bool,
}

impl Plan {
    /// The word `transient`, if it is a condition: then the type of what fails says what a failure is.
    pub(crate) fn transient(&self) -> Option<&syn::Ident> {
        self.strategies.iter().find_map(|strategy| match &strategy.condition {
            Condition::Transient(word) => Some(word),
            _ => None,
        })
    }

    /// The policy by which the calls go, if one is named.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        match self.only().map(|strategy| &strategy.waits) {
            Some(Waits::Policy(policy)) => Some(policy),
            _ => None,
        }
    }

    /// The strategy, if there is only one, and nothing is counted for it alone.
    pub(crate) fn only(&self) -> Option<&Strategy> {
        match &self.strategies[..] {
            [one] if one.max_tries.is_none() => Some(one),
            _ => None,
        }
    }

    /// Whether a call may end without an outcome of its own.
    fn may_time_out(&self) -> bool {
        let Pace { pacer, stop, .. } = &self.pace;
        self.policy().is_some()
            || self.pace.cuts()
            || pacer.is_some() && (self.max_time.is_some() || stop.is_some())
    }
}

/// The handlers of each event.
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) on_try: Vec<Hook>,
    pub(crate) on_success: Vec<Hook>,
    pub(crate) on_backoff: Vec<Hook>,
    pub(crate) on_giveup: Vec<Hook>,
}

impl Handlers {
    pub(crate) fn are_none(&self) -> bool {
        [&self.on_try, &self.on_success, &self.on_backoff, &self.on_giveup].into_iter().all(Vec::is_empty)
    }
}

/// A function that the call asks or tells something.
pub(crate) struct Hook {
    pub(crate) expr: Expr,
    /// Whether what it returns may have to be awaited. A closure shows it; a path doesn't, so under an async function
    /// it may.
    pub(crate) may_be_async: bool,
}

/// What a call that gives up returns.
pub(crate) enum Ending {
    /// The last outcome.
    Last,
    /// `Ok(T::default())`.
    Default(Expr),
    /// What a function makes of the last error.
    Fallback(Fallback),
}

/// The value of `fallback`.
pub(crate) struct Fallback {
    pub(crate) hook: Hook,
    /// A closure of the error and the details.
    pub(crate) has_details: bool,
}

/// The plan of an attribute on a function.
pub(crate) fn plan(attribute: Attribute, arguments: Arguments, function: &Function) -> Result<Plan, Error> {
    let mut mistakes = Mistakes::default();
    let (drafts, mut settings) = strategy::drafts(attribute, arguments, &mut mistakes);
    let by_policy = strategy::by_policy(&drafts);
    let hooks = Hooks { is_async: function.is_async() };
    if attribute.subject() == Subject::Error {
        refuse_no_result(attribute, function, &mut mistakes);
    }
    let ending = ending(&hooks, &mut settings, &mut mistakes);
    let mut plan = Plan {
        attribute,
        runtime: runtime(&mut settings, &mut mistakes),
        max_tries: limit("max_tries", by_policy, &mut settings, &mut mistakes),
        max_time: limit("max_time", by_policy, &mut settings, &mut mistakes),
        strategies: strategy::strategies(drafts, Jitter::new(&mut settings, &mut mistakes).as_ref()),
        giveup: settings.take("giveup").map(|giveup| hooks.one("giveup", giveup, &mut mistakes)),
        handlers: Handlers {
            on_try: hooks.list("on_try", &mut settings, &mut mistakes),
            on_success: hooks.list("on_success", &mut settings, &mut mistakes),
            on_backoff: hooks.list("on_backoff", &mut settings, &mut mistakes),
            on_giveup: hooks.list("on_giveup", &mut settings, &mut mistakes),
        },
        ending,
        pace: Pace::new(function.is_async(), by_policy, &mut settings, &mut mistakes),
        attempt: attempt(&mut settings, &mut mistakes),
        log: Log::new(&mut settings, &mut mistakes),
        attempt_span: attempt_span(&mut settings, &mut mistakes),
        doc: doc(&mut settings, &mut mistakes),
    };
    // All attempts fail in the only way that there is.
    if let ([only], None) = (&mut plan.strategies[..], &plan.max_tries) {
        plan.max_tries = only.max_tries.take();
    }
    if let Some(on_timeout) = &plan.pace.on_timeout
        && !plan.may_time_out()
    {
        mistakes.at(
            on_timeout,
            "`on_timeout` makes the error of a call that took too long, and nothing bounds this one; add `attempt_timeout` or `timeout`, or remove it",
        );
    }
    mistakes.or(plan)
}

/// A limit of the whole call; with a policy also that there is none.
fn limit(
    name: &'static str,
    by_policy: bool,
    settings: &mut Settings,
    mistakes: &mut Mistakes,
) -> Option<Setting> {
    let says_none = settings.says_none(name);
    let Some(value) = settings.take_limit(name) else {
        return (by_policy && says_none).then(|| Setting::none(name));
    };
    mistakes.keep(match name {
        "max_tries" => Setting::tries(&value),
        _ => Setting::duration(name, &value),
    })
}

/// Refuses a function that is seen to return no `Result`.
fn refuse_no_result(attribute: Attribute, function: &Function, mistakes: &mut Mistakes) {
    let output = function.output();
    if let Some(mistake) = no_result(&output) {
        let place = match &output {
            Type::Tuple(nothing) if nothing.elems.is_empty() => function.signature.ident.to_token_stream(),
            output => output.to_token_stream(),
        };
        mistakes.at(place, mistake.replace("on_exception", attribute.name()));
    }
}

fn runtime(settings: &mut Settings, mistakes: &mut Mistakes) -> TokenStream {
    match settings.take("crate") {
        None => quote!(::backoff_runtime),
        Some(Expr::Path(path)) if path.qself.is_none() => quote!(#path),
        Some(other) => {
            mistakes.at(other, "`crate` is the path of a crate that re-exports `backoff_runtime`; write `crate = some::path`");
            TokenStream::new()
        }
    }
}

/// The name of the attempt's number.
fn attempt(settings: &mut Settings, mistakes: &mut Mistakes) -> Option<syn::Ident> {
    let value = settings.take("attempt")?;
    match strip(&value) {
        Expr::Path(path) if path.qself.is_none() && path.path.get_ident().is_some() => {
            path.path.get_ident().cloned()
        }
        _ => {
            mistakes.at(&value, "`attempt` is the name that the attempt's number has in the body; write one such as `attempt = n`");
            None
        }
    }
}

/// Where a span around each attempt is asked for.
fn attempt_span(settings: &mut Settings, mistakes: &mut Mistakes) -> Option<proc_macro2::Span> {
    let (name, value) = settings.take_named("attempt_span")?;
    match value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(asked), .. }) => asked.value.then(|| name.span()),
        other => {
            mistakes.at(
                other,
                "`attempt_span` says whether there is a span around each attempt, and is known when the program is compiled; write `true` or `false`",
            );
            None
        }
    }
}

fn doc(settings: &mut Settings, mistakes: &mut Mistakes) -> bool {
    match settings.take("doc") {
        None => true,
        Some(Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(doc), .. })) => doc.value,
        Some(other) => {
            mistakes
                .at(other, "`doc` says whether the documentation tells of retries; write `true` or `false`");
            true
        }
    }
}

/// Whether `none` is written, or `None` as in Python.
fn is_none(value: &Expr) -> bool {
    word(value).is_some_and(|word| word == "none" || word == "None")
}

/// The name, if an expression is one.
pub(crate) fn word(value: &Expr) -> Option<String> {
    match strip(value) {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
}

/// The value of an option that is a sync function, which makes `what`.
fn function(settings: &mut Settings, name: &str, what: &str, mistakes: &mut Mistakes) -> Option<Expr> {
    let value = settings.take(name)?;
    if literal(&value).is_some() {
        mistakes.at(&value, format!("`{name}` is a function that makes {what}; write its name or a closure"));
    }
    refuse_async(&format!("`{name}`"), &value, mistakes);
    Some(value)
}

/// Refuses an async closure where nothing is awaited.
fn refuse_async(what: &str, value: &Expr, mistakes: &mut Mistakes) {
    if let Expr::Closure(closure) = strip(value)
        && returns_async(closure)
    {
        mistakes.at(value, format!("{what} is not awaited; write a closure that is not async"));
    }
}

fn ending(hooks: &Hooks, settings: &mut Settings, mistakes: &mut Mistakes) -> Ending {
    let fallback = settings.take("fallback").map(|fallback| {
        let has_details = matches!(strip(&fallback), Expr::Closure(closure) if closure.inputs.len() == 2);
        Fallback { hook: hooks.one("fallback", fallback, mistakes), has_details }
    });
    let Some(value) = settings.take("raise_on_giveup") else {
        return fallback.map_or(Ending::Last, Ending::Fallback);
    };
    match (strip(&value), fallback) {
        (Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(raise), .. }), fallback) => {
            if fallback.is_some() && !raise.value {
                mistakes.at(
                    &value,
                    "`raise_on_giveup = false` and `fallback` both say what is returned; write one of them",
                );
            }
            match (raise.value, fallback) {
                (false, _) => Ending::Default(value),
                (true, Some(fallback)) => Ending::Fallback(fallback),
                (true, None) => Ending::Last,
            }
        }
        _ => {
            mistakes.at(&value, "`raise_on_giveup` is `true` or `false`, and known when the program is compiled; for a choice at run time write `fallback = |error| ...`");
            Ending::Last
        }
    }
}
