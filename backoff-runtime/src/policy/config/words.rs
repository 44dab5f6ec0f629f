//! How options and values are named in errors, and what was meant by one that there isn't.

use std::fmt::{self, Write as _};

/// Where options are written, which decides how they are named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written<'p> {
    /// As keys, with values of different types.
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "`serde` reads keys"))]
    Keys,
    /// As variables of the environment that begin so, whose values are text.
    Variables(&'p str),
}

impl Written<'_> {
    /// The name of an option.
    pub(super) fn name(self, option: &str) -> String {
        format!("`{}`", self.bare_name(option))
    }

    pub(super) fn bare_name(self, option: &str) -> String {
        match self {
            Self::Keys => option.to_owned(),
            Self::Variables(prefix) => format!("{prefix}_{}", option.to_ascii_uppercase()),
        }
    }

    /// That there is no such option.
    pub(super) fn unknown(self, option: &str) -> String {
        match self {
            Self::Keys => format!("unknown option `{}`", Short(option)),
            Self::Variables(prefix) => {
                format!("unknown variable `{prefix}_{}`", Short(&option.to_ascii_uppercase()))
            }
        }
    }

    /// An option with a value that is text.
    pub(super) fn setting(self, option: &str, value: &str) -> String {
        match self {
            Self::Keys => format!("`{option} = \"{value}\"`"),
            Self::Variables(_) => format!("`{}={value}`", self.bare_name(option)),
        }
    }

    /// A value that is text.
    pub(super) fn text(self, value: &str) -> String {
        match self {
            Self::Keys => format!("`\"{value}\"`"),
            Self::Variables(_) => format!("`{value}`"),
        }
    }

    /// Whether all values are text, so that a number is one, too.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Variables(_))
    }
}

/// So many characters of what was written are shown.
const SHOWN: usize = 40;

/// What was written, cut, and without characters that mislead.
pub(super) struct Short<'a>(pub(super) &'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(SHOWN) {
            if character == '"' || character == '\'' {
                f.write_char(character)?;
            } else {
                write!(f, "{}", character.escape_debug())?;
            }
        }
        f.write_str(if characters.next().is_some() { "..." } else { "" })
    }
}

/// `a`, `b` and `c`.
pub(super) fn listed(names: impl IntoIterator<Item = String>, last: &str) -> String {
    let mut names: Vec<_> = names.into_iter().collect();
    match names.pop() {
        Some(name) if names.is_empty() => name,
        Some(name) => format!("{} {last} {name}", names.join(", ")),
        None => String::new(),
    }
}

/// The one that was meant, if one is near.
pub(super) fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if written.len() > SHOWN {
        return None;
    }
    let written = written.to_lowercase().replace('-', "_");
    let meant = |name: &str| {
        let (short, long) = if name.len() < written.len() { (name, &*written) } else { (&*written, name) };
        // `full` is `full_jitter`, and `exponential` is `expo`.
        if short.len() >= 4 && long.starts_with(short) { 0 } else { distance(&written, name) }
    };
    let near = known.into_iter().map(|name| (meant(name), name)).min()?;
    (near.0 <= (near.1.len() / 3).max(1)).then_some(near.1)
}

/// How many characters have to be added, removed, replaced or exchanged with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    // Rows of a table: of the part of `a` that is one character shorter, and of the one that is two.
    let mut above: Vec<_> = (0..=b.len()).collect();
    let mut above_that: Vec<usize> = Vec::new();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(above_that[j - 2] + 1);
            }
            row.push(least);
        }
        above_that = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_near_was_meant() {
        let names =
            ["max_tries", "max_time", "max_value", "min_value", "full_jitter", "expo", "fibo", "none"];
        for (written, meant) in [
            ("max_tires", Some("max_tries")),
            ("maxTries", Some("max_tries")),
            ("max-tries", Some("max_tries")),
            ("MAX_TIME", Some("max_time")),
            ("full", Some("full_jitter")),
            ("exponential", Some("expo")),
            ("fib", Some("fibo")),
            ("retries", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }

    #[test]
    fn what_is_shown_is_cut_and_escaped() {
        assert_eq!(Short("a\n\u{202e}\"b").to_string(), "a\\n\\u{202e}\"b");
        assert_eq!(Short(&"x".repeat(99)).to_string(), format!("{}...", "x".repeat(40)));
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(written in ".{0,60}") {
            let _ = (nearest(&written, ["max_tries", "é"]), Short(&written).to_string());
        }
    }
}
