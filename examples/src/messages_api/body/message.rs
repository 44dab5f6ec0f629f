//! A text message: `POST /v0.1/messages`.

use axum::http::HeaderMap;

use super::{
    form::{Form, phone_number, require, text},
    json,
};
use crate::messages_api::problem::Problem;

/// The longest text, in characters.
const LONGEST_TEXT: usize = 1000;

/// The longest reference, in characters.
const LONGEST_REFERENCE: usize = 40;

const MESSAGE: Form = Form {
    what: "a text message",
    objects: &[
        ("", &["from", "to", "message", "client_ref"]),
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
    optional: &[("client_ref", |reference| {
        require((1..=LONGEST_REFERENCE).contains(&reference.chars().count()), "must have 1 to 40 characters")
    })],
};

/// A good message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::messages_api) struct Message {
    pub(in crate::messages_api) recipient: String,
    pub(in crate::messages_api) client_ref: Option<String>,
}

/// What a good message is.
pub(in crate::messages_api) fn message(headers: &HeaderMap, sent: &[u8]) -> Result<Message, Problem> {
    let body = json(headers, sent)?;
    MESSAGE.check(&body).map_err(Problem::invalid)?;
    let client_ref = body.get("client_ref").map(|_| text(&body, "client_ref"));
    Ok(Message { recipient: text(&body, "to.number"), client_ref })
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
    fn a_reference_may_be_missing_but_not_wrong() {
        let mut body = message();
        for wrong_reference in [json!(""), json!(7), json!("x".repeat(41))] {
            body["client_ref"] = wrong_reference;
            assert_eq!(wrong(&body), ["client_ref"]);
        }
        body["client_ref"] = json!("x".repeat(40));
        assert!(MESSAGE.check(&body).is_ok());
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
