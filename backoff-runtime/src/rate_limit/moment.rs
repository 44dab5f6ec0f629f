//! When a limit resets, in all the forms in which servers say it.

use std::time::{Duration, SystemTime};

use crate::RetryAfter;
use crate::retry_after::{is_number, seconds};

/// Numbers below this are seconds from now: nobody has to wait for 31 years, and there were no such APIs in 2001.
const EPOCH_SECONDS: u64 = 1_000_000_000;
/// Numbers from here on are milliseconds since 1970 (this one: 1973); as seconds they were in the year 5138.
const EPOCH_MILLISECONDS: u64 = 100_000_000_000;
/// Numbers from here on are none of these (the year 5138 in milliseconds).
const NO_TIME: u64 = 100_000_000_000_000;

/// Reads a moment: a number, a duration with units, a date of HTTP, or a date of RFC 3339.
pub(super) fn moment(text: &str) -> Option<RetryAfter> {
    let text = text.trim();
    match seconds(text) {
        Some(number) => numeric(number),
        None => duration(text)
            .map(RetryAfter::Delay)
            .or_else(|| RetryAfter::date(text).or_else(|| timestamp(text)).map(RetryAfter::Date)),
    }
}

/// What a number without a unit means, by its size.
fn numeric(number: Duration) -> Option<RetryAfter> {
    let since = match number.as_secs() {
        0..EPOCH_SECONDS => return Some(RetryAfter::Delay(number)),
        EPOCH_SECONDS..EPOCH_MILLISECONDS => number,
        EPOCH_MILLISECONDS..NO_TIME => number / 1000,
        _ => return None,
    };
    SystemTime::UNIX_EPOCH.checked_add(since).map(RetryAfter::Date)
}

/// `6m0s`, `1.5s`, `12ms`, `1d2h`: numbers, each with a unit.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let (number, unit);
        (number, rest) = rest.split_at(rest.find(|letter: char| letter != '.' && !letter.is_ascii_digit())?);
        (unit, rest) = rest.split_at(rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len()));
        sum = sum.saturating_add(of_unit(seconds(number)?, unit.trim())?);
    }
    (!text.is_empty()).then_some(sum)
}

fn of_unit(number: Duration, unit: &str) -> Option<Duration> {
    Some(match unit {
        "ns" => number / 1_000_000_000,
        "us" | "µs" | "μs" => number / 1_000_000,
        "ms" => number / 1000,
        "s" => number,
        "m" => number.saturating_mul(60),
        "h" => number.saturating_mul(60 * 60),
        "d" => number.saturating_mul(24 * 60 * 60),
        _ => return None,
    })
}

/// `2026-11-25T12:00:00Z` and its like ([RFC 3339]): with a space for the `T`, without seconds, with a fraction, with an
/// offset or without (then it is UTC). `None` before 1970.
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339
fn timestamp(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (time, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], offset(&time[at..])?),
        None => (time, 0),
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction = seconds(&format!("0.{fraction}"))?;
    let seconds = days(date)? * 86_400 + of_clock(clock)? - offset;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?) + fraction)
}

/// `Z`, `+01:00`, `-0130`: seconds that the clock is ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    let (sign, text) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        (_, rest) => return rest.is_empty().then_some(0),
    };
    let (hours, minutes) = text.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    Some(sign * (digits(hours, 2, 0..=23)? * 60 + digits(minutes, 2, 0..=59)?) * 60)
}

/// `12:00` or `12:00:00`, in seconds. A leap second is the next one.
fn of_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours = digits(parts.next()?, 2, 0..=23)?;
    let minutes = digits(parts.next()?, 2, 0..=59)?;
    let seconds = parts.next().map_or(Some(0), |seconds| digits(seconds, 2, 0..=60))?;
    parts.next().is_none().then_some((hours * 60 + minutes) * 60 + seconds)
}

/// Days from 1970-01-01 to a date in the Gregorian calendar.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4, 0..=9999)?;
    let month = digits(parts.next()?, 2, 1..=12)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = digits(parts.next()?, 2, 1..=length)?;
    // Years that begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_month = (153 * month + 2) / 5;
    parts.next().is_none().then_some(before_year + before_month + day - 1 - 719_468)
}

fn digits(text: &str, length: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let number = (text.len() == length && is_number(text)).then(|| text.parse().ok())??;
    range.contains(&number).then_some(number)
}
