//! Which responses of HTTP pass by themselves: by their status, and by what the server says of when to come back.

use http::{HeaderMap, Response, StatusCode};

use super::{Class, Transient};
use crate::{IntoWaitValue, RetryAfter};

/// By the number, whatever the method of the request; see the [guide](crate::guide::what_may_be_retried) on which may be
/// made again.
///
/// | status | class | because |
/// | --- | --- | --- |
/// | 408 Request Timeout | transient | the client "MAY repeat that request" ([RFC 9110, 15.5.9]) |
/// | 425 Too Early | transient | it was sent too early, and is no more when it is sent again ([RFC 8470, 5.2]) |
/// | 429 Too Many Requests | rate limit | [RFC 6585, 4] |
/// | 500 Internal Server Error | transient | the server met "an unexpected condition" ([RFC 9110, 15.6.1]), which mostly is none of the request's |
/// | 502, 503, 504 | transient | the server behind a gateway, or the server, is away, overloaded or slow ([RFC 9110, 15.6.3] to 15.6.5) |
/// | 501, 505, 506 | final | the server can't do this, and says so of itself ([RFC 9110, 15.6.2]; [RFC 2295]) |
/// | 507, 508, 509, 510, 511 | final | a disk or a quota is full, a loop, something is missing: somebody has to act first ([RFC 4918], [RFC 5842], [RFC 2774], [RFC 6585, 6]) |
/// | any other from 500 | transient | what isn't known is treated as 500 ([RFC 9110, 15]); proxies have 520 to 530 for servers that are away |
/// | any other | final | the request is at fault, or nothing is |
///
/// [RFC 9110, 15]: https://www.rfc-editor.org/rfc/rfc9110#section-15
/// [RFC 9110, 15.5.9]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
/// [RFC 9110, 15.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1
/// [RFC 9110, 15.6.2]: https://www.rfc-editor.org/rfc/rfc9110#section-15.6.2
/// [RFC 9110, 15.6.3]: https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3
/// [RFC 8470, 5.2]: https://www.rfc-editor.org/rfc/rfc8470#section-5.2
/// [RFC 6585, 4]: https://www.rfc-editor.org/rfc/rfc6585#section-4
/// [RFC 6585, 6]: https://www.rfc-editor.org/rfc/rfc6585#section-6
/// [RFC 2295]: https://www.rfc-editor.org/rfc/rfc2295#section-8.1
/// [RFC 2774]: https://www.rfc-editor.org/rfc/rfc2774#section-7
/// [RFC 4918]: https://www.rfc-editor.org/rfc/rfc4918#section-11.5
/// [RFC 5842]: https://www.rfc-editor.org/rfc/rfc5842#section-7.2
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
#[diagnostic::do_not_recommend]
impl Transient for StatusCode {
    fn class(&self) -> Class {
        match self.as_u16() {
            429 => Class::RATE_LIMIT,
            501 | 505..=511 => Class::Final,
            408 | 425 | 500.. => Class::TRANSIENT,
            _ => Class::Final,
        }
    }
}

/// By its [status](trait@crate::Transient#foreign-impls), with the hint that [`RetryAfter::from_headers`] finds, a date
/// compared with the response's own.
///
/// A refusal with a hint passes, also where its status alone does not say so:
///
/// | status, with a hint | class | because |
/// | --- | --- | --- |
/// | 403 Forbidden | rate limit | so GitHub refuses by its [secondary limits]; a 403 that is meant to last says no time |
/// | any other from 400 that is final by itself, such as 413 | transient | 413 is temporary if it has a `Retry-After` ([RFC 9110, 15.5.14]); whoever says when to come back means so |
/// | below 400 | final | nothing failed; of a redirect, or of 202, the hint is about something else |
///
/// [secondary limits]: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
/// [RFC 9110, 15.5.14]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
#[diagnostic::do_not_recommend]
impl<B> Transient for Response<B> {
    fn class(&self) -> Class {
        class(self.status(), self.headers())
    }
}

/// What a response is by its head.
pub(super) fn class(status: StatusCode, headers: &HeaderMap) -> Class {
    if status.as_u16() < 400 {
        return Class::Final;
    }
    let hint = RetryAfter::from_headers(headers).and_then(IntoWaitValue::into_wait_value);
    match status.class() {
        Class::Final if hint.is_none() => Class::Final,
        Class::Final if status == StatusCode::FORBIDDEN => Class::RATE_LIMIT.after(hint),
        Class::Final => Class::TRANSIENT.after(hint),
        class => class.after(hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn response(status: u16, headers: &[(&str, &str)]) -> Class {
        let builder = Response::builder().status(status);
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(()).expect("a response").class()
    }

    #[test]
    fn a_status_is_what_the_standards_say() {
        let class = |status| StatusCode::from_u16(status).expect("a status").class();
        for status in [408, 425, 500, 502, 503, 504, 512, 520, 522, 529, 530, 599, 999] {
            assert_eq!(class(status), Class::TRANSIENT, "{status}");
        }
        assert_eq!(class(429), Class::RATE_LIMIT);
        for status in [
            100, 200, 202, 204, 301, 304, 400, 401, 403, 404, 409, 410, 413, 421, 422, 423, 424, 426, 428,
            431, 451,
        ]
        .into_iter()
        .chain([501])
        .chain(505..=511)
        {
            assert_eq!(class(status), Class::Final, "{status}");
        }
    }

    #[test]
    fn a_response_brings_its_hint() {
        let seven = Some(Duration::from_secs(7));
        assert_eq!(response(503, &[("retry-after", "7")]), Class::TRANSIENT.after(seven));
        assert_eq!(response(429, &[("retry-after", "7")]), Class::RATE_LIMIT.after(seven));
        assert_eq!(response(429, &[("retry-after", "soon")]), Class::RATE_LIMIT);
        let (date, later) = ("Wed, 21 Oct 2015 07:27:53 GMT", "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(response(503, &[("date", date), ("retry-after", later)]), Class::TRANSIENT.after(seven));
    }

    #[test]
    fn a_refusal_with_a_hint_passes_and_what_is_no_refusal_does_not() {
        let hint = [("retry-after", "7")];
        let seven = Some(Duration::from_secs(7));
        assert_eq!(response(403, &hint), Class::RATE_LIMIT.after(seven));
        assert_eq!(response(413, &hint), Class::TRANSIENT.after(seven));
        for status in [200, 202, 301, 303] {
            assert_eq!(response(status, &hint), Class::Final, "{status}");
        }
        assert_eq!(response(403, &[]), Class::Final);
    }
}
