//! The body of a message: every field is checked, and every wrong one is named.

use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use super::problem::{InvalidField, Problem};
use crate::recipients::is_number;

/// The longest text, in characters.
pub(super) const LONGEST_TEXT: usize = 1000;

/// The number a good message goes to.
pub(super) fn recipient(headers: &HeaderMap, sent: &[u8]) -> Result<String, Problem> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !declared.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
        let detail = "the body must be declared as `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body: Value = serde_json::from_slice(sent)
        .map_err(|error| Problem::invalid(vec![invalid("body", format!("is not JSON: {error}"))]))?;
    check(&body).map_err(Problem::invalid)
}

fn check(body: &Value) -> Result<String, Vec<InvalidField>> {
    let mut wrong = Vec::new();
    for (object, fields) in [
        ("", &["from", "to", "message"][..]),
        ("from", &["type", "number"]),
        ("to", &["type", "number"]),
        ("message", &["content"]),
        ("message.content", &["type", "text"]),
    ] {
        only(body, object, fields, &mut wrong);
    }
    for (field, rule) in FIELDS {
        let value = at(body, field).map(|value| value.as_str().ok_or("must be a string"));
        if let Err(reason) = value.unwrap_or(Err("is missing")).and_then(rule) {
            wrong.push(invalid(field, reason));
        }
    }
    match at(body, "to.number").and_then(Value::as_str) {
        Some(number) if wrong.is_empty() => Ok(number.to_owned()),
        _ => Err(wrong),
    }
}

type Rule = fn(&str) -> Result<(), &'static str>;

const FIELDS: [(&str, Rule); 6] = [
    ("from.type", |kind| require(kind == "sms", "must be `sms`")),
    ("from.number", |number| {
        require(is_number(number), "must be 7 to 15 digits with the country code first")
    }),
    ("to.type", |kind| require(kind == "sms", "must be `sms`")),
    ("to.number", |number| require(is_number(number), "must be 7 to 15 digits with the country code first")),
    ("message.content.type", |kind| require(kind == "text", "must be `text`")),
    ("message.content.text", |text| {
        require((1..=LONGEST_TEXT).contains(&text.chars().count()), "must have 1 to 1000 characters")
    }),
];

fn require(holds: bool, reason: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(reason) }
}

fn only(body: &Value, object: &str, fields: &[&str], wrong: &mut Vec<InvalidField>) {
    let Some(Value::Object(found)) = at(body, object) else { return };
    for name in found.keys().filter(|name| !fields.contains(&name.as_str())) {
        let path = if object.is_empty() { name.clone() } else { format!("{object}.{name}") };
        wrong.push(invalid(path, "is not a field of a text message"));
    }
}

fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(body, |value, name| value.get(name))
}

fn invalid(name: impl Into<String>, reason: impl Into<String>) -> InvalidField {
    InvalidField { name: name.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> Value {
        json!({
            "from": { "type": "sms", "number": "12015550123" },
            "to": { "type": "sms", "number": "13055550157" },
            "message": { "content": { "type": "text", "text": "Hello" } },
        })
    }

    fn wrong(body: &Value) -> Vec<String> {
        check(body).unwrap_err().into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn a_good_message_tells_its_recipient() {
        assert_eq!(check(&message()).unwrap(), "13055550157");
    }

    #[test]
    fn each_wrong_field_is_named_at_once() {
        let mut body = message();
        body["from"]["type"] = json!("mms");
        body["to"]["number"] = json!("+1 305");
        body["message"]["content"]["text"] = json!("");
        assert_eq!(wrong(&body), ["from.type", "to.number", "message.content.text"]);
    }

    #[test]
    fn a_missing_object_is_told_by_its_fields() {
        let mut body = message();
        body["from"] = json!("12015550123");
        assert_eq!(wrong(&body), ["from.type", "from.number"]);
        assert_eq!(wrong(&json!([])).len(), 6);
    }

    #[test]
    fn an_unknown_field_is_named() {
        let mut body = message();
        body["message"]["content"]["image"] = json!({});
        assert_eq!(wrong(&body), ["message.content.image"]);
    }

    #[test]
    fn a_text_may_have_a_thousand_characters_of_any_size() {
        let mut body = message();
        body["message"]["content"]["text"] = json!("✨".repeat(LONGEST_TEXT));
        assert!(check(&body).is_ok());
        body["message"]["content"]["text"] = json!("✨".repeat(LONGEST_TEXT + 1));
        assert_eq!(wrong(&body), ["message.content.text"]);
    }
}
