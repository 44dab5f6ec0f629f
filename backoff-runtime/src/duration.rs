//! Durations as text: a number with a unit, such as `"250ms"` or `"1h30m"`, also in a `const`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDuration {
    /// There is no number where one has to stand.
    Number,
    /// It stands below zero.
    Negative,
    /// A number has no unit, or none that is known.
    Unit,
    /// It is longer than any duration.
    TooLong,
}

impl NoDuration {
    /// What is wrong, and what to write.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Number => {
                "this is no duration; write a number with a unit, such as `\"250ms\"` or `\"1h30m\"`"
            }
            Self::Negative => "a duration cannot be negative; write it without a sign",
            Self::Unit => {
                "each number of a duration needs a unit; write `ns`, `us`, `ms`, `s`, `m`, `h` or `d` behind it, such as `\"250ms\"`"
            }
            Self::TooLong => "this is too long for a duration; write a shorter one",
        }
    }
}

/// The duration that a text means, in the grammar of the attributes.
pub(crate) const fn parse(text: &str) -> Result<Duration, NoDuration> {
    let text = text.as_bytes();
    let (mut at, mut nanos) = (skip_spaces(text, 0), 0_u128);
    if at == text.len() {
        return Err(NoDuration::Number);
    }
    while at < text.len() {
        let (part, behind) = match part(text, at) {
            Ok(part) => part,
            Err(wrong) => return Err(wrong),
        };
        nanos = match nanos.checked_add(part) {
            Some(nanos) => nanos,
            None => return Err(NoDuration::TooLong),
        };
        at = skip_spaces(text, behind);
    }
    let seconds = nanos / NANOS;
    if seconds > u64::MAX as u128 {
        return Err(NoDuration::TooLong);
    }
    Ok(Duration::new(seconds as u64, (nanos % NANOS) as u32))
}

const NANOS: u128 = 1_000_000_000;

/// The nanoseconds of the number and unit that begin there, and where they end.
const fn part(text: &[u8], at: usize) -> Result<(u128, usize), NoDuration> {
    if text[at] == b'-' {
        return Err(NoDuration::Negative);
    }
    let start = at;
    let (mut at, mut number, mut scale, mut is_fraction) = (at, 0_u128, 1_u128, false);
    while at < text.len() && (text[at].is_ascii_digit() || text[at] == b'.' && !is_fraction) {
        if text[at] == b'.' {
            is_fraction = true;
        } else if scale < NANOS * NANOS {
            if number > u128::MAX / 20 {
                return Err(NoDuration::TooLong);
            }
            number = number * 10 + (text[at] - b'0') as u128;
            scale = if is_fraction { scale * 10 } else { scale };
        }
        at += 1;
    }
    if at == start || at == start + 1 && is_fraction {
        return Err(NoDuration::Number);
    }
    let at = skip_spaces(text, at);
    let mut end = at;
    while end < text.len() && (text[end].is_ascii_alphabetic() || text[end] > 127) {
        end += 1;
    }
    let unit: u128 = match text.split_at(at).1.split_at(end - at).0 {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" => 1000,
        b"ms" => 1_000_000,
        b"s" => NANOS,
        b"m" => 60 * NANOS,
        b"h" => 3600 * NANOS,
        b"d" => 86_400 * NANOS,
        _ => return Err(NoDuration::Unit),
    };
    match number.checked_mul(unit) {
        Some(nanos) => Ok((nanos / scale, end)),
        None => Err(NoDuration::TooLong),
    }
}

const fn skip_spaces(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at].is_ascii_whitespace() {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_a_duration_with_a_unit() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("5m", 300_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5s", 1_500_000_000),
            (" 1h 30m ", 5_400_000_000_000),
            ("2 s", 2_000_000_000),
            ("1d", 86_400_000_000_000),
            ("0s", 0),
            (".5s", 500_000_000),
            ("3000us", 3_000_000),
            ("3000µs", 3_000_000),
            ("7ns", 7),
            ("0.1234567891234567891234s", 123_456_789),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_why() {
        for (text, wrong) in [
            ("", NoDuration::Number),
            ("  ", NoDuration::Number),
            ("soon", NoDuration::Number),
            (".s", NoDuration::Number),
            ("1.2.3s", NoDuration::Unit),
            ("-5s", NoDuration::Negative),
            ("1h-5s", NoDuration::Negative),
            ("5", NoDuration::Unit),
            ("5 parsecs", NoDuration::Unit),
            ("1e9d", NoDuration::Unit),
            ("99999999999999999999d", NoDuration::TooLong),
            ("9999999999999999999999999999999999999999999s", NoDuration::TooLong),
        ] {
            assert_eq!(parse(text), Err(wrong), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_a_duration_is_shown_as_is_read_back(nanos in any::<u64>()) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&format!("{duration:?}")), Ok(duration));
        }
    }
}
