//! All options that a configuration sets, and what they make of a policy.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::keys::Key;
use super::values::Setting;
use super::words::{Written, listed};
use crate::policy::Policy;
use crate::wait::AnyWait;

/// The options that are set, each once.
#[derive(Debug, Default)]
pub(super) struct Settings(Vec<(Key, Setting)>);

impl Settings {
    pub(super) fn set(&mut self, key: Key, setting: Setting) {
        self.0.push((key, setting));
    }

    /// The policy with these options in place of its own. An option of the generator that it has leaves the others of the
    /// generator as they are; another generator begins with its defaults.
    ///
    /// # Errors
    /// The option that does not fit, and what to write.
    pub(super) fn over<E>(
        self,
        policy: &Policy<E>,
        written: Written<'_>,
    ) -> Result<Policy<E>, (Key, String)> {
        let mut changed = *policy;
        let named = self.0.iter().find_map(|(_, setting)| match setting {
            Setting::Generator(name) => Some(*name),
            _ => None,
        });
        if let Some(name) = named
            && name != changed.waits.name()
        {
            changed.waits = generator(name);
        }
        for (key, setting) in self.0 {
            if !changed.set(key, setting) {
                return Err((key, belongs(key, named, changed.waits.name(), written)));
            }
        }
        Ok(changed)
    }
}

fn generator(name: &str) -> AnyWait {
    match name {
        "fibo" => AnyWait::fibo(),
        "constant" => AnyWait::constant(Duration::from_secs(1)),
        "decay" => AnyWait::decay(),
        _ => AnyWait::expo(),
    }
}

/// That an option is another generator's.
fn belongs(key: Key, named: Option<&str>, generator: &str, written: Written<'_>) -> String {
    let (name, owners) = (written.name(key.name()), key.generators());
    let of = listed(owners.iter().map(|owner| format!("`{owner}`")), "and");
    let instead = listed(owners.iter().map(|owner| written.setting("wait", owner)), "or");
    match named {
        Some(_) => format!("{name} belongs to {of}; write {instead}, or remove it"),
        None if generator == "function" => {
            format!(
                "{name} belongs to {of}, and the policy has a function of its own; write {instead} beside it, or remove it"
            )
        }
        None => format!(
            "{name} belongs to {of}, and the policy waits by `{generator}`; write {instead} beside it, or remove it"
        ),
    }
}

impl<E> Policy<E> {
    /// Sets an option; false if the generator has no such option.
    fn set(&mut self, key: Key, setting: Setting) -> bool {
        let waits = &mut self.waits;
        match (key, setting) {
            (Key::Base, Setting::Number(base)) => return waits.base(base),
            (Key::Factor, Setting::Number(factor)) => return waits.factor(factor),
            (Key::MaxValue, Setting::Time(bound)) => return waits.max_value(bound.unwrap_or(Duration::MAX)),
            (Key::InitialValue, Setting::Time(Some(first))) => {
                return waits.initial_value(first.as_secs_f64());
            }
            (Key::DecayFactor, Setting::Number(factor)) => return waits.decay_factor(factor),
            (Key::MinValue, Setting::Time(bound)) => return waits.min_value(bound.unwrap_or_default()),
            (Key::Interval, _) if waits.name() != "constant" => return false,
            (Key::Interval, Setting::Time(Some(wait))) => *waits = AnyWait::constant(wait),
            (Key::Interval, Setting::Times(list)) => *waits = AnyWait::sequence(kept(list)),
            (_, Setting::Jitter(jitter)) => self.jitter = jitter,
            (_, Setting::Tries(tries)) => self.max_tries = tries.unwrap_or(u32::MAX),
            (Key::MaxTime, Setting::Time(limit)) => self.max_time = limit,
            (Key::AttemptTimeout, Setting::Time(limit)) => self.attempt_timeout = limit,
            (Key::Timeout, Setting::Time(limit)) => self.timeout = limit,
            (Key::BackoffLogLevel, Setting::Level(level)) => self.logger = self.logger.backoff(level),
            (Key::GiveupLogLevel, Setting::Level(level)) => self.logger = self.logger.giveup(level),
            (_, Setting::Generator(_)) => {}
            (key, setting) => unreachable!("`{}` is never {setting:?}", key.name()),
        }
        true
    }
}

/// The list as a policy can hold it: for as long as the program runs. One that was read before is not kept again, so that
/// a configuration can be read as often as one likes.
fn kept(list: Vec<Duration>) -> &'static [Duration] {
    static KEPT: Mutex<BTreeSet<&'static [Duration]>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = all.get(&*list) {
        return same;
    }
    let list: &'static [Duration] = Vec::leak(list);
    all.insert(list);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_read_again_is_kept_once() {
        let list = || vec![Duration::from_secs(1), Duration::from_secs(7)];
        assert!(std::ptr::eq(kept(list()), kept(list())));
        assert_eq!(kept(list()), list());
    }
}
