//! Policies from environment variables.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use super::keys::Key;
use super::settings::Settings;
use super::values::{Place, Value};
use super::words::Written;
use crate::policy::{Ends, Policy};

impl Policy {
    /// A policy from environment variables that begin with `prefix` and an underscore: `SMS_RETRY_MAX_TRIES`,
    /// `SMS_RETRY_MAX_TIME`, ... of the prefix `SMS_RETRY`. What is not set has the default.
    ///
    /// It is [`overridden_by_env`](Self::overridden_by_env) of `Policy::expo()`; see there for what may be written.
    ///
    /// ```
    /// use backoff_runtime::Policy;
    ///
    /// # fn main() -> Result<(), backoff_runtime::EnvError> {
    /// let api = Policy::from_env("API_RETRY")?;
    /// # let _ = api;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`overridden_by_env`](Self::overridden_by_env).
    pub fn from_env(prefix: &str) -> Result<Self, EnvError> {
        Self::expo().overridden_by_env(prefix)
    }
}

impl<E: Ends> Policy<E> {
    /// This policy, with what environment variables say in place of its own options.
    ///
    /// ```
    /// use backoff_runtime::{LivePolicy, Policy};
    ///
    /// static SMS: LivePolicy = LivePolicy::new(Policy::expo().max_value("30s").max_tries(5));
    ///
    /// fn main() -> Result<(), backoff_runtime::EnvError> {
    ///     // SMS_RETRY_MAX_TRIES=8 makes 8 of the 5, and leaves the rest.
    ///     SMS.set(SMS.get().overridden_by_env("SMS_RETRY")?);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A variable is the prefix, an underscore, and an option in capitals. The options are those of a
    /// [configuration](crate::guide::configuration); every value is text here:
    ///
    /// | value | means |
    /// | --- | --- |
    /// | `5`, `0.5` | a number; of a time, seconds |
    /// | `250ms`, `1h30m` | a time with its unit |
    /// | `1,2,5s` | the list of an `interval`; `5,` is a list of one |
    /// | `none` | no limit, no bound, or no jitter |
    /// | nothing, or blanks | the option is not set |
    ///
    /// # Errors
    /// If a variable with this prefix is no option, or has a value that is none; the error names the variable and what to
    /// write. Of values it shows only the one that is wrong, and at most 40 characters of that.
    pub fn overridden_by_env(&self, prefix: &str) -> Result<Self, EnvError> {
        self.overridden_by_variables(prefix, std::env::vars_os())
    }

    fn overridden_by_variables(
        &self,
        prefix: &str,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, EnvError> {
        let prefix = prefix.strip_suffix('_').unwrap_or(prefix);
        let written = Written::Variables(prefix);
        let mut variables: Vec<_> =
            variables.filter_map(|(name, value)| ours(prefix, &name, value)).collect();
        // The environment is in no order; the same mistake is always told first.
        variables.sort();
        let mut settings = Settings::default();
        for (option, value) in variables {
            let variable = format!("{prefix}_{option}");
            let wrong = |message| EnvError { variable, message };
            let key = match Key::named::<E>(&option.to_ascii_lowercase(), written) {
                Ok(key) if option == key.name().to_ascii_uppercase() => key,
                Ok(key) => {
                    let unknown = format!("unknown variable `{prefix}_{option}`");
                    return Err(wrong(format!("{unknown}; did you mean {}?", written.name(key.name()))));
                }
                Err(message) => return Err(wrong(message)),
            };
            let place = Place { key, written };
            let Some(text) = value.to_str() else {
                return Err(wrong(format!(
                    "{} is not Unicode text; write {}",
                    place.name(),
                    "plain letters and digits"
                )));
            };
            match read(place, text.trim()).map(|value| value.map(|value| place.setting(&value)).transpose()) {
                Ok(Ok(Some(setting))) => settings.set(key, setting),
                Ok(Ok(None)) => {}
                Ok(Err(message)) | Err(message) => return Err(wrong(message)),
            }
        }
        settings
            .over(self, written)
            .map_err(|(key, message)| EnvError { variable: written.bare_name(key.name()), message })
    }
}

/// The option that a variable names, in capitals, and its value; if it is one of ours.
fn ours(prefix: &str, name: &OsString, value: OsString) -> Option<(String, OsString)> {
    let option = name.to_str()?.strip_prefix(prefix)?.strip_prefix('_')?;
    Some((option.to_owned(), value))
}

/// The value that a text means; none if it is empty.
fn read<'t>(place: Place<'_>, text: &'t str) -> Result<Option<Value<'t>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if place.key != Key::Interval || !text.contains(',') {
        return Ok(Some(scalar(text)));
    }
    let items = text.strip_suffix(',').unwrap_or(text).split(',').map(|item| match item.trim() {
        "" => Err(format!("{} has an empty item; write a time between two commas", place.name())),
        item => place.time(&scalar(item)),
    });
    Ok(Some(Value::List(items.collect::<Result<Vec<Duration>, _>>()?)))
}

