//! A phone call that says something: `POST /v1/calls`.

use axum::http::HeaderMap;

use super::{
    form::{Form, phone_number, require, text},
    json,
};
use crate::messages_api::problem::Problem;

/// The longest text that is read out, in characters.
const LONGEST_TEXT: usize = 1500;

const PHONE_CALL: Form = Form {
    what: "a call that talks",
    objects: &[
        ("", &["from", "to", "ncco"]),
        ("from", &["type", "number"]),
        ("to.0", &["type", "number"]),
        ("ncco.0", &["action", "text"]),
    ],
    lists: &["to", "ncco"],
    fields: &[
        ("from.type", |kind| require(kind == "phone", "must be `phone`")),
        ("from.number", phone_number),
        ("to.0.type", |kind| require(kind == "phone", "must be `phone`")),
        ("to.0.number", phone_number),
        ("ncco.0.action", |action| require(action == "talk", "must be `talk`")),
        ("ncco.0.text", |text| {
            require((1..=LONGEST_TEXT).contains(&text.chars().count()), "must have 1 to 1500 characters")
        }),
    ],
    optional: &[],
};

/// A call that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCall {
    /// The number that was rung.
    pub to: String,
    /// What was said.
    pub text: String,
}

/// What a good call is.
pub(in crate::messages_api) fn phone_call(headers: &HeaderMap, sent: &[u8]) -> Result<PhoneCall, Problem> {
    let body = json(headers, sent)?;
    PHONE_CALL.check(&body).map_err(Problem::invalid)?;
    Ok(PhoneCall { to: text(&body, "to.0.number"), text: text(&body, "ncco.0.text") })
}
