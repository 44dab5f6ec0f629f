//! Rate limits: the pacer and what it is told, the server's hints, the budget of retries, and the time of an attempt.

use syn::Expr;

use super::function;
use super::setting::{Setting, Settings};
use crate::error::Mistakes;
use crate::literal::{literal, strip};

/// What a call shares with others, and what bounds an attempt.
#[derive(Default)]
pub(crate) struct Pace {
    /// The `Pacer`.
    pub(crate) pacer: Option<Expr>,
    /// Which failures are the limit speaking.
    pub(crate) throttled: Option<Expr>,
    /// The server's hint in a failure.
    pub(crate) retry_after: Option<Expr>,
    /// The `RetryBudget`.
    pub(crate) budget: Option<Expr>,
    /// The longest time for one attempt.
    pub(crate) attempt_timeout: Option<Setting>,
}

impl Pace {
    pub(super) fn new(is_async: bool, settings: &mut Settings, mistakes: &mut Mistakes) -> Self {
        let pacer = shared("pacer", "Pacer", "Pacer::adaptive()", settings, mistakes);
        let budget = shared("budget", "RetryBudget", "RetryBudget::new()", settings, mistakes);
        if pacer.is_none()
            && let Some((name, _)) = settings.take_named("throttled")
        {
            mistakes.at(name, "`throttled` tells a pacer which failures are the limit speaking; add `pacer = ...`, or remove it");
        }
        Self {
            pacer,
            throttled: function(
                settings,
                "throttled",
                "`true` for a failure that is the limit speaking",
                mistakes,
            ),
            retry_after: function(
                settings,
                "retry_after",
                "the server's hint, as an `Option` of a wait",
                mistakes,
            ),
            budget,
            attempt_timeout: attempt_timeout(is_async, settings, mistakes),
        }
    }
}

/// Something that calls share: a place, not a value made for each call.
fn shared(
    name: &str,
    ty: &str,
    example: &str,
    settings: &mut Settings,
    mistakes: &mut Mistakes,
) -> Option<Expr> {
    let value = settings.take(name)?;
    let upper = name.to_uppercase();
    let is_made_here = match strip(&value) {
        Expr::Call(call) => match strip(&call.func) {
            Expr::Path(path) => path.path.segments.iter().any(|segment| segment.ident == ty),
            _ => false,
        },
        other => literal(other).is_some(),
    };
    if is_made_here {
        mistakes.at(
            &value,
            format!("`{name}` is shared by calls, so it cannot be made for each; write `static {upper}: {ty} = {example};` and `{name} = {upper}`"),
        );
    }
    Some(value)
}

fn attempt_timeout(is_async: bool, settings: &mut Settings, mistakes: &mut Mistakes) -> Option<Setting> {
    let (name, value) = settings.take_named("attempt_timeout")?;
    if !is_async {
        mistakes.at(
            name,
            "an attempt of a sync function cannot be ended from outside; make the function `async`, or remove `attempt_timeout`",
        );
        return None;
    }
    let setting = mistakes.keep(Setting::duration("attempt_timeout", &value))?;
    let is_zero = literal(&value)
        .and_then(|literal| crate::literal::duration("attempt_timeout", &value, &literal).ok())
        .is_some_and(|limit| limit.is_zero());
    if is_zero {
        mistakes.at(
            &value,
            "`attempt_timeout` of zero would end each attempt before it begins; write a longer time",
        );
    }
    Some(setting)
}
