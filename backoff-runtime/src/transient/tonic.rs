//! Which statuses of gRPC pass by themselves.

use std::time::Duration;

use tonic::{Code, Status, TimeoutExpired};

use super::connection::{broke, causes};
use super::{Class, Transient};
use crate::{IntoWaitValue, RetryAfter};

/// By its code ([gRPC's table of codes], [AIP-194]), and by what the server says of retries:
///
/// | status | class | because |
/// | --- | --- | --- |
/// | `Unavailable` | transient | "most likely a transient condition"; the one code that AIP-194 has clients retry |
/// | `ResourceExhausted` | rate limit | a quota, mostly; so servers that count requests say it |
/// | `DeadlineExceeded` | transient | slow today is not slow for ever; the server may have done its work nevertheless |
/// | `Cancelled`, `Unknown`, `Internal`, made by this client of its own timeout or of what became of the connection: broken, closed, a stream that the server reset | transient | so tonic reports those, by features of its own; a server that restarts is seen so. The status has a [`source`](std::error::Error::source) then |
/// | `Aborted` | final | not this call is to be made again but what it belongs to: the transaction, the reading before the writing |
/// | `Internal`, `Unknown`, `DataLoss`, said by the server | final | something is broken; by AIP-194 not to be retried |
/// | any other | final | the call is at fault; or it is `Ok` |
/// | any but `Ok` with a [`RetryInfo`] in its details | transient, `ResourceExhausted` a rate limit; with the hint | clients that are told when to come back may do so |
/// | any with `grpc-retry-pushback-ms` in its metadata | the same, with that hint; below zero or no number: final | so a server says that it wants no retry ([gRFC A6]) |
///
/// Whether the call may be made again is another question: the [guide](crate::guide::what_may_be_retried) has it.
///
/// [gRPC's table of codes]: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
/// [AIP-194]: https://google.aip.dev/194
/// [`RetryInfo`]: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
/// [gRFC A6]: https://github.com/grpc/proposal/blob/master/A6-client-retries.md#pushback
#[cfg_attr(docsrs, doc(cfg(feature = "tonic")))]
#[diagnostic::do_not_recommend]
impl Transient for Status {
    fn class(&self) -> Class {
        let hint = match pushback(self) {
            Some(hint) => Some(hint),
            None => {
                RetryAfter::from_grpc_details(self.details()).and_then(IntoWaitValue::into_wait_value).map(Ok)
            }
        };
        match (self.code(), hint) {
            (Code::Ok, _) | (_, Some(Err(NotAgain))) => Class::Final,
            (Code::ResourceExhausted, hint) => Class::RATE_LIMIT.after(hint.and_then(Result::ok)),
            (_, Some(Ok(hint))) => Class::TRANSIENT.after(Some(hint)),
            (Code::Unavailable | Code::DeadlineExceeded, None) => Class::TRANSIENT,
            (Code::Cancelled | Code::Unknown | Code::Internal, None) if is_broken_connection(self) => {
                Class::TRANSIENT
            }
            _ => Class::Final,
        }
    }
}

/// The server wants no retry.
struct NotAgain;

/// What the server says of a retry in the metadata.
fn pushback(status: &Status) -> Option<Result<Duration, NotAgain>> {
    let wait = status.metadata().get("grpc-retry-pushback-ms")?;
    let wait = wait.to_str().ok().and_then(|text| text.parse().ok());
    Some(wait.map(Duration::from_millis).ok_or(NotAgain))
}

/// Whether the status was made here, of a timeout of ours or of what became of the connection.
fn is_broken_connection(status: &Status) -> bool {
    let told =
        causes(status).find_map(|cause| if cause.is::<TimeoutExpired>() { Some(true) } else { broke(cause) });
    told.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::io;

    const FIVE: Option<Duration> = Some(Duration::from_secs(5));
    const RETRY_INFO: &[u8] =
        b"\x08\x0e\x1a\x30\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x05";

    fn with_info(code: Code) -> Class {
        Status::with_details(code, "busy", RETRY_INFO.into()).class()
    }

    fn with_pushback(code: Code, milliseconds: &str) -> Class {
        let mut status = Status::new(code, "busy");
        status.metadata_mut().insert("grpc-retry-pushback-ms", milliseconds.parse().expect("ASCII"));
        status.class()
    }

    #[test]
    fn a_status_is_what_its_code_says() {
        for code in (0..=16).map(Code::from) {
            let expected = match code {
                Code::Unavailable | Code::DeadlineExceeded => Class::TRANSIENT,
                Code::ResourceExhausted => Class::RATE_LIMIT,
                _ => Class::Final,
            };
            assert_eq!(Status::new(code, "words").class(), expected, "{code:?}");
        }
    }

    #[test]
    fn a_retry_info_makes_any_failure_transient() {
        for code in (1..=16).map(Code::from) {
            let class = if code == Code::ResourceExhausted { Class::RATE_LIMIT } else { Class::TRANSIENT };
            assert_eq!(with_info(code), class.after(FIVE), "{code:?}");
        }
        assert_eq!(with_info(Code::Ok), Class::Final);
    }

    #[test]
    fn a_server_may_push_back() {
        assert_eq!(with_pushback(Code::Aborted, "5000"), Class::TRANSIENT.after(FIVE));
        assert_eq!(with_pushback(Code::ResourceExhausted, "5000"), Class::RATE_LIMIT.after(FIVE));
        assert_eq!(with_pushback(Code::Unavailable, "0"), Class::TRANSIENT.after(Some(Duration::ZERO)));
        for no in ["-1", "soon", ""] {
            assert_eq!(with_pushback(Code::Unavailable, no), Class::Final, "{no}");
            assert_eq!(with_pushback(Code::ResourceExhausted, no), Class::Final, "{no}");
        }
    }

    #[test]
    fn a_status_that_was_made_of_a_broken_connection_is_transient() {
        let made_of = |error: Box<dyn Error + Send + Sync>| Status::from_error(error);
        let timeout = made_of(Box::new(TimeoutExpired(())));
        assert_eq!((timeout.code(), timeout.class()), (Code::Cancelled, Class::TRANSIENT));
        let broken = made_of(Box::new(io::Error::from(io::ErrorKind::BrokenPipe)));
        assert_eq!((broken.code(), broken.class()), (Code::Unknown, Class::TRANSIENT));
        assert!(!made_of(Box::new(io::Error::from(io::ErrorKind::InvalidData))).is_transient());
        assert!(!made_of("something else".into()).is_transient());
    }
}
