//! The hint in the details of a gRPC status, read from protobuf's [wire format]: three messages inside each other are no
//! reason for a dependency.
//!
//! [wire format]: https://protobuf.dev/programming-guides/encoding/

use std::time::Duration;

/// What follows the host in the type of the message that is looked for.
const RETRY_INFO: &[u8] = b"/google.rpc.RetryInfo";

/// The `retry_delay` in a `google.rpc.Status`.
pub(super) fn retry_info(status: &[u8]) -> Option<Duration> {
    // Status { details = 3: Any { type_url = 1, value = 2 } }, value: RetryInfo { retry_delay = 1 }
    messages(status, 3).find_map(|detail| {
        messages(detail, 1).next()?.ends_with(RETRY_INFO).then_some(())?;
        duration(messages(messages(detail, 2).next()?, 1).next()?)
    })
}

/// A `google.protobuf.Duration { seconds = 1, nanos = 2 }`; what isn't there is zero.
fn duration(message: &[u8]) -> Option<Duration> {
    let number = |of| {
        fields(message)
            .filter_map(|(number, value)| value.number().filter(|_| number == of))
            .last()
            .unwrap_or(0)
    };
    // Below zero, a number has its highest bit set.
    let seconds = i64::try_from(number(1)).ok()?;
    let nanos = u32::try_from(number(2)).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(seconds.unsigned_abs(), nanos))
}

enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

impl Value<'_> {
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bytes(_) => None,
        }
    }
}

/// The messages and strings with a number.
fn messages(message: &[u8], of: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |(number, value)| match value {
        Value::Bytes(bytes) if number == of => Some(bytes),
        _ => None,
    })
}

/// The fields of a message with their numbers, up to the first that is malformed.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    std::iter::from_fn(move || {
        let tag = varint(&mut message)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut message)?),
            1 => Value::Bytes(take(&mut message, 8)?),
            2 => {
                let length = varint(&mut message)?;
                Value::Bytes(take(&mut message, length)?)
            }
            5 => Value::Bytes(take(&mut message, 4)?),
            _ => return None,
        };
        Some((tag >> 3, value))
    })
}

/// Seven bits a byte, the lowest first; a byte with its highest bit set is not the last.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *take(bytes, 1)?.first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take<'b>(bytes: &mut &'b [u8], length: u64) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).expect("short");
        assert!(length < 0x80, "a length of one byte");
        [&[number << 3 | 2, length], bytes].concat()
    }

    fn detail(kind: &str, value: &[u8]) -> Vec<u8> {
        field(3, &[field(1, format!("type.googleapis.com/{kind}").as_bytes()), field(2, value)].concat())
    }

    fn number(number: u8, mut value: u64) -> Vec<u8> {
        let mut bytes = vec![number << 3];
        while value >= 0x80 {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    /// A status as servers send it: code, message, another detail, the hint.
    fn status(delay: &[u8]) -> Vec<u8> {
        let other = detail("google.rpc.DebugInfo", &field(1, b"stack"));
        [number(1, 14), field(2, b"busy"), other, detail("google.rpc.RetryInfo", &field(1, delay))].concat()
    }

    #[test]
    fn the_delay_is_read_among_other_details() {
        let delay = [number(1, 300), number(2, 250_000_000)].concat();
        assert_eq!(retry_info(&status(&delay)), Some(Duration::from_millis(300_250)));
        assert_eq!(retry_info(&status(&number(2, 5))), Some(Duration::from_nanos(5)));
        assert_eq!(retry_info(&status(&[])), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_no_delay_is_ignored() {
        for delay in [
            number(1, -5_i64 as u64),
            number(2, -5_i64 as u64),
            number(2, 1_000_000_000),
            [number(1, 5), number(2, -1_i64 as u64)].concat(),
        ] {
            assert_eq!(retry_info(&status(&delay)), None, "{delay:?}");
        }
        assert_eq!(retry_info(&detail("google.rpc.RetryInfo", &[])), None, "no delay at all");
        assert_eq!(retry_info(&detail("google.rpc.QuotaFailure", &field(1, &number(1, 5)))), None);
        assert_eq!(retry_info(b""), None);
    }

    #[test]
    fn what_is_cut_off_is_ignored() {
        let status = status(&number(1, 5));
        for length in 0..status.len() {
            assert_eq!(retry_info(&status[..length]), None, "{length}");
        }
    }

    #[test]
    fn lengths_beyond_all_bounds_are_malformed() {
        let huge = [&[3 << 3 | 2][..], &[0xff; 9], &[1]].concat();
        assert_eq!(retry_info(&huge), None);
        assert_eq!(retry_info(&[0xff; 64]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, delay in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = retry_info(&bytes);
            let _ = retry_info(&status(&delay));
        }

        #[test]
        fn every_delay_is_read(seconds in 0_u64..1 << 63, nanos in 0_u32..1_000_000_000) {
            let delay = [number(1, seconds), number(2, nanos.into())].concat();
            prop_assert_eq!(retry_info(&status(&delay)), Some(Duration::new(seconds, nanos)));
        }
    }
}
