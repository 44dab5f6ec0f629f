//! The body of a call: every field is checked, and every wrong one is named.

mod form;
mod message;
mod phone_call;

use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use super::problem::Problem;
pub(super) use form::invalid;
pub(super) use message::{Message, message};
pub use phone_call::PhoneCall;
pub(super) use phone_call::phone_call;

/// The JSON that was sent, if it is declared to be some.
fn json(headers: &HeaderMap, sent: &[u8]) -> Result<Value, Problem> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !declared.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
        let detail = "the body must be declared as `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    serde_json::from_slice(sent)
        .map_err(|error| Problem::invalid(vec![invalid("body", format!("is not JSON: {error}"))]))
}