fn scalar(text: &str) -> Value<'_> {
    let whole = text.parse::<i128>().map(Value::Whole);
    whole.or_else(|_| text.parse().map(Value::Number)).unwrap_or(Value::Text(text))
}

/// Why environment variables make no policy; of [`Policy::from_env`].
///
/// As text it says what is wrong and what to write:
///
/// ```text
/// unknown variable `SMS_RETRY_MAX_TIRES`; did you mean `SMS_RETRY_MAX_TRIES`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvError {
    variable: String,
    message: String,
}

impl EnvError {
    /// The variable that is wrong.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for EnvError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jitter::AnyJitter;
    use crate::policy::Timed;
    use proptest::prelude::*;

    fn read<E: Ends>(policy: &Policy<E>, variables: &[(&str, &str)]) -> Result<Policy<E>, EnvError> {
        let variables = variables.iter().map(|&(name, value)| (name.into(), value.into()));
        policy.overridden_by_variables("SMS_RETRY", variables)
    }

    fn shown<E: fmt::Debug>(policy: &Policy<E>) -> String {
        format!("{policy:?}")
    }

    #[test]
    fn variables_stand_in_place_of_the_options_of_a_policy() {
        const SMS: Policy<Timed> = Policy::expo().max_value("30s").max_tries(5).attempt_timeout("2s");
        let read = |variables: &[(&str, &str)]| shown(&read(&SMS, variables).unwrap());
        assert_eq!(read(&[]), shown(&SMS));
        assert_eq!(
            read(&[
                ("SMS_RETRY_MAX_TRIES", " 8 "),
                ("SMS_RETRY_FACTOR", "0.5"),
                ("SMS_RETRY_MAX_TIME", "1h30m")
            ]),
            shown(&SMS.max_tries(8).factor(0.5).max_time("90m"))
        );
        assert_eq!(
            read(&[
                ("SMS_RETRY_ATTEMPT_TIMEOUT", "0.25"),
                ("SMS_RETRY_TIMEOUT", "60"),
                ("SMS_RETRY_JITTER", "none")
            ]),
            shown(&SMS.attempt_timeout("250ms").timeout("1m").jitter(AnyJitter::None))
        );
        let mut unlimited = SMS;
        unlimited.set_max_tries(None::<u32>);
        unlimited.set_attempt_timeout(None::<u32>);
        assert_eq!(
            read(&[("SMS_RETRY_MAX_TRIES", "none"), ("SMS_RETRY_ATTEMPT_TIMEOUT", "none")]),
            shown(&unlimited)
        );
    }

    #[test]
    fn what_is_empty_or_begins_otherwise_is_not_set() {
        const SMS: Policy = Policy::fibo();
        for name in
            ["SMS_RETRY_MAX_TRIES", "SMS_RETRY", "SMS_RETRYMAX_TIRES", "MAX_TRIES", "OTHER", "sms_retry_x"]
        {
            assert_eq!(shown(&read(&SMS, &[(name, " ")]).unwrap()), shown(&SMS), "{name}");
        }
    }

    #[test]
    fn a_list_is_separated_by_commas() {
        const SMS: Policy = Policy::constant("1s");
        let waits = |list: &str| {
            let policy = read(&SMS, &[("SMS_RETRY_INTERVAL", list)]).unwrap();
            (0..4).map_while(|n| policy.waits.at(n)).map(|wait| wait.as_secs_f64()).collect::<Vec<_>>()
        };
        assert_eq!(waits("1, 0.5,250ms"), [1.0, 0.5, 0.25]);
        assert_eq!(waits("5,"), [5.0]);
        assert_eq!(waits("5"), [5.0; 4]);
    }

    #[test]
    fn a_prefix_may_end_in_its_underscore() {
        let variables = || [("A_MAX_TRIES".into(), "2".into())].into_iter();
        let [with, without] =
            ["A_", "A"].map(|prefix| Policy::expo().overridden_by_variables(prefix, variables()));
        assert_eq!(shown(&with.unwrap()), shown(&without.unwrap()));
    }

