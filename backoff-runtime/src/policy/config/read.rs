//! Policies from whatever `serde` reads.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::keys::{Key, NAMES};
use super::settings::Settings;
use super::values::{Place, Setting, Value};
use super::words::Written;
use crate::jitter::AnyJitter;
use crate::policy::{Ends, Policy};

/// By the names of the attributes' options; see the [guide](crate::guide::configuration).
///
/// ```
/// use backoff_runtime::{Policy, Timed};
///
/// #[derive(serde::Deserialize)]
/// struct Config {
///     api: Policy,
///     sms: Policy<Timed>,
/// }
///
/// let config: Config = toml::from_str(
///     r#"
///     [api]
///     max_tries = 5
///     max_time = "5m"
///
///     [sms]
///     wait = "fibo"
///     max_value = 30
///     attempt_timeout = "2s"
///     "#,
/// )?;
/// # let _ = (config.api, config.sms);
/// # Ok::<(), toml::de::Error>(())
/// ```
///
/// What is not there has the default of [`Policy::expo`]. The format has to say the types of its values, as TOML, JSON and
/// YAML do.
impl<'de, E: Ends> Deserialize<'de> for Policy<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Policy::expo().ending::<E>().overridden_by(deserializer)
    }
}

impl<E: Ends> Policy<E> {
    /// This policy, with what is read in place of its own options.
    ///
    /// ```
    /// use backoff_runtime::Policy;
    ///
    /// static API: Policy = Policy::expo().max_value("30s").max_tries(5);
    ///
    /// let api = API.overridden_by(toml::Deserializer::parse("max_tries = 8")?)?;
    /// # let _ = api;
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    ///
    /// In a struct:
    ///
    /// ```
    /// # use backoff_runtime::Policy;
    /// # static API: Policy = Policy::expo().max_value("30s").max_tries(5);
    /// #[derive(serde::Deserialize)]
    /// struct Config {
    ///     #[serde(default = "api", deserialize_with = "api_overridden")]
    ///     api: Policy,
    /// }
    ///
    /// fn api() -> Policy {
    ///     API
    /// }
    ///
    /// fn api_overridden<'de, D: serde::Deserializer<'de>>(api: D) -> Result<Policy, D::Error> {
    ///     API.overridden_by(api)
    /// }
    /// # let config: Config = toml::from_str("api.max_tries = 8").unwrap();
    /// # let _ = config.api;
    /// ```
    ///
    /// Options of the generator that this policy has are overridden one by one; another generator begins with its own
    /// defaults. The pacer, the budget and the logger stay.
    ///
    /// # Errors
    /// If an option is unknown or stands twice, belongs to another generator, or has a value that is none; the error names
    /// the option and what to write.
    pub fn overridden_by<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Policy", NAMES, Over(self))
    }
}

/// By its name: `"full_jitter"`, `"equal_jitter"`, `"random_jitter"`, `"decorrelated_jitter"` or `"none"`.
impl<'de> Deserialize<'de> for AnyJitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match At(Key::Jitter).deserialize(deserializer)? {
            Some(Setting::Jitter(jitter)) => Ok(jitter),
            _ => Ok(Self::default()),
        }
    }
}

/// Reads what stands in place of a policy's options.
struct Over<'p, E>(&'p Policy<E>);

impl<'de, E: Ends> Visitor<'de> for Over<'_, E> {
    type Value = Policy<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the options of a policy, such as `max_tries = 5`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy<E>, A::Error> {
        let mut settings = Settings::default();
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(Named::<E>(PhantomData))? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!("`{}` is there twice; remove one", key.name())));
            }
            seen.push(key);
            if let Some(setting) = map.next_value_seed(At(key))? {
                settings.set(key, setting);
            }
        }
        settings.over(self.0, Written::Keys).map_err(|(_, wrong)| A::Error::custom(wrong))
    }
}

/// Reads the name of an option.
struct Named<E>(PhantomData<fn() -> E>);

impl<'de, E: Ends> DeserializeSeed<'de> for Named<E> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<E: Ends> Visitor<'_> for Named<E> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an option, such as `max_tries`")
    }

    fn visit_str<X: Error>(self, name: &str) -> Result<Key, X> {
        Key::named::<E>(name, Written::Keys).map_err(X::custom)
    }
}

/// Reads the value of an option; null is none.
#[derive(Clone, Copy)]
struct At(Key);

impl At {
    fn place(self) -> Place<'static> {
        Place { key: self.0, written: Written::Keys }
    }

    fn setting<X: Error>(self, value: &Value<'_>) -> Result<Option<Setting>, X> {
        self.place().setting(value).map(Some).map_err(X::custom)
    }
}

impl<'de> DeserializeSeed<'de> for At {
    type Value = Option<Setting>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Setting>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At {
    type Value = Option<Setting>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a value of `{}`, which is a number, a text{}",
            self.0.name(),
            if self.0 == Key::Interval { " or a list" } else { " or nothing" }
        )
    }

    fn visit_bool<X: Error>(self, truth: bool) -> Result<Option<Setting>, X> {
        self.setting(&Value::Truth(truth))
    }

    fn visit_i64<X: Error>(self, number: i64) -> Result<Option<Setting>, X> {
        self.setting(&Value::Whole(number.into()))
    }

    fn visit_u64<X: Error>(self, number: u64) -> Result<Option<Setting>, X> {
        self.setting(&Value::Whole(number.into()))
    }

    fn visit_f64<X: Error>(self, number: f64) -> Result<Option<Setting>, X> {
        self.setting(&Value::Number(number))
    }

    fn visit_str<X: Error>(self, text: &str) -> Result<Option<Setting>, X> {
        self.setting(&Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Setting>, A::Error> {
        let mut items = Vec::new();
        if self.0 == Key::Interval {
            while let Some(item) = list.next_element_seed(Item(self))? {
                items.push(item);
            }
        }
        self.setting(&Value::List(items))
    }

    fn visit_unit<X: Error>(self) -> Result<Option<Setting>, X> {
        Ok(None)
    }

    fn visit_none<X: Error>(self) -> Result<Option<Setting>, X> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Setting>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads an item of a list.
struct Item(At);

impl Item {
    fn time<X: Error>(&self, value: &Value<'_>) -> Result<Duration, X> {
        self.0.place().time(value).map_err(X::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Item {
    type Value = Duration;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Duration, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Item {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seconds or a time with its unit, as an item of `{}`", self.0.0.name())
    }

    fn visit_i64<X: Error>(self, number: i64) -> Result<Duration, X> {
        self.time(&Value::Whole(number.into()))
    }

    fn visit_u64<X: Error>(self, number: u64) -> Result<Duration, X> {
        self.time(&Value::Whole(number.into()))
    }

    fn visit_f64<X: Error>(self, number: f64) -> Result<Duration, X> {
        self.time(&Value::Number(number))
    }

    fn visit_str<X: Error>(self, text: &str) -> Result<Duration, X> {
        self.time(&Value::Text(text))
    }
}
