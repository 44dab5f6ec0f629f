//! Policies from configuration.
//!
//! A [`Policy`](crate::Policy) is a value, so it may come from a file or the environment as well as from the program.
//!
//! # What can be written
//! The names are those of the attributes' options:
//!
//! | option | value | of | default |
//! | --- | --- | --- | --- |
//! | `wait` | `"expo"`, `"fibo"`, `"constant"` or `"decay"` | all | `"expo"` |
//! | `base` | a number above 0 | `expo` | 2 |
//! | `factor` | a number from 0 | `expo` | 1 |
//! | `max_value` | a time | `expo`, `fibo` | no bound |
//! | `interval` | a time, or a list of times and then no more attempts | `constant` | 1 s |
//! | `initial_value` | a time | `decay` | 1 s |
//! | `decay_factor` | a number from 0 | `decay` | 1 |
//! | `min_value` | a time | `decay` | none |
//! | `jitter` | `"full_jitter"`, `"equal_jitter"`, `"random_jitter"`, `"decorrelated_jitter"` or `"none"` | all | `"full_jitter"` |
//! | `max_tries` | a whole number from 1 | all | no limit |
//! | `max_time` | a time | all | no limit |
//! | `attempt_timeout`, `timeout` | a time above 0 | all, in a `Policy<Timed>` | no limit |
//! | `backoff_log_level`, `giveup_log_level` | `"trace"`, `"debug"`, `"info"`, `"warn"` or `"error"` | all | `"info"`, `"error"` |
//!
//! A time is a number of seconds (`5`, `0.5`) or a text with units (`"250ms"`, `"1h30m"`). A bound or limit that is
//! `"none"` is taken away, and an option that is null is as one that isn't there.
//!
//! What is wrong is an error that says what to write: an unknown option, one of another generator, one that stands twice,
//! a value out of range. A policy is thus either read whole or not at all.
//!
//! # From TOML
//! With the feature `serde`, a policy is a field like any other:
//!
//! ```
//! # #[cfg(feature = "serde")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use backoff_runtime::{Policy, Timed};
//!
//! #[derive(serde::Deserialize)]
//! struct Config {
//!     host: String,
//!     retry: Policy,
//!     sms: Policy<Timed>,
//! }
//!
//! let config: Config = toml::from_str(
//!     r#"
//!     host = "api.example.com"
//!
//!     [retry]
//!     max_tries = 5
//!     max_time = "5m"
//!
//!     [sms]
//!     wait = "constant"
//!     interval = [0.1, 1, "10s"]
//!     jitter = "equal_jitter"
//!     attempt_timeout = "2s"
//!     "#,
//! )?;
//! let read = config.retry.on_exception().run_blocking(|| std::fs::read_to_string("Cargo.toml"))?;
//! # let _ = (config.host, config.sms, read);
//!
//! let error = toml::from_str::<Policy>("max_tires = 5").unwrap_err();
//! assert_eq!(error.message(), "unknown option `max_tires`; did you mean `max_tries`?");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "serde"))]
//! # fn main() {}
//! ```
//!
//! JSON and YAML are read in the same way, and every other format that says of what type its values are. With
//! `#[serde(flatten)]` the options stand among those of the struct; then `serde` hands over only those that it knows, and a
//! misspelt one is not seen.
//!
//! A pacer and a budget are shared by calls, so the program names them: `config.retry.budget(&BUDGET)`,
//! `config.retry.pacer(&LIMIT)`.
//!
//! # Defaults of one's own
//! A file need not say everything. [`overridden_by`](crate::Policy::overridden_by) takes what is read in place of a
//! policy's own options, and leaves the rest:
//!
//! ```
//! # #[cfg(feature = "serde")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use backoff_runtime::Policy;
//!
//! static API: Policy = Policy::expo().max_value("30s").max_tries(5).max_time("5m");
//!
//! let file = r#"{ "max_tries": 8 }"#;
//! let api = API.overridden_by(&mut serde_json::Deserializer::from_str(file))?;
//! # let _ = api;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "serde"))]
//! # fn main() {}
//! ```
//!
//! Options of the generator that the policy has are overridden one by one. A file that names another generator begins with
//! that generator's defaults.
//!
//! # From the environment
//! Without any feature, [`overridden_by_env`](crate::Policy::overridden_by_env) reads variables, and
//! [`Policy::from_env`](crate::Policy::from_env) does so without a policy before it:
//!
//! ```sh
//! SMS_RETRY_WAIT=constant SMS_RETRY_INTERVAL=0.1,1,10s SMS_RETRY_MAX_TIME=5m
//! ```
//!
//! ```
//! use backoff_runtime::{EnvError, Policy};
//!
//! static SMS: Policy = Policy::expo().max_tries(5);
//!
//! fn main() -> Result<(), EnvError> {
//!     let sms = SMS.overridden_by_env("SMS_RETRY")?;
//! #   let _ = sms;
//!     Ok(())
//! }
//! ```
//!
//! A variable with the prefix that is no option is refused, so take a prefix that no other variable begins with.
//!
//! # Read again while the program runs
//! A [`LivePolicy`](crate::LivePolicy) is replaced for the calls that begin from then on; those under way keep what they
//! began with. What is wrong in the new file leaves the policy as it was:
//!
//! ```
//! # #[cfg(feature = "serde")]
//! # fn main() {
//! use backoff_runtime::{LivePolicy, Policy, Retryable};
//!
//! const DEFAULTS: Policy = Policy::expo().max_value("30s").max_tries(5);
//!
//! static API: LivePolicy = LivePolicy::new(DEFAULTS);
//!
//! /// Called when the file has changed.
//! fn reload(file: &str) -> Result<(), toml::de::Error> {
//!     API.set(DEFAULTS.overridden_by(toml::Deserializer::parse(file)?)?);
//!     Ok(())
//! }
//!
//! reload("max_tries = 8").unwrap();
//! assert!(reload("max_tries = 0").is_err(), "it stays at 8");
//! let settings = (|| std::fs::read_to_string("Cargo.toml")).retry_blocking(&API);
//! # settings.unwrap();
//! # }
//! # #[cfg(not(feature = "serde"))]
//! # fn main() {}
//! ```
//!
//! To read the same file again costs no memory. Each list of an `interval` that was not read before is kept for as long as
//! the program runs.
//!
//! # Off switch
//! [`program::disable_retries`](crate::program::disable_retries) turns all retries of the program off, whatever the
//! policies say, until [`enable_retries`](crate::program::enable_retries). A configuration may have a key for it:
//!
//! ```
//! use backoff_runtime::program;
//!
//! # let is_retrying = true;
//! if is_retrying { program::enable_retries() } else { program::disable_retries() }
//! ```
