//! Reads the hint of a response from its headers.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use super::{RetryAfter, seconds};

/// The hint in milliseconds, as Azure and those who follow it send it.
const MILLISECONDS: [&str; 2] = ["retry-after-ms", "x-ms-retry-after-ms"];
/// The details of a gRPC status.
const GRPC_DETAILS: &str = "grpc-status-details-bin";

impl RetryAfter {
    /// Reads when to come back from the headers of a response, or from the trailers of a gRPC call.
    ///
    /// The first of these that is there and that can be understood counts:
    ///
    /// | header | holds |
    /// | --- | --- |
    /// | `retry-after-ms`, `x-ms-retry-after-ms` | milliseconds: what `Retry-After` says, not rounded |
    /// | `Retry-After` | what [`parse`](Self::parse) reads; a date is compared with the `Date` of the response, if it has one |
    /// | `grpc-status-details-bin` | what [`from_grpc_details`](Self::from_grpc_details) reads, in base64 |
    ///
    /// ```
    /// use std::time::Duration;
    /// use backoff_runtime::RetryAfter;
    /// use http::{HeaderMap, HeaderValue};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("date", HeaderValue::from_static("Wed, 21 Oct 2015 07:27:30 GMT"));
    /// headers.insert("retry-after", HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
    /// assert_eq!(RetryAfter::from_headers(&headers).map(RetryAfter::wait), Some(Duration::from_secs(30)));
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        milliseconds(headers).or_else(|| standard(headers)).or_else(|| {
            let details = headers.get_all(GRPC_DETAILS).into_iter();
            details.filter_map(|details| base64(details.as_bytes())).find_map(Self::from_grpc_details)
        })
    }
}

fn milliseconds(headers: &HeaderMap) -> Option<RetryAfter> {
    MILLISECONDS.iter().find_map(|name| {
        let value = str::from_utf8(headers.get(*name)?.as_bytes()).ok()?;
        Some(RetryAfter::Delay(seconds(value.trim())? / 1000))
    })
}

fn standard(headers: &HeaderMap) -> Option<RetryAfter> {
    let hint = RetryAfter::parse(headers.get(RETRY_AFTER)?)?;
    let date = || headers.get(DATE).and_then(RetryAfter::date);
    match hint {
        RetryAfter::Date(_) => {
            Some(date().map_or(hint, |date| RetryAfter::Delay(hint.wait_since(Some(date)))))
        }
        RetryAfter::Delay(_) => Some(hint),
    }
}

/// Decodes base64, with or without the `=` at its end, as [gRPC] asks for.
///
/// [gRPC]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for &letter in text.trim_ascii().split(|letter| *letter == b'=').next()? {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    /// The hint in headers, one a line.
    fn read(text: &str) -> Option<RetryAfter> {
        let mut headers = HeaderMap::new();
        for (name, value) in text.lines().filter_map(|line| line.trim().split_once(": ")) {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        RetryAfter::from_headers(&headers)
    }

    #[allow(clippy::unnecessary_wraps)]
    fn milliseconds(wait: u64) -> Option<RetryAfter> {
        Some(RetryAfter::Delay(Duration::from_millis(wait)))
    }

    #[test]
    fn seconds_are_read_as_from_the_text() {
        // https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3; the point as Shopify and Discord send it
        assert_eq!(read("Retry-After: 120"), milliseconds(120_000));
        assert_eq!(read("Retry-After: 2.0"), milliseconds(2000));
        assert_eq!(read("Retry-After: -5"), None);
        assert_eq!(read("Retry-After: soon"), None);
        assert_eq!(read("Content-Length: 5"), None);
    }

    #[test]
    fn a_date_is_compared_with_that_of_the_response_whatever_our_clock_says() {
        let hint = "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(read(&format!("Date: Wed, 21 Oct 2015 07:27:30 GMT\n{hint}")), milliseconds(30_000));
        assert_eq!(read(&format!("Date: Wednesday, 21-Oct-15 07:29:00 GMT\n{hint}")), milliseconds(0));
        let then = RetryAfter::Date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480));
        assert_eq!(read(hint), Some(then));
        assert_eq!(read(&format!("Date: yesterday\n{hint}")), Some(then));
    }

    #[test]
    fn milliseconds_are_taken_before_the_seconds_that_they_are_rounded_to() {
        // retry-after-ms: https://learn.microsoft.com/en-us/azure/ai-services/openai/how-to/quota
        // x-ms-retry-after-ms: https://learn.microsoft.com/en-us/rest/api/cosmos-db/common-cosmosdb-rest-response-headers
        assert_eq!(read("retry-after: 2\nretry-after-ms: 1250"), milliseconds(1250));
        assert_eq!(read("x-ms-retry-after-ms: 33"), milliseconds(33));
        assert_eq!(read("retry-after-ms: 1.5"), Some(RetryAfter::Delay(Duration::from_micros(1500))));
        for nonsense in ["-1", "soon", "1,2", "1s"] {
            assert_eq!(read(&format!("retry-after: 2\nretry-after-ms: {nonsense}")), milliseconds(2000));
        }
    }

    #[test]
    fn the_details_of_a_grpc_status_are_read() {
        // Status { code: 14, details: [RetryInfo { retry_delay: 5 s }] }
        let details = "CA4aMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ";
        assert_eq!(read(&format!("grpc-status: 14\ngrpc-status-details-bin: {details}")), milliseconds(5000));
        assert_eq!(read(&format!("grpc-status-details-bin: {details}==")), milliseconds(5000));
        assert_eq!(read(&format!("grpc-status-details-bin: {}", &details[1..])), None);
        assert_eq!(read("grpc-status-details-bin: ###"), None);
    }

    #[test]
    fn base64_is_decoded_with_and_without_its_end() {
        // https://www.rfc-editor.org/rfc/rfc4648#section-10
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmE", "fooba"),
        ] {
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(base64(b"+/+/").as_deref(), Some(&[0xfb, 0xff, 0xbf][..]));
        assert_eq!(base64(b"Zm9v-"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(lines in proptest::collection::vec(
            ("retry-after(-ms)?|date|x-ms-retry-after-ms|grpc-status-details-bin",
             proptest::collection::vec(any::<u8>(), 0..40)), 0..6,
        )) {
            let mut headers = HeaderMap::new();
            for (name, bytes) in lines {
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
                }
            }
            let _ = RetryAfter::from_headers(&headers).map(RetryAfter::wait);
        }
    }
}
