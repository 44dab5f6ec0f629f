//! Rate limits: the pacer and what it is told, the server's hints, the budget of retries, and the time of an attempt.

use proc_macro2::Span;
use syn::{Expr, parse_quote_spanned};

use super::setting::{Setting, Settings};
use super::{function, is_none};
use crate::error::Mistakes;
use crate::literal::{literal, strip};

/// What a call shares with others, and what bounds it.
#[derive(Default)]
pub(crate) struct Pace {
    /// The `Pacer`.
    pub(crate) pacer: Option<Expr>,
    /// Which failures are the limit speaking.
    pub(crate) throttled: Option<Expr>,
    /// The server's hint in a failure.
    pub(crate) retry_after: Option<Expr>,
    /// What the server tells of its limits, in what an attempt returned.
    pub(crate) limit: Option<Expr>,
    /// What each attempt takes from the limits of the pacer.
    pub(crate) cost: Option<Setting>,
    /// What an attempt truly cost, by what it returned.
    pub(crate) settle: Option<Expr>,
    /// The `RetryBudget`.
    pub(crate) budget: Option<Expr>,
    /// The longest time for one attempt.
    pub(crate) attempt_timeout: Option<Setting>,
    /// The longest time for the whole call.
    pub(crate) timeout: Option<Setting>,
    /// Makes the error, or value, of a call that ends without an outcome of its own.
    pub(crate) on_timeout: Option<Expr>,
    /// The `Stop`.
    pub(crate) stop: Option<Expr>,
}

impl Pace {
    pub(super) fn new(
        is_async: bool,
        by_policy: bool,
        settings: &mut Settings,
        mistakes: &mut Mistakes,
    ) -> Self {
        let span = Span::mixed_site();
        let no_pacer = (by_policy && settings.says_none("pacer"))
            .then(|| parse_quote_spanned!(span=> __backoff::by::NO_PACER));
        let pacer = shared("pacer", "Pacer", "Pacer::adaptive()", settings, mistakes).or(no_pacer);
        let of_policy = (by_policy && !settings.says_none("budget"))
            .then(|| parse_quote_spanned!(span=> __backoff::by::budget_of(&__policy)));
        let budget = shared("budget", "RetryBudget", "RetryBudget::new()", settings, mistakes).or(of_policy);
        let stop = shared("stop", "Stop", "Stop::new()", settings, mistakes);
        // A policy may have one.
        if pacer.is_none() && !by_policy {
            for (name, does) in OF_PACER {
                if let Some((name, _)) = settings.take_named(name) {
                    mistakes.at(&name, format!("`{name}` {does}; add `pacer = ...`, or remove it"));
                }
            }
        }
        let cost = settings.take("cost").and_then(|cost| mistakes.keep(Setting::cost(&cost)));
        let mut function = |name: &str, what: &str| function(settings, name, what, mistakes);
        let throttled = function("throttled", "`true` for a failure that is the limit speaking");
        let retry_after = function("retry_after", "the server's hint, as an `Option` of a wait");
        let limit = function("limit", "a `RateLimit`, or several, of what an attempt returned");
        let settle = function("settle", "the true cost, as a whole number or an `Option` of one");
        let on_timeout = function("on_timeout", "the error, or value, of a call that took too long");
        Self {
            pacer,
            throttled,
            retry_after,
            limit,
            cost,
            settle,
            budget,
            attempt_timeout: bound("attempt_timeout", is_async, by_policy, settings, mistakes),
            timeout: bound("timeout", is_async, by_policy, settings, mistakes),
            on_timeout,
            stop,
        }
    }

    /// Whether a running attempt may be cut.
    pub(crate) fn cuts(&self) -> bool {
        self.attempt_timeout.is_some() || self.timeout.is_some()
    }
}

