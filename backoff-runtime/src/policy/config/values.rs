//! The value of an option, as it was written and as it is meant.

use std::time::Duration;

use super::keys::{Key, Kind};
use super::words::{Short, Written, listed, nearest};
use crate::duration::{NoDuration, parse};
use crate::jitter::AnyJitter;
use crate::log::Level;
use crate::wait::saturating;

/// A value as it was written.
#[derive(Debug)]
pub(super) enum Value<'v> {
    Whole(i128),
    Number(f64),
    Text(&'v str),
    List(Vec<Duration>),
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "a variable has none"))]
    Truth(bool),
}

/// What an option is set to.
#[derive(Debug)]
pub(super) enum Setting {
    Generator(&'static str),
    Number(f64),
    Time(Option<Duration>),
    Times(Vec<Duration>),
    Jitter(AnyJitter),
    Tries(Option<u32>),
    Level(Level),
}

pub(super) const GENERATORS: [&str; 4] = ["expo", "fibo", "constant", "decay"];

const JITTERS: [(&str, AnyJitter); 5] = [
    ("full_jitter", AnyJitter::Full),
    ("equal_jitter", AnyJitter::Equal),
    ("random_jitter", AnyJitter::Random),
    ("decorrelated_jitter", AnyJitter::Decorrelated),
    ("none", AnyJitter::None),
];

const LEVELS: [(&str, Level); 5] = [
    ("trace", Level::Trace),
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("warn", Level::Warn),
    ("error", Level::Error),
];

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub(super) key: Key,
    pub(super) written: Written<'p>,
}

