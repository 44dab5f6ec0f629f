//! What the name of a header says: whose limit it is, which of them, and what of it.

use std::time::Duration;

use super::{QuotaUnit, moment};

/// The parts of a name such as `x-ratelimit-remaining-tokens` or `anthropic-ratelimit-tokens-remaining`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name<'h> {
    /// The name as far as all headers of the server have it in common: `x-ratelimit`.
    pub(super) family: &'h str,
    /// Which of the server's limits: `tokens`; empty if there is but one.
    pub(super) key: &'h str,
    pub(super) field: Field,
}

/// What a header says of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Limit,
    Remaining,
    Used,
    /// When there is more, as a time from now.
    ResetAfter,
    /// When there is more, in any form.
    Reset,
    /// The same in another form, beside it.
    ResetTime,
    Window,
    Policy,
    Title,
    /// All in one: the draft's `RateLimit`.
    Status,
}

/// What stands before or after the key. Of two that begin or end alike, the longer one first.
const AROUND_A_KEY: [(&str, Field); 10] = [
    ("limit", Field::Limit),
    ("remaining", Field::Remaining),
    ("used", Field::Used),
    ("reset-after", Field::ResetAfter),
    ("resetafter", Field::ResetAfter),
    ("reset-time", Field::ResetTime),
    ("resettime", Field::ResetTime),
    ("reset-at", Field::ResetTime),
    ("next", Field::ResetTime),
    ("reset", Field::Reset),
];

/// What stands alone.
const ALONE: [(&str, Field); 6] = [
    ("", Field::Status),
    ("policy", Field::Policy),
    ("window", Field::Window),
    ("name", Field::Title),
    ("bucket", Field::Title),
    ("resource", Field::Title),
];

impl<'h> Name<'h> {
    /// `name` is in lower case, as HTTP libraries hand it over.
    pub(super) fn parse(name: &'h str) -> Option<Self> {
        let (family, rest) = marked(name).or_else(|| priority(name))?;
        let alone = ALONE.iter().find(|(word, _)| *word == rest).map(|&(_, field)| ("", field));
        let (key, field) = alone
            .or_else(|| AROUND_A_KEY.iter().find_map(|&(word, field)| Some((after(rest, word)?, field))))
            .or_else(|| AROUND_A_KEY.iter().find_map(|&(word, field)| Some((before(rest, word)?, field))))?;
        Some(Self { family, key, field })
    }
}

/// The name up to the end of `ratelimit` or `rate-limit`, which all headers on limits have in their names, and what
/// follows. Nearly every header is another one, so it is looked for without the preparations of a search for a string.
fn marked(name: &str) -> Option<(&str, &str)> {
    const LAST: &[u8] = b"limit";
    let end = name.as_bytes().windows(LAST.len()).position(|part| part == LAST)? + LAST.len();
    let (family, rest) = name.split_at(end);
    let before = family.strip_suffix("ratelimit").or_else(|| family.strip_suffix("rate-limit"))?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix('-')? };
    (before.is_empty() || before.ends_with('-')).then_some((family, rest))
}

/// Anthropic's Priority Tier has headers without the mark: `anthropic-priority-input-tokens-limit`.
fn priority(name: &str) -> Option<(&str, &str)> {
    let (family, rest) = name.split_once('-')?;
    (family == "anthropic" && rest.starts_with("priority-")).then_some((family, rest))
}

fn after<'h>(rest: &'h str, word: &str) -> Option<&'h str> {
    let key = rest.strip_prefix(word)?;
    if key.is_empty() { Some(key) } else { key.strip_prefix('-') }
}

fn before<'h>(rest: &'h str, word: &str) -> Option<&'h str> {
    rest.strip_suffix(word)?.strip_suffix('-')
}

/// What a key says of the time that its limit is for: `minute`, `tokens-day`, `unified-5h`.
pub(super) fn window(key: &str) -> Option<Duration> {
    words(key).find_map(word_window)
}

fn word_window(word: &str) -> Option<Duration> {
    let seconds = match word {
        "second" => 1,
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        "week" => 7 * 24 * 60 * 60,
        _ => return moment::duration(word).filter(|window| !window.is_zero()),
    };
    Some(Duration::from_secs(seconds))
}

/// What a key says of what is counted. Of a word that isn't known nobody can tell.
pub(super) fn unit(key: &str) -> QuotaUnit {
    let has = |known: &[&str]| words(key).any(|word| known.contains(&word));
    if has(&["token", "tokens"]) {
        QuotaUnit::Tokens
    } else if has(&["bytes"]) {
        QuotaUnit::Bytes
    } else if has(&["request", "requests", "req", "calls"])
        || words(key).all(|word| word_window(word).is_some())
    {
        QuotaUnit::Requests
    } else {
        QuotaUnit::Other
    }
}

fn words(key: &str) -> impl Iterator<Item = &str> {
    key.split(['-', '_']).filter(|word| !word.is_empty())
}
