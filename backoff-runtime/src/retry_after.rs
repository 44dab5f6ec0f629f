//! The text of a `Retry-After` header, and the wait that it asks for.

mod grpc;
#[cfg(feature = "http")]
mod headers;

use std::time::{Duration, SystemTime};

/// What a server asks for in a `Retry-After` header ([RFC 9110, section 10.2.3]). The functions that are given as
/// `retry_after` and as the `value` of `runtime` may return it as it is.
///
/// ```
/// use std::time::Duration;
/// use backoff_runtime::RetryAfter;
///
/// let header = "120";
/// assert_eq!(RetryAfter::parse(header).map(RetryAfter::wait), Some(Duration::from_secs(120)));
///
/// // A date is compared with the `Date` of the same response, so that it doesn't matter whether our clock is right.
/// let header = RetryAfter::parse("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
/// let date = RetryAfter::date("Wed, 21 Oct 2015 07:27:30 GMT");
/// assert_eq!(header.wait_since(date), Duration::from_secs(30));
///
/// assert_eq!(RetryAfter::parse("soon"), None);
/// ```
///
/// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// Not before this much time has passed.
    Delay(Duration),
    /// Not before this instant.
    Date(SystemTime),
}

impl RetryAfter {
    /// Reads the header's value.
    ///
    /// Whole seconds, a date in any of the three forms of HTTP, and seconds with a decimal point, which the standard
    /// doesn't know but servers send. More seconds than a [`Duration`] can hold are [`Duration::MAX`]. Anything else is
    /// `None`, to be treated as if there were no header: a sign, an exponent, words, several values.
    #[must_use]
    pub fn parse(value: impl AsRef<[u8]>) -> Option<Self> {
        let text = str::from_utf8(value.as_ref()).ok()?.trim_matches([' ', '\t']);
        seconds(text).map(Self::Delay).or_else(|| Self::date(text).map(Self::Date))
    }

    /// Reads a date as HTTP writes it, such as the value of the `Date` header.
    #[must_use]
    pub fn date(value: impl AsRef<[u8]>) -> Option<SystemTime> {
        let text = str::from_utf8(value.as_ref()).ok()?.trim_matches([' ', '\t']);
        httpdate::parse_http_date(text).ok()
    }

    /// Reads the hint of a gRPC server, a [`RetryInfo`], from the details of a status: of tonic's `Status`, what its
    /// `details()` are.
    ///
    /// The details are a serialized `google.rpc.Status`. If they are anything else, or hold no such hint, or one that is no
    /// wait (below zero), that is `None`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backoff_runtime::RetryAfter;
    ///
    /// let details = b"\x08\x0e\x1a\x30\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x05";
    /// assert_eq!(RetryAfter::from_grpc_details(details), Some(RetryAfter::Delay(Duration::from_secs(5))));
    /// assert_eq!(RetryAfter::from_grpc_details(b""), None);
    /// ```
    ///
    /// [`RetryInfo`]: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
    #[must_use]
    pub fn from_grpc_details(details: impl AsRef<[u8]>) -> Option<Self> {
        grpc::retry_info(details.as_ref()).map(Self::Delay)
    }

    /// The time to wait, from now; of a date in the past, zero.
    #[must_use]
    pub fn wait(self) -> Duration {
        self.wait_since(None)
    }

    /// The time to wait, given when the response was made: its `Date` header, or else now. Of a date in the past, zero.
    #[must_use]
    pub fn wait_since(self, response: Option<SystemTime>) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::Date(date) => {
                date.duration_since(response.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO)
            }
        }
    }
}

/// `120` or `1.5`.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if ![whole, fraction].iter().all(|digits| is_number(digits)) {
        return None;
    }
    // All that can be wrong with digits is that there are too many.
    let whole = whole.parse().map_or(Duration::MAX, Duration::from_secs);
    Some(whole.saturating_add(nanoseconds(fraction)))
}

