//! The options that a configuration may name: one table for all of its forms.

use super::words::{Written, listed, nearest};
use crate::policy::Ends;

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Wait,
    Base,
    Factor,
    MaxValue,
    Interval,
    InitialValue,
    DecayFactor,
    MinValue,
    Jitter,
    MaxTries,
    MaxTime,
    AttemptTimeout,
    Timeout,
    BackoffLogLevel,
    GiveupLogLevel,
}

/// What its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Generator,
    /// A number above 0.
    Positive,
    /// A number from 0.
    Number,
    /// A time that is always there.
    Time,
    /// A time that may be absent.
    Bound,
    /// A time above 0 that may be absent.
    Limit,
    /// A time, or several.
    Times,
    Jitter,
    Tries,
    Level,
}

struct Option {
    key: Key,
    name: &'static str,
    kind: Kind,
    /// The generators that have it; of all, if there are none.
    generators: &'static [&'static str],
}

const fn option(key: Key, name: &'static str, kind: Kind, generators: &'static [&'static str]) -> Option {
    Option { key, name, kind, generators }
}

const OPTIONS: [Option; 15] = [
    option(Key::Wait, "wait", Kind::Generator, &[]),
    option(Key::Base, "base", Kind::Positive, &["expo"]),
    option(Key::Factor, "factor", Kind::Number, &["expo"]),
    option(Key::MaxValue, "max_value", Kind::Bound, &["expo", "fibo"]),
    option(Key::Interval, "interval", Kind::Times, &["constant"]),
    option(Key::InitialValue, "initial_value", Kind::Time, &["decay"]),
    option(Key::DecayFactor, "decay_factor", Kind::Number, &["decay"]),
    option(Key::MinValue, "min_value", Kind::Bound, &["decay"]),
    option(Key::Jitter, "jitter", Kind::Jitter, &[]),
    option(Key::MaxTries, "max_tries", Kind::Tries, &[]),
    option(Key::MaxTime, "max_time", Kind::Bound, &[]),
    option(Key::AttemptTimeout, "attempt_timeout", Kind::Limit, &[]),
    option(Key::Timeout, "timeout", Kind::Limit, &[]),
    option(Key::BackoffLogLevel, "backoff_log_level", Kind::Level, &[]),
    option(Key::GiveupLogLevel, "giveup_log_level", Kind::Level, &[]),
];

/// The names of all options.
pub(super) const NAMES: &[&str] = {
    const ALL: [&str; OPTIONS.len()] = {
        let mut names = [""; OPTIONS.len()];
        let mut at = 0;
        while at < OPTIONS.len() {
            names[at] = OPTIONS[at].name;
            at += 1;
        }
        names
    };
    &ALL
};

/// Those that only a policy of timed calls has.
const TIMED: [&str; 2] = ["attempt_timeout", "timeout"];

impl Key {
    /// The option of this name.
    ///
    /// # Errors
    /// What to write, if there is none, or none in such a policy.
    pub(super) fn named<E: Ends>(name: &str, written: Written<'_>) -> Result<Self, String> {
        match OPTIONS.iter().find(|option| option.name == name) {
            Some(option) if TIMED.contains(&name) && !E::IS_TIMED => Err(format!(
                "{} ends attempts that are under way; read a `Policy<Timed>`, or remove it",
                written.name(option.name)
            )),
            Some(option) => Ok(option.key),
            None => Err(unknown::<E>(name, written)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        self.option().name
    }

    pub(super) fn kind(self) -> Kind {
        self.option().kind
    }

    /// The generators that have it; of all, if there are none.
    pub(super) fn generators(self) -> &'static [&'static str] {
        self.option().generators
    }

    fn option(self) -> &'static Option {
        static ALL: [Option; OPTIONS.len()] = OPTIONS;
        // They stand in the order of their keys, which a test sees to.
        &ALL[self as usize]
    }
}

/// What to write instead of what is no option.
fn unknown<E: Ends>(name: &str, written: Written<'_>) -> String {
    let what = written.unknown(name);
    if let "budget" | "pacer" | "logger" = name {
        return format!("{what}; it is set by the program, by the method `{name}` of the policy");
    }
    let known = || NAMES.iter().copied().filter(|name| E::IS_TIMED || !TIMED.contains(name));
    match nearest(name, known()) {
        Some(near) => format!("{what}; did you mean {}?", written.name(near)),
        None => format!("{what}; known are {}", listed(known().map(|name| written.name(name)), "and")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_stands_at_its_key() {
        for (at, option) in OPTIONS.iter().enumerate() {
            assert_eq!(option.key as usize, at, "{}", option.name);
            assert_eq!(option.key.name(), option.name);
        }
        assert_eq!(NAMES.len(), OPTIONS.len());
    }
}
