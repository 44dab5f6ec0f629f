//! A text message: `POST /v0.1/messages`.

use axum::http::HeaderMap;

use super::{
    form::{Form, phone_number, require, text},
    json,
};
use crate::messages_api::problem::Problem;

/// The longest text, in characters.
const LONGEST_TEXT: usize = 1000;

const MESSAGE: Form = Form {
    what: "a text message",
    objects: &[
        ("", &["from", "to", "message"]),
        ("from", &["type", "number"]),
        ("to", &["type", "number"]),
        ("message", &["content"]),
        ("message.content", &["type", "text"]),
    ],
    lists: &[],
    fields: &[
        ("from.type", |kind| require(kind == "sms", "must be `sms`")),
        ("from.number", phone_number),
        ("to.type", |kind| require(kind == "sms", "must be `sms`")),
        ("to.number", phone_number),
        ("message.content.type", |kind| require(kind == "text", "must be `text`")),
        ("message.content.text", |text| {
            require((1..=LONGEST_TEXT).contains(&text.chars().count()), "must have 1 to 1000 characters")
        }),
    ],
};

/// The number a good message goes to.
pub(in crate::messages_api) fn recipient(headers: &HeaderMap, sent: &[u8]) -> Result<String, Problem> {
    let body = json(headers, sent)?;
    MESSAGE.check(&body).map_err(Problem::invalid)?;
    Ok(text(&body, "to.number"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message() -> Value {
        json!({
            "from": { "type": "sms", "number": "12015550123" },
            "to": { "type": "sms", "number": "13055550157" },
            "message": { "content": { "type": "text", "text": "Hello" } },
        })
    }

    fn wrong(body: &Value) -> Vec<String> {
        MESSAGE.check(body).unwrap_err().into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn a_good_message_is_taken() {
        assert!(MESSAGE.check(&message()).is_ok());
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
        assert!(MESSAGE.check(&body).is_ok());
        body["message"]["content"]["text"] = json!("✨".repeat(LONGEST_TEXT + 1));
        assert_eq!(wrong(&body), ["message.content.text"]);
    }
}