/// The options that tell a pacer something, and what.
const OF_PACER: [(&str, &str); 4] = [
    ("throttled", "tells a pacer which failures are the limit speaking"),
    ("limit", "tells a pacer what the server says of its limits"),
    ("cost", "tells a pacer what each attempt takes from its limits"),
    ("settle", "tells a pacer what an attempt truly cost"),
];

/// Something that calls share: a place, not a value made for each call.
fn shared(
    name: &str,
    ty: &str,
    example: &str,
    settings: &mut Settings,
    mistakes: &mut Mistakes,
) -> Option<Expr> {
    let value = settings.take_limit(name)?;
    let upper = name.to_uppercase();
    if name == "pacer" && is_list(&value) {
        mistakes.at(
            &value,
            "a call has one pacer, which may keep several limits; write `static PACER: Pacer = Pacer::per(10, \"1s\").and_per(5000, \"1d\");` and `pacer = PACER`",
        );
        return Some(value);
    }
    let is_made_here = literal(&value).is_some() || makes(&value, ty);
    if is_made_here {
        mistakes.at(
            &value,
            format!("`{name}` is shared by calls, so it cannot be made for each; write `static {upper}: {ty} = {example};` and `{name} = {upper}`"),
        );
    }
    Some(value)
}

/// Whether an expression is seen to be several: `[A, B]`, `(A, B)`.
fn is_list(value: &Expr) -> bool {
    match strip(value) {
        Expr::Array(_) | Expr::Tuple(_) => true,
        Expr::Reference(reference) => is_list(&reference.expr),
        _ => false,
    }
}

/// Whether an expression is seen to make a value of the type, also one that is changed, wrapped or lent at once.
fn makes(value: &Expr, ty: &str) -> bool {
    match strip(value) {
        Expr::Call(call) => {
            let is_ours = match strip(&call.func) {
                Expr::Path(path) => path.path.segments.iter().any(|segment| segment.ident == ty),
                _ => false,
            };
            is_ours || call.args.iter().any(|argument| makes(argument, ty))
        }
        Expr::MethodCall(call) => makes(&call.receiver, ty),
        Expr::Reference(reference) => makes(&reference.expr, ty),
        Expr::Block(block) => match block.block.stmts.last() {
            Some(syn::Stmt::Expr(last, None)) => makes(last, ty),
            _ => false,
        },
        _ => false,
    }
}

/// The longest time for an attempt, or for the whole call.
fn bound(
    name: &'static str,
    is_async: bool,
    by_policy: bool,
    settings: &mut Settings,
    mistakes: &mut Mistakes,
) -> Option<Setting> {
    let (place, value) = settings.take_named(name)?;
    if !is_async {
        mistakes.at(
            place,
            format!("an attempt of a sync function cannot be ended from outside; make the function `async`, or remove `{name}`"),
        );
        return None;
    }
    if is_none(&value) {
        return by_policy.then(|| Setting::none(name));
    }
    let setting = mistakes.keep(Setting::duration(name, &value))?;
    let is_zero = literal(&value)
        .and_then(|literal| crate::literal::duration(name, &value, &literal).ok())
        .is_some_and(|limit| limit.is_zero());
    if is_zero {
        mistakes.at(
            &value,
            format!("`{name}` of zero would end each attempt before it begins; write a longer time"),
        );
    }
    Some(setting)
}

/// The static or constant of a module that an expression names, by its case. One of a type cannot be checked where it is
/// used, as it may be generic.
pub(crate) fn static_of(shared: &Expr) -> Option<&Expr> {
    let path = match strip(shared) {
        Expr::Reference(reference) => return static_of(&reference.expr),
        Expr::Path(path) if path.qself.is_none() => &path.path,
        _ => return None,
    };
    let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let is_upper = |name: String| name.contains(char::is_uppercase) && !name.contains(char::is_lowercase);
    let is_static =
        names.next().is_some_and(is_upper) && names.all(|module| !module.contains(char::is_uppercase));
    is_static.then_some(shared)
}
