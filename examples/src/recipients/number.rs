//! Phone numbers, from the ways people write them to the digits that the API takes.

use std::fmt;

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotANumber {
    /// There is nothing.
    Empty,
    /// Something that is no digit and does not group digits.
    Contains(char),
    /// Not 7 to 15 digits, but this many.
    Length(usize),
    /// The first digit is 0, which no country code begins with.
    LeadingZero,
}

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no number"),
            Self::Contains(character) => write!(f, "a phone number has no `{character}`"),
            Self::Length(digits) => write!(f, "a phone number has 7 to 15 digits, this has {digits}"),
            Self::LeadingZero => {
                f.write_str("a country code does not begin with 0; write it as in 13055550157")
            }
        }
    }
}

impl std::error::Error for NotANumber {}

/// Whether `text` is a number as the API takes it: 7 to 15 digits, the country code first.
#[must_use]
pub fn is_number(text: &str) -> bool {
    digits(text).is_ok_and(|digits| digits == text)
}

/// The digits of a number written with or without `+`, spaces, dots, dashes and parentheses.
///
/// # Errors
///
/// When it is no phone number with a country code.
pub fn digits(text: &str) -> Result<String, NotANumber> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let mut digits = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '\u{a0}' | '.' | '-' | '(' | ')' => {}
            other => return Err(NotANumber::Contains(other)),
        }
    }
    match digits.len() {
        0 => Err(NotANumber::Empty),
        _ if digits.starts_with('0') => Err(NotANumber::LeadingZero),
        7..=15 => Ok(digits),
        length => Err(NotANumber::Length(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_grouped_and_begin_with_plus() {
        for written in ["13055550157", "+1 (305) 555-0157", " 1.305.555.0157 ", "+1\u{a0}305\u{a0}5550157"] {
            assert_eq!(digits(written).as_deref(), Ok("13055550157"), "{written}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_number_is_told() {
        assert_eq!(digits(" "), Err(NotANumber::Empty));
        assert_eq!(digits("+"), Err(NotANumber::Empty));
        assert_eq!(digits("1305555x157"), Err(NotANumber::Contains('x')));
        assert_eq!(digits("1+3055550157"), Err(NotANumber::Contains('+')));
        assert_eq!(digits("123456"), Err(NotANumber::Length(6)));
        assert_eq!(digits("1234567890123456"), Err(NotANumber::Length(16)));
        assert_eq!(digits("0049 30 555 0157"), Err(NotANumber::LeadingZero));
    }

    #[test]
    fn the_api_takes_digits_only() {
        assert!(is_number("13055550157"));
        assert!(!is_number("+13055550157"));
        assert!(!is_number("1305 5550157"));
        assert!(!is_number(""));
    }
}