    #[test]
    fn what_is_wrong_in_a_variable_says_what_to_write() {
        let long = "x".repeat(100);
        for (option, value, expected) in [
            ("MAX_TIRES", "5", "unknown variable `SMS_RETRY_MAX_TIRES`; did you mean `SMS_RETRY_MAX_TRIES`?"),
            ("max_tries", "5", "unknown variable `SMS_RETRY_max_tries`; did you mean `SMS_RETRY_MAX_TRIES`?"),
            (
                "TIMEOUT",
                "5",
                "`SMS_RETRY_TIMEOUT` ends attempts that are under way; read a `Policy<Timed>`, or remove it",
            ),
            ("MAX_TRIES", "0", "`SMS_RETRY_MAX_TRIES` counts the first attempt, so it must be at least 1"),
            (
                "MAX_TRIES",
                "many",
                "`SMS_RETRY_MAX_TRIES` cannot be `many`; write a whole number from 1, such as `5`",
            ),
            ("MAX_TIME", "-1", "`SMS_RETRY_MAX_TIME` cannot be negative; write it without a sign"),
            (
                "MAX_TIME",
                "inf",
                "`SMS_RETRY_MAX_TIME` cannot be NaN or infinite; write a finite number of seconds, or remove it for no limit",
            ),
            (
                "MAX_TIME",
                "soon",
                "`SMS_RETRY_MAX_TIME` cannot be `soon`; write seconds as a number, or a time with its unit, such as `250ms`",
            ),
            (
                "MAX_TIME",
                "5 parsecs",
                "`SMS_RETRY_MAX_TIME` is `5 parsecs`, where a number has no unit that is known; write `ns`, `us`, `ms`, `s`, `m`, `h` or `d` behind each, such as `250ms`",
            ),
            (
                "MAX_TIME",
                "99999999999999999999",
                "`SMS_RETRY_MAX_TIME` is too long for a time; write a shorter one",
            ),
            (
                "MAX_TIME",
                "1,2",
                "`SMS_RETRY_MAX_TIME` is `1,2`, where a number has no unit that is known; write `ns`, `us`, `ms`, `s`, `m`, `h` or `d` behind each, such as `250ms`",
            ),
            (
                "WAIT",
                "exponential",
                "`SMS_RETRY_WAIT` is the unknown generator `exponential`; did you mean `expo`?",
            ),
            (
                "WAIT",
                &*long,
                "`SMS_RETRY_WAIT` is the unknown generator `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...`; write `expo`, `fibo`, `constant` or `decay`",
            ),
            (
                "JITTER",
                "1",
                "`SMS_RETRY_JITTER` cannot be `1`; write `full_jitter`, `equal_jitter`, `random_jitter`, `decorrelated_jitter` or `none`",
            ),
            (
                "BASE",
                "0",
                "`SMS_RETRY_BASE` must be greater than 0 and finite; write a positive number, such as `2`",
            ),
            ("INTERVAL", "1,,2", "`SMS_RETRY_INTERVAL` has an empty item; write a time between two commas"),
            ("INTERVAL", ",", "`SMS_RETRY_INTERVAL` has an empty item; write a time between two commas"),
            (
                "INTERVAL",
                "5",
                "`SMS_RETRY_INTERVAL` belongs to `constant`, and the policy waits by `expo`; write `SMS_RETRY_WAIT=constant` beside it, or remove it",
            ),
            (
                "GIVEUP_LOG_LEVEL",
                "warning",
                "`SMS_RETRY_GIVEUP_LOG_LEVEL` is the unknown level `warning`; did you mean `warn`?",
            ),
        ] {
            let variable = format!("SMS_RETRY_{option}");
            let error = read(&Policy::expo(), &[(&variable, value)]).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.variable()), (expected, &*variable));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStringExt as _;

        let variables = [("A_MAX_TRIES".into(), OsString::from_vec(vec![0xff]))].into_iter();
        let error = Policy::expo().overridden_by_variables("A", variables).unwrap_err();
        assert_eq!(error.to_string(), "`A_MAX_TRIES` is not Unicode text; write plain letters and digits");
    }

    proptest! {
        #[test]
        fn no_variable_makes_it_panic(
            option in prop::sample::select(super::super::keys::NAMES.to_vec()),
            value in ".{0,30}",
            number in any::<f64>(),
            prefix in ".{0,6}",
        ) {
            let policy = Policy::expo().timeout("1m");
            for value in [value, number.to_string()] {
                let name = format!("{prefix}_{}", option.to_uppercase());
                let _ = policy.overridden_by_variables(&prefix, [(name.into(), value.into())].into_iter());
            }
        }
    }
}