impl Place<'_> {
    /// What the option is set to.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub(super) fn setting(self, value: &Value<'_>) -> Result<Setting, String> {
        Ok(match self.key.kind() {
            Kind::Generator => {
                Setting::Generator(self.one_of("generator", GENERATORS.map(|name| (name, name)), value)?)
            }
            Kind::Positive => Setting::Number(self.positive(value)?),
            Kind::Number => Setting::Number(self.number(value)?),
            Kind::Bound | Kind::Limit if is_none(value) => Setting::Time(None),
            Kind::Time | Kind::Bound => Setting::Time(Some(self.time(value)?)),
            Kind::Limit => Setting::Time(Some(self.limit(value)?)),
            Kind::Times => self.times(value)?,
            Kind::Jitter => Setting::Jitter(self.jitter(value)?),
            Kind::Tries if is_none(value) => Setting::Tries(None),
            Kind::Tries => Setting::Tries(Some(self.tries(value)?)),
            Kind::Level => Setting::Level(self.one_of("level", LEVELS, value)?),
        })
    }

    /// A jitter by its name.
    pub(super) fn jitter(self, value: &Value<'_>) -> Result<AnyJitter, String> {
        self.one_of("jitter", JITTERS, value)
    }

    /// A time: seconds, or text with a unit.
    pub(super) fn time(self, value: &Value<'_>) -> Result<Duration, String> {
        match *value {
            Value::Whole(seconds) if seconds < 0 => Err(self.is_negative()),
            Value::Whole(seconds) => {
                u64::try_from(seconds).map(Duration::from_secs).map_err(|_| self.is_too_long())
            }
            Value::Number(seconds) if seconds < 0.0 => Err(self.is_negative()),
            Value::Number(seconds) if !seconds.is_finite() => Err(self.is_not_finite()),
            Value::Number(seconds) => match Duration::try_from_secs_f64(seconds) {
                Ok(_) => Ok(saturating(seconds)),
                Err(_) => Err(self.is_too_long()),
            },
            Value::Text(text) => parse(text).map_err(|wrong| self.is_no_time(text, wrong)),
            Value::List(_) => Err(format!("{} is one value, and not a list; write one", self.name())),
            Value::Truth(_) => Err(self.is_not(value, &self.a_time())),
        }
    }

    fn times(self, value: &Value<'_>) -> Result<Setting, String> {
        match value {
            Value::List(items) if items.is_empty() => Err(format!(
                "{} has no items, so there would be no retry; write at least one, such as {}",
                self.name(),
                if self.written.is_text() { "`1,2,5`" } else { "`[1, 2, 5]`" }
            )),
            Value::List(items) => Ok(Setting::Times(items.clone())),
            _ => Ok(Setting::Time(Some(self.time(value)?))),
        }
    }

    fn limit(self, value: &Value<'_>) -> Result<Duration, String> {
        match self.time(value)? {
            Duration::ZERO => Err(format!(
                "{} of zero would end each attempt before it begins; write a longer time",
                self.name()
            )),
            limit => Ok(limit),
        }
    }

    fn tries(self, value: &Value<'_>) -> Result<u32, String> {
        match *value {
            Value::Whole(tries) if tries < 1 => {
                Err(format!("{} counts the first attempt, so it must be at least 1", self.name()))
            }
            Value::Whole(tries) => u32::try_from(tries).map_err(|_| {
                format!(
                    "{} is at most {}; write a lower number, or remove it for no limit",
                    self.name(),
                    u32::MAX
                )
            }),
            _ => Err(self.is_not(value, "a whole number from 1, such as `5`")),
        }
    }

    fn positive(self, value: &Value<'_>) -> Result<f64, String> {
        match self.any_number(value)? {
            number if number > 0.0 && number < f64::INFINITY => Ok(number),
            _ => Err(format!(
                "{} must be greater than 0 and finite; write a positive number, such as `2`",
                self.name()
            )),
        }
    }

    fn number(self, value: &Value<'_>) -> Result<f64, String> {
        match self.any_number(value)? {
            number if (0.0..f64::INFINITY).contains(&number) => Ok(number),
            _ => Err(format!(
                "{} cannot be negative, NaN or infinite; write a finite number from 0",
                self.name()
            )),
        }
    }

    fn any_number(self, value: &Value<'_>) -> Result<f64, String> {
        match *value {
            Value::Whole(number) => Ok(number as f64),
            Value::Number(number) => Ok(number),
            _ => Err(self.is_not(value, "a number, such as `2`")),
        }
    }

    /// One of several names.
    fn one_of<T: Copy, const N: usize>(
        self,
        what: &str,
        names: [(&'static str, T); N],
        value: &Value<'_>,
    ) -> Result<T, String> {
        let known = || listed(names.iter().map(|(name, _)| self.written.text(name)), "or");
        let Value::Text(written) = *value else { return Err(self.is_not(value, &known())) };
        if let Some((_, meant)) = names.iter().find(|(name, _)| *name == written) {
            return Ok(*meant);
        }
        let unknown = format!("{} is the unknown {what} {}", self.name(), self.written.text(&shown(written)));
        Err(match nearest(written, names.iter().map(|(name, _)| *name)) {
            Some(near) => format!("{unknown}; did you mean {}?", self.written.text(near)),
            None => format!("{unknown}; write {}", known()),
        })
    }

    pub(super) fn name(self) -> String {
        self.written.name(self.key.name())
    }

    fn a_time(self) -> String {
        format!("seconds as a number, or a time with its unit, such as {}", self.written.text("250ms"))
    }

    fn is_not(self, value: &Value<'_>, expected: &str) -> String {
        let value = match value {
            Value::Whole(number) => format!("`{number}`"),
            Value::Number(number) => format!("`{number}`"),
            Value::Text(text) => self.written.text(&shown(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Truth(truth) => format!("`{truth}`"),
        };
        format!("{} cannot be {value}; write {expected}", self.name())
    }

    fn is_negative(self) -> String {
        format!("{} cannot be negative; write it without a sign", self.name())
    }

    fn is_not_finite(self) -> String {
        let no_limit = match self.key.kind() {
            Kind::Bound | Kind::Limit => ", or remove it for no limit",
            _ => "",
        };
        format!("{} cannot be NaN or infinite; write a finite number of seconds{no_limit}", self.name())
    }

    fn is_too_long(self) -> String {
        format!("{} is too long for a time; write a shorter one", self.name())
    }

    fn is_no_time(self, text: &str, wrong: NoDuration) -> String {
        match wrong {
            NoDuration::Negative => self.is_negative(),
            NoDuration::TooLong => self.is_too_long(),
            NoDuration::Number => self.is_not(&Value::Text(text), &self.a_time()),
            NoDuration::Unit if text.trim().parse::<f64>().is_ok() => format!(
                "{} is the text {} without a unit; write seconds as a number, `{}`, or a unit behind it, {}",
                self.name(),
                self.written.text(&shown(text)),
                shown(text.trim()),
                self.written.text(&format!("{}s", shown(text.trim()))),
            ),
            NoDuration::Unit => format!(
                "{} is {}, where a number has no unit that is known; write `ns`, `us`, `ms`, `s`, `m`, `h` or `d` \
                 behind each, such as {}",
                self.name(),
                self.written.text(&shown(text)),
                self.written.text("250ms"),
            ),
        }
    }
}

/// What stands for a limit that isn't there.
fn is_none(value: &Value<'_>) -> bool {
    matches!(value, Value::Text("none"))
}

fn shown(text: &str) -> String {
    Short(text).to_string()
}
