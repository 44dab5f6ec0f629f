//! Refusals, in the form of RFC 9457.

use axum::{
    Json,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A field that is not as it must be.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct InvalidField {
    pub(super) name: String,
    pub(super) reason: String,
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    detail: String,
    invalid: Vec<InvalidField>,
    /// In a box: refusals are returned through many hands.
    headers: Box<HeaderMap>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    invalid_parameters: &'a [InvalidField],
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), invalid: Vec::new(), headers: Box::default() }
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    pub(super) fn invalid(fields: Vec<InvalidField>) -> Self {
        let listed: Vec<_> =
            fields.iter().map(|field| format!("`{}` {}", field.name, field.reason)).collect();
        Self { invalid: fields, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, listed.join("; ")) }
    }

    pub(super) fn too_many(headers: HeaderMap) -> Self {
        let detail = "more than the rate limit allows";
        Self { headers: Box::new(headers), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Refused"),
            status: self.status.as_u16(),
            detail: &self.detail,
            invalid_parameters: &self.invalid,
        };
        let mut response = (self.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.extend(*self.headers);
        response
    }
}
