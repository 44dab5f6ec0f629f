//! The section on retries in the documentation of an annotated function.

use quote::ToTokens;
use syn::{Expr, Type};

use crate::item::Function;
use crate::literal::{Literal, duration, literal};
use crate::plan::{Condition, Jitter, Plan, Setting, Strategy, Subject, Waits, word};
use crate::printed::printed;

/// The section as an attribute, unless it isn't wanted.
///
/// A function without documentation gets none: the lint `missing_docs` still asks for it, and on a method of a trait impl
/// it would hide the trait's documentation.
pub(crate) fn section(function: &Function, plans: &[Plan]) -> Option<syn::Attribute> {
    if !function.attributes.iter().any(is_documentation) || plans.iter().any(|plan| !plan.doc) {
        return None;
    }
    let text = match plans {
        [one] => sentence(one),
        // The strategies of one are a list in the list.
        all => {
            let items = all.iter().map(|plan| format!("- {}", sentence(plan).replace('\n', "\n  ")));
            items.collect::<Vec<_>>().join("\n")
        }
    };
    let text = format!("\n\n# Retries\n\n{text}");
    Some(syn::parse_quote!(#[doc = #text]))
}

/// Whether an attribute is a line of documentation: `#[doc(hidden)]` is none.
fn is_documentation(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("doc") && matches!(attribute.meta, syn::Meta::NameValue(_))
}

/// How one attribute retries: "Retried on `io::Error`: up to 5 attempts, waiting up to 1 s, 2 s, with full jitter". Of
/// several strategies there is one line for each.
fn sentence(plan: &Plan) -> String {
    let subject = plan.attribute.subject();
    if let Some(strategy) = plan.only() {
        let mut parts = limits(plan);
        parts.extend(waits_and_jitter(strategy, plan.max_tries.as_ref()));
        return format!("Retried {}: {}", condition(&strategy.condition, subject), ended(&parts));
    }
    let mut text = format!("Retried by the kind of failure, {}:", limits(plan).join(", "));
    for (place, strategy) in plan.strategies.iter().enumerate() {
        let condition = match (&strategy.condition, subject) {
            (Condition::Default, Subject::Error) if place > 0 => "on any other error".to_owned(),
            (written, _) => condition(written, subject),
        };
        text = format!("{text}\n- {condition}: {}", ended(&ways(strategy)));
    }
    text
}

/// How attempts are repeated that fail in one of several ways.
fn ways(strategy: &Strategy) -> Vec<String> {
    let tries = strategy.max_tries.as_ref();
    if tries.and_then(number).is_some_and(|tries| tries < 2.0) {
        return vec!["given up at once".to_owned()];
    }
    let bound = tries.map(|tries| format!("up to {} such failures", shown(tries)));
    bound.into_iter().chain(waits_and_jitter(strategy, tries)).collect()
}

/// What bounds the whole call.
fn limits(plan: &Plan) -> Vec<String> {
    let limits = [
        plan.max_tries.as_ref().map(|tries| format!("up to {} attempts", shown(tries))),
        plan.max_time.as_ref().map(|time| format!("for up to {}", shown_time(time))),
    ];
    let mut parts: Vec<String> = limits.into_iter().flatten().collect();
    if parts.is_empty() {
        parts.push("until it succeeds".to_owned());
    }
    parts.extend(plan.pace.pacer.as_ref().map(|pacer| format!("paced by {}", code(pacer))));
    parts
}

fn waits_and_jitter(strategy: &Strategy, max_tries: Option<&Setting>) -> impl Iterator<Item = String> {
    std::iter::once(waits(strategy, max_tries)).chain(jitter(strategy))
}

/// The parts of a sentence with its end.
fn ended(parts: &[String]) -> String {
    let parts = parts.join(", ");
    if parts.ends_with("...") { parts } else { format!("{parts}.") }
}

fn condition(condition: &Condition, subject: Subject) -> String {
    match (condition, subject) {
        (Condition::Default, Subject::Value) => "while the value is falsy".to_owned(),
        (Condition::Default, Subject::Error) => "on any error".to_owned(),
        (Condition::Types(Type::Tuple(types)), _) => {
            let types: Vec<String> = types.elems.iter().map(code).collect();
            format!("on {}", types.join(" or "))
        }
        (Condition::Types(ty), _) => format!("on {}", code(ty)),
        (Condition::Transient(_), Subject::Value) => "while the value is transient".to_owned(),
        (Condition::Transient(_), Subject::Error) => "on errors that are transient".to_owned(),
        (Condition::Predicate(predicate), Subject::Value) => {
            format!("while {} holds", code(predicate))
        }
        (Condition::Predicate(predicate), Subject::Error) => {
            format!("on errors of which {} holds", code(predicate))
        }
        (Condition::Matches(pattern), Subject::Value) => {
            format!("while the value is {}", code(pattern))
        }
        (Condition::Matches(pattern), Subject::Error) => format!("on {}", code(pattern)),
    }
}

fn waits(strategy: &Strategy, max_tries: Option<&Setting>) -> String {
    let up_to = if matches!(strategy.jitter, Jitter::None) { "" } else { "up to " };
    match &strategy.waits {
        Waits::Runtime { .. } => "waiting as the outcome asks".to_owned(),
        Waits::Policy(policy) => format!("else as {} says", code(policy.expr())),
        Waits::Own(generator) => format!("waiting as {} says", code(generator)),
        waits @ Waits::BuiltIn { name, .. } => match first_waits(waits, 5) {
            None => format!("waiting by `{name}`"),
            Some(all) if name == "constant" && all.windows(2).all(|two| same(two[0], two[1])) => {
                format!("waiting {up_to}{}", seconds(all[0]))
            }
            Some(all) => format!("waiting {up_to}{}", list(&all, max_tries)),
        },
    }
}

/// The waits that there can be, or the first four of more.
fn list(all: &[f64], max_tries: Option<&Setting>) -> String {
    let retries = max_tries.and_then(number).map(|tries| (tries - 1.0).max(0.0) as usize);
    let known = retries.unwrap_or(usize::MAX).min(all.len());
    let mut shown: Vec<String> = all[..known.min(4)].iter().copied().map(seconds).collect();
    if known > 4 {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

/// The first `n` waits of a built-in generator whose options are all literals.
fn first_waits(waits: &Waits, n: i32) -> Option<Vec<f64>> {
    // What stands in an option, or its default; `None` if it isn't a literal.
    let option = |name: &str, default: f64| waits.option(name).map_or(Some(default), number);
    let name = waits.name()?;
    if let ("constant", Some(Expr::Array(items))) =
        (name, waits.option("interval").map(|interval| &interval.value))
    {
        return items.elems.iter().map(seconds_of).collect();
    }
    let longest = option("max_value", f64::INFINITY)?;
    let shortest = option("min_value", 0.0)?;
    let wait: Box<dyn Fn(i32) -> f64> = match name {
        "expo" => {
            let (base, factor) = (option("base", 2.0)?, option("factor", 1.0)?);
            Box::new(move |n| factor * base.powi(n))
        }
        "fibo" => Box::new(|n| (0..n).fold((1.0, 1.0), |(this, next), _| (next, this + next)).0),
        "decay" => {
            let (initial, factor) = (option("initial_value", 1.0)?, option("decay_factor", 1.0)?);
            Box::new(move |n| initial * (f64::from(-n) * factor).exp())
        }
        _ => {
            let interval = option("interval", 1.0)?;
            Box::new(move |_| interval)
        }
    };
    Some((0..n).map(|n| wait(n).min(longest).max(shortest)).collect())
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}

fn jitter(strategy: &Strategy) -> Option<String> {
    let jitter = match &strategy.jitter {
        Jitter::None => return None,
        // A generator that is asked for its waits is not jittered, and which ones are is not known here.
        Jitter::Default if strategy.waits.name().is_none() => return None,
        Jitter::Default => return Some("with full jitter".to_owned()),
        Jitter::Ours(jitter) | Jitter::OfWait(jitter) | Jitter::OncePerCall(jitter) => jitter,
    };
    Some(match word(jitter).as_deref().and_then(|name| name.strip_suffix("_jitter")) {
        Some(name @ ("full" | "equal" | "random" | "decorrelated")) => format!("with {name} jitter"),
        _ => format!("with the jitter {}", code(jitter)),
    })
}

/// A literal as it is, any other expression as code.
fn shown(setting: &Setting) -> String {
    number(setting).map_or_else(|| code(&setting.value), |number| number.to_string())
}

fn shown_time(setting: &Setting) -> String {
    number(setting).map_or_else(|| code(&setting.value), seconds)
}

/// The number that a literal means, of a duration in seconds.
fn number(setting: &Setting) -> Option<f64> {
    seconds_of(&setting.value)
}

fn seconds_of(value: &Expr) -> Option<f64> {
    match literal(value)? {
        Literal::Number(number) | Literal::Whole(_, number) => Some(number),
        literal => duration("", value, &literal).ok().map(|duration| duration.as_secs_f64()),
    }
}

/// A time as a person writes it: to three digits, below a second in milliseconds.
fn seconds(seconds: f64) -> String {
    let (value, unit) = if seconds > 0.0 && seconds < 1.0 { (seconds * 1e3, "ms") } else { (seconds, "s") };
    format!("{} {unit}", (value * 1e3).round() / 1e3)
}

fn code(tokens: &impl ToTokens) -> String {
    let code = printed(tokens.to_token_stream());
    // A backtick in the code would end it.
    if code.contains('`') { format!("`` {code} ``") } else { format!("`{code}`") }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::options::Arguments;
    use crate::plan::{Attribute, plan};

    fn told(attribute: Attribute, arguments: TokenStream) -> String {
        let function: Function = syn::parse2(quote!(
            pub fn f() -> X {}
        ))
        .unwrap();
        let arguments: Arguments = syn::parse2(arguments).unwrap();
        sentence(&plan(attribute, arguments, &function).ok().unwrap())
    }

    #[test]
    fn documentation_says_how_a_function_is_retried() {
        let exception = |arguments| told(Attribute::OnException, arguments);
        assert_eq!(
            exception(quote!(expo, Error, max_tries = 5)),
            "Retried on `Error`: up to 5 attempts, waiting up to 1 s, 2 s, 4 s, 8 s, with full jitter."
        );
        assert_eq!(
            exception(quote!(expo, (A, B), max_value = 2, max_time = "1h30m", jitter = none)),
            "Retried on `A` or `B`: for up to 5400 s, waiting 1 s, 2 s, 2 s, 2 s, ..."
        );
        assert_eq!(
            exception(quote!(constant, interval = [0.1, "2s"], max_time = limit)),
            "Retried on any error: for up to `limit`, waiting up to 100 ms, 2 s, with full jitter."
        );
        assert_eq!(
            told(Attribute::OnPredicate, quote!(constant, jitter = half)),
            "Retried while the value is falsy: until it succeeds, waiting up to 1 s, with the jitter `half`."
        );
        assert_eq!(
            exception(quote!(fibo, transient, max_tries = 2)),
            "Retried on errors that are transient: up to 2 attempts, waiting up to 1 s, with full jitter."
        );
        assert_eq!(
            told(Attribute::OnPredicate, quote!(fibo, transient, max_tries = 2)),
            "Retried while the value is transient: up to 2 attempts, waiting up to 1 s, with full jitter."
        );
        assert_eq!(
            told(Attribute::OnPredicate, quote!(runtime, is_late, value = wait)),
            "Retried while `is_late` holds: until it succeeds, waiting as the outcome asks."
        );
    }

    #[test]
    fn documentation_says_each_strategy() {
        assert_eq!(
            told(
                Attribute::Retry,
                quote!(
                    on(expo, CallError::is_server_error, max_tries = 4, max_value = 2),
                    on(fibo, matches!(CallError::TimedOut), jitter = none, max_value = longest),
                    on(constant, CallError::is_final, max_tries = 1),
                    on(constant),
                    max_time = 300,
                    max_tries = 9
                )
            ),
            "Retried by the kind of failure, up to 9 attempts, for up to 300 s:\n\
             - on errors of which `CallError::is_server_error` holds: up to 4 such failures, waiting up to 1 s, 2 s, 2 s, with full jitter.\n\
             - on `CallError::TimedOut`: waiting by `fibo`.\n\
             - on errors of which `CallError::is_final` holds: given up at once.\n\
             - on any other error: waiting up to 1 s, with full jitter."
        );
        assert_eq!(
            told(Attribute::OnPredicate, quote!(on(expo, transient), on(fibo), jitter = none)),
            "Retried by the kind of failure, until it succeeds:\n\
             - while the value is transient: waiting 1 s, 2 s, 4 s, 8 s, ...\n\
             - while the value is falsy: waiting 1 s, 1 s, 2 s, 3 s, ..."
        );
        assert_eq!(
            told(Attribute::Retry, quote!(on(fibo, max_tries = 3))),
            "Retried on any error: up to 3 attempts, waiting up to 1 s, 1 s, with full jitter."
        );
    }

    #[test]
    fn code_in_documentation_is_written_as_a_person_writes_it() {
        let exception = |arguments| told(Attribute::OnException, arguments);
        assert_eq!(
            exception(quote!(expo, (io::Error, Box<dyn Error + Send>), max_tries = self.limits.tries)),
            "Retried on `io::Error` or `Box<dyn Error + Send>`: up to `self.limits.tries` attempts, waiting up to 1 s, 2 s, 4 s, 8 s, ..., with full jitter."
        );
        assert_eq!(
            exception(quote!(
                pauses::patient(&self.config),
                |e| e.status() == Some('`'),
                jitter = |wait| wait / 2
            )),
            "Retried on errors of which `` |e| e.status() == Some('`') `` holds: until it succeeds, waiting as `pauses::patient(&self.config)` says, with the jitter `|wait| wait / 2`."
        );
        assert_eq!(
            exception(quote!(constant, matches!(Error::Busy { .. } | Error::Status(500..)), jitter = none)),
            "Retried on `Error::Busy { .. } | Error::Status(500..)`: until it succeeds, waiting 1 s."
        );
    }

    /// The documentation that is added to a function.
    fn added(function: TokenStream) -> Option<String> {
        let function: Function = syn::parse2(function).unwrap();
        let arguments: Arguments = syn::parse2(quote!(expo)).unwrap();
        let plan = plan(Attribute::OnException, arguments, &function).ok().unwrap();
        section(&function, &[plan]).map(|section| section.to_token_stream().to_string())
    }

    #[test]
    fn strategies_of_a_stacked_attribute_are_a_list_in_the_list() {
        let function: Function = syn::parse2(quote!(
            /// Gets.
            fn f() -> X {}
        ))
        .unwrap();
        let plans = [quote!(fibo, max_tries = 2), quote!(on(expo, A, max_tries = 2), on(constant, B))].map(
            |arguments| plan(Attribute::Retry, syn::parse2(arguments).unwrap(), &function).ok().unwrap(),
        );
        let text = section(&function, &plans).unwrap().to_token_stream().to_string();
        let listed = "- Retried on any error: up to 2 attempts, waiting up to 1 s, with full jitter.\\n\
                      - Retried by the kind of failure, until it succeeds:\\n  \
                        - on `A`: up to 2 such failures, waiting up to 1 s, with full jitter.\\n  \
                        - on `B`: waiting up to 1 s, with full jitter.";
        assert!(text.contains(listed), "{text}");
    }

    #[test]
    fn documentation_is_added_only_where_there_is_some() {
        assert!(
            added(quote!(
                #[doc = "Gets."]
                fn f() -> X {}
            ))
            .is_some_and(|text| text.contains("# Retries"))
        );
        assert_eq!(
            added(quote!(
                pub fn f() -> X {}
            )),
            None
        );
        assert_eq!(
            added(quote!(
                #[doc(hidden)]
                pub fn f() -> X {}
            )),
            None
        );
        assert_eq!(
            added(quote!(
                #[doc(alias = "get")]
                pub fn f() -> X {}
            )),
            None
        );
    }
}