pub(crate) fn is_number(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// The digits after the point; those beyond the ninth are cut off.
fn nanoseconds(fraction: &str) -> Duration {
    let digits = fraction.bytes().map(|digit| u64::from(digit - b'0')).chain(std::iter::repeat(0));
    Duration::from_nanos(digits.take(9).fold(0, |nanos, digit| nanos * 10 + digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 21 October 2015, 07:28:00 UTC.
    fn then() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480)
    }

    fn delay(text: &str) -> Option<Duration> {
        match RetryAfter::parse(text) {
            Some(RetryAfter::Delay(delay)) => Some(delay),
            _ => None,
        }
    }

    #[test]
    fn whole_seconds_with_or_without_spaces_around() {
        for text in ["120", " 120 ", "\t120", "0120"] {
            assert_eq!(delay(text), Some(Duration::from_secs(120)), "{text:?}");
        }
        assert_eq!(delay("0"), Some(Duration::ZERO));
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for text in
            ["Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT", "Wed Oct 21 07:28:00 2015"]
        {
            assert_eq!(RetryAfter::parse(text), Some(RetryAfter::Date(then())), "{text:?}");
        }
    }

    #[test]
    fn a_date_is_compared_with_the_date_of_the_response() {
        let date = RetryAfter::Date(then());
        assert_eq!(date.wait_since(Some(then() - Duration::from_secs(90))), Duration::from_secs(90));
        assert_eq!(
            date.wait_since(RetryAfter::date(" Wed, 21 Oct 2015 07:27:59 GMT ")),
            Duration::from_secs(1)
        );
    }

    #[test]
    fn without_a_date_of_the_response_the_clock_is_taken() {
        let wait = RetryAfter::Date(SystemTime::now() + Duration::from_secs(1000)).wait();
        assert!((Duration::from_secs(900)..=Duration::from_secs(1000)).contains(&wait), "{wait:?}");
    }

    #[test]
    fn a_date_in_the_past_is_no_wait() {
        assert_eq!(RetryAfter::Date(then()).wait(), Duration::ZERO);
        assert_eq!(RetryAfter::Date(then()).wait_since(Some(then())), Duration::ZERO);
    }

    #[test]
    fn a_decimal_point_is_understood() {
        assert_eq!(delay("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(delay("0.0000000019"), Some(Duration::from_nanos(1)));
    }

    #[test]
    fn what_is_no_delay_is_ignored() {
        for text in [
            "-5",
            "+5",
            "",
            " ",
            "soon",
            "1e9",
            "120, 240",
            "120 240",
            "120,240",
            "120s",
            ".5",
            "5.",
            ".",
            "1.5.5",
            "1,5",
            "NaN",
            "inf",
            "0x10",
            "١٢",
            "Wed, 21 Oct 2015",
            "Wed, 32 Oct 2015 07:28:00 GMT",
        ] {
            assert_eq!(RetryAfter::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_beyond_all_bounds_saturate() {
        assert_eq!(delay("99999999999"), Some(Duration::from_secs(99_999_999_999)));
        assert_eq!(delay("18446744073709551616"), Some(Duration::MAX));
        assert_eq!(delay("18446744073709551615.9999999999"), Some(Duration::MAX));
        assert_eq!(delay(&"9".repeat(10_000)), Some(Duration::MAX));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes: Vec<u8>, text in "[0-9A-Za-z ,.:+-]{0,40}", since in 0_u64..1 << 33) {
            let response = SystemTime::UNIX_EPOCH + Duration::from_secs(since);
            for parsed in [RetryAfter::parse(&bytes), RetryAfter::parse(&text)].into_iter().flatten() {
                let _ = (parsed.wait(), parsed.wait_since(Some(response)));
            }
        }

        #[test]
        fn no_date_makes_it_panic(
            day in "Mon|Tue|Wed|Xyz|Wednesday", date in 0_u32..40, month in "Jan|Feb|Oct|Foo",
            year in 0_u32..10_000, hour in 0_u8..30, minute in 0_u8..70, second in 0_u8..70,
        ) {
            let long = format!("{day}, {date:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT");
            let short = format!("{day}, {date:02}-{month}-{:02} {hour:02}:{minute:02}:{second:02} GMT", year % 100);
            let c = format!("{day} {month} {date:2} {hour:02}:{minute:02}:{second:02} {year:04}");
            for text in [long, short, c] {
                let _ = RetryAfter::parse(&text).map(RetryAfter::wait);
            }
        }

        #[test]
        fn every_number_of_seconds_is_itself(seconds: u64, nanos in 0_u32..1_000_000_000) {
            prop_assert_eq!(delay(&seconds.to_string()), Some(Duration::from_secs(seconds)));
            prop_assert_eq!(delay(&format!("{seconds}.{nanos:09}")), Some(Duration::new(seconds, nanos)));
        }
    }
}
