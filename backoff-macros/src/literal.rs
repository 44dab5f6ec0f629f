//! Literal values: numbers, and durations with a unit.

use std::time::Duration;

use syn::{Error, Expr, ExprLit, ExprUnary, Lit, UnOp};

/// An expression as it stands in an option, as far as it can be understood without its type.
pub(crate) enum Literal<'a> {
    /// A number; infinite when it is beyond all bounds.
    Number(f64),
    /// A whole number, beside its value as a float.
    Whole(u128, f64),
    /// A string.
    Text(&'a syn::LitStr),
    /// A literal of a type that no option has.
    Other,
}

/// The literal that an expression is, if it is one; a sign may stand before a number.
pub(crate) fn literal(expr: &Expr) -> Option<Literal<'_>> {
    match strip(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(Literal::Text(text)),
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => Some(match int.base10_parse::<u128>() {
            Ok(whole) => Literal::Whole(whole, whole as f64),
            Err(_) => Literal::Number(f64::INFINITY),
        }),
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => {
            Some(Literal::Number(float.base10_digits().parse().unwrap_or(f64::NAN)))
        }
        Expr::Lit(_) => Some(Literal::Other),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match literal(expr)? {
            Literal::Number(number) | Literal::Whole(_, number) => Some(Literal::Number(-number)),
            other => Some(other),
        },
        _ => None,
    }
}

/// The expression without parentheses around it.
pub(crate) fn strip(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => strip(&paren.expr),
        Expr::Group(group) => strip(&group.expr),
        _ => expr,
    }
}

/// The duration that a literal of the option `name` means.
pub(crate) fn duration(name: &str, expr: &Expr, literal: &Literal<'_>) -> Result<Duration, Error> {
    let wrong = |message: String| Err(Error::new_spanned(expr, message));
    match *literal {
        Literal::Whole(whole, _) => match u64::try_from(whole) {
            Ok(seconds) => Ok(Duration::from_secs(seconds)),
            Err(_) => wrong(overflow(name)),
        },
        Literal::Number(number) if number < 0.0 => wrong(negative(name)),
        Literal::Number(number) => match Duration::try_from_secs_f64(number) {
            Ok(duration) => Ok(duration),
            Err(_) => wrong(overflow(name)),
        },
        Literal::Text(text) => parse(&text.value()).or_else(wrong),
        Literal::Other => wrong(format!(
            "`{name}` is a duration; write a number of seconds or a duration with a unit, such as `\"250ms\"`"
        )),
    }
}

/// The message for a number below zero.
pub(crate) fn negative(name: &str) -> String {
    format!("`{name}` cannot be negative; write a number from 0")
}

fn overflow(name: &str) -> String {
    let unlimited = if name.starts_with("max_") { ", or leave it out for no limit" } else { "" };
    format!("`{name}` is too large for a duration; write fewer seconds{unlimited}")
}

/// The units of durations, longest names first where one begins another, each in nanoseconds.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
];

/// A duration such as `250ms`, `5m` or `1h30m`.
fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(
            "an empty string is no duration; write a number with a unit, such as `\"250ms\"`".to_owned()
        );
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (part, behind) = part(text, rest)?;
        total = total.checked_add(part).ok_or_else(|| too_large(text))?;
        rest = behind.trim_start();
    }
    Ok(total)
}

/// The first number and unit of `rest`, and what stands behind them.
fn part<'a>(text: &str, rest: &'a str) -> Result<(Duration, &'a str), String> {
    let split =
        |text: &'a str, is: fn(char) -> bool| text.split_at(text.find(|c| !is(c)).unwrap_or(text.len()));
    let (number, rest) = split(rest, |c| c.is_ascii_digit() || c == '.');
    let (unit, rest) = split(rest.trim_start(), char::is_alphabetic);
    let Ok(value) = number.parse::<f64>() else {
        return Err(if rest.starts_with('-') || text.starts_with('-') {
            "a duration cannot be negative; write it without a sign".to_owned()
        } else {
            format!("`{text}` is no duration; write a number with a unit, such as `\"250ms\"` or `\"1h30m\"`")
        });
    };
    if unit.is_empty() {
        return Err(format!(
            "a duration in quotes needs a unit; write `\"{number}s\"`, or `{number}` without quotes for seconds"
        ));
    }
    let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("unknown unit `{unit}`; write `ns`, `us`, `ms`, `s`, `m`, `h` or `d`"));
    };
    // Seconds with nine decimals are exact where it matters: a unit is a whole number of nanoseconds.
    let duration = Duration::try_from_secs_f64(value * nanos / 1e9).map_err(|_| too_large(text))?;
    Ok((duration, rest))
}

fn too_large(text: &str) -> String {
    format!("`{text}` is too large for a duration; write a shorter one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_a_duration_with_a_unit() {
        for (text, millis) in [
            ("250ms", 250),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1500),
            (" 1h 30m ", 5_400_000),
            ("2 s", 2000),
            ("1d", 86_400_000),
            ("0s", 0),
            ("3000us", 3),
            ("3000µs", 3),
            ("2000000ns", 2),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_says_what_to_write() {
        assert!(parse("5").unwrap_err().contains("write `\"5s\"`"));
        assert!(parse("5 parsecs").unwrap_err().contains("unknown unit `parsecs`"));
        assert!(parse("-5s").unwrap_err().contains("negative"));
        assert!(parse("soon").unwrap_err().contains("is no duration"));
        assert!(parse("").unwrap_err().contains("empty"));
        assert!(parse("1e9d").unwrap_err().contains("unknown unit"));
        assert!(parse("1.2.3s").unwrap_err().contains("is no duration"));
        assert!(parse("99999999999999999999d").unwrap_err().contains("too large"));
    }
}
