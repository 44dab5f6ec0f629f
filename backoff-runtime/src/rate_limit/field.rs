//! The values of headers: lists of items with parameters, as [RFC 9651] has them, but taken as leniently as they are
//! sent.
//!
//! [RFC 9651]: https://www.rfc-editor.org/rfc/rfc9651

/// More than this no server tells; the rest is not read, so that no header costs more than its length.
pub(super) const MOST: usize = 32;

/// A member of a list: `10;w=1`, `"burst";q=100;w=60`.
#[derive(Clone, Copy)]
pub(super) struct Item<'h>(&'h str);

/// The members of a list.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item<'_>> {
    parts(text, &[',']).filter(|part| !part.is_empty()).take(MOST).map(Item)
}

/// The value of a key, whether it is the key of a dictionary (`limit=10, reset=5`) or of a parameter.
pub(super) fn pair<'h>(text: &'h str, key: &str) -> Option<&'h str> {
    parts(text, &[',', ';']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.trim_end() == key).then(|| value.trim_start())
    })
}

impl<'h> Item<'h> {
    /// The item without its parameters.
    pub(super) fn bare(self) -> &'h str {
        parts(self.0, &[';']).next().unwrap_or_default()
    }

    /// Whether it is a member of a dictionary (`limit=10`).
    pub(super) fn is_pair(self) -> bool {
        let bare = self.bare();
        !bare.starts_with(['"', ':']) && bare.contains('=')
    }

    /// Of a member of a dictionary (`limit=10;w=1`), its value and its parameters alike.
    pub(super) fn parameter(self, key: &str) -> Option<&'h str> {
        pair(self.0, key)
    }

    pub(super) fn count(self) -> Option<u64> {
        count(self.bare())
    }

    /// The item as a name: a string or a token.
    pub(super) fn name(self) -> Option<String> {
        let bare = self.bare();
        (!bare.is_empty() && self.count().is_none()).then(|| string(bare))
    }
}

/// `"burst"` or `burst`.
pub(super) fn string(bare: &str) -> String {
    let Some(inner) = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return bare.to_owned();
    };
    let mut escaped = false;
    // A backslash stands before what is meant as it is; two of them are one.
    let meant = |letter: &char| {
        escaped = *letter == '\\' && !escaped;
        !escaped
    };
    inner.chars().filter(meant).collect()
}

/// How many: whole, or with a decimal point (then what is whole of it). More than there can be is the most there can be;
/// what is below zero says nothing, for servers mean different things by it.
pub(super) fn count(text: &str) -> Option<u64> {
    crate::retry_after::seconds(text).map(|number| number.as_secs())
}

/// The parts between separators that stand outside of strings, without the spaces around them.
fn parts<'h>(text: &'h str, separators: &'static [char]) -> impl Iterator<Item = &'h str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        let inside = quoted;
        match letter {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => quoted = !inside,
            _ => {}
        }
        !inside && separators.contains(&letter)
    })
    .map(str::trim)
}
