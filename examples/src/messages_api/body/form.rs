//! What a body must look like, as data.

use serde_json::Value;

use crate::{messages_api::problem::InvalidField, recipients::is_number};

/// What a body must look like. Paths are written with dots, an item of a list by its index: `to.0.number`.
pub(super) struct Form {
    /// What it describes.
    pub(super) what: &'static str,
    /// The fields that each object may have.
    pub(super) objects: &'static [(&'static str, &'static [&'static str])],
    /// Lists, each of exactly one item.
    pub(super) lists: &'static [&'static str],
    /// Strings, and what they must be.
    pub(super) fields: &'static [(&'static str, Rule)],
    /// The same of strings that may be missing.
    pub(super) optional: &'static [(&'static str, Rule)],
}

/// Says what is wrong with a string.
pub(super) type Rule = fn(&str) -> Result<(), &'static str>;

impl Form {
    /// All that is wrong with a body.
    pub(super) fn check(&self, body: &Value) -> Result<(), Vec<InvalidField>> {
        let mut wrong: Vec<_> = self.objects.iter().flat_map(|known| self.unknown(body, *known)).collect();
        for list in self.lists {
            if at(body, list).is_some_and(|list| list.as_array().is_none_or(|items| items.len() != 1)) {
                wrong.push(invalid(*list, "must be a list of one item"));
            }
        }
        let given = self.optional.iter().filter(|(field, _)| at(body, field).is_some());
        for (field, rule) in self.fields.iter().chain(given) {
            let value = at(body, field).map(|value| value.as_str().ok_or("must be a string"));
            if let Err(reason) = value.unwrap_or(Err("is missing")).and_then(rule) {
                wrong.push(invalid(*field, reason));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn unknown(&self, body: &Value, (object, fields): (&str, &[&str])) -> Vec<InvalidField> {
        let Some(Value::Object(found)) = at(body, object) else { return Vec::new() };
        let unknown = found.keys().filter(|name| !fields.contains(&name.as_str()));
        let path = |name: &String| if object.is_empty() { name.clone() } else { format!("{object}.{name}") };
        unknown.map(|name| invalid(path(name), format!("is not a field of {}", self.what))).collect()
    }
}

pub(super) fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(body, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}

/// The string there, of a body that was checked.
pub(super) fn text(body: &Value, path: &str) -> String {
    at(body, path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(in crate::messages_api) fn invalid(name: impl Into<String>, reason: impl Into<String>) -> InvalidField {
    InvalidField { name: name.into(), reason: reason.into() }
}

pub(super) fn require(holds: bool, reason: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(reason) }
}

pub(super) fn phone_number(number: &str) -> Result<(), &'static str> {
    require(is_number(number), "must be 7 to 15 digits with the country code first")
}
