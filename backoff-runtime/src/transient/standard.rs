//! What of the standard library, and of ours, passes by itself.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use super::{Class, Transient};
use crate::pacing::AttemptTimeout;

/// By its [kind](io::Error::kind):
///
/// | kind | class | because |
/// | --- | --- | --- |
/// | `ConnectionRefused`, `ConnectionReset`, `ConnectionAborted`, `BrokenPipe` | transient | the other side is away or has hung up; the next attempt makes a connection of its own |
/// | `UnexpectedEof` | transient | so a peer is seen that hangs up in the middle; of a file that is too short it is retried in vain |
/// | `HostUnreachable`, `NetworkUnreachable`, `NetworkDown` | transient | routes come back: [RFC 1122, section 4.2.3.9] has a host go on after these |
/// | `TimedOut` | transient | the other side, or the way to it, was slow |
/// | `Interrupted`, `WouldBlock` | transient | `EINTR` and `EAGAIN`: the call is to be made again ([POSIX, section 2.3]) |
/// | `ResourceBusy`, `ExecutableFileBusy`, `Deadlock` | transient | `EBUSY`, `ETXTBSY` and `EDEADLK`: somebody else holds what is asked for, and lets go of it |
/// | any other | final | a file that is missing stays missing, a disk that is full stays full, and of `AddrInUse` the one who has the address mostly keeps it |
///
/// A name that can't be resolved has no kind of its own, whether it is wrong or its server is away, so it is final.
///
/// [RFC 1122, section 4.2.3.9]: https://www.rfc-editor.org/rfc/rfc1122#page-103
/// [POSIX, section 2.3]: https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html#tag_16_03
#[diagnostic::do_not_recommend]
impl Transient for io::Error {
    fn class(&self) -> Class {
        self.kind().class()
    }
}

/// As an [`io::Error`] of this kind.
#[diagnostic::do_not_recommend]
impl Transient for io::ErrorKind {
    fn class(&self) -> Class {
        match self {
            Self::ConnectionRefused
            | Self::ConnectionReset
            | Self::ConnectionAborted
            | Self::BrokenPipe
            | Self::UnexpectedEof
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::NetworkDown
            | Self::TimedOut
            | Self::Interrupted
            | Self::WouldBlock
            | Self::ResourceBusy
            | Self::ExecutableFileBusy
            | Self::Deadlock => Class::TRANSIENT,
            _ => Class::Final,
        }
    }
}

/// Transient, as whoever took too long may be faster the next time; final for a call that was told to stop.
#[diagnostic::do_not_recommend]
impl Transient for AttemptTimeout {
    fn class(&self) -> Class {
        if self.stopped { Class::Final } else { Class::TRANSIENT }
    }
}

/// What it holds says: an `Err` by its error, an `Ok` by its value. So `#[on_predicate(expo, transient)]` retries a
/// `Result<Response, Error>` that is an error of the connection as well as one that is a response with status 503.
#[diagnostic::do_not_recommend]
impl<T: Transient, E: Transient> Transient for Result<T, E> {
    fn class(&self) -> Class {
        match self {
            Ok(value) => value.class(),
            Err(error) => error.class(),
        }
    }
}

macro_rules! pointers {
    ($($pointer:ty),* $(,)?) => {$(
        /// What it points to says.
        #[diagnostic::do_not_recommend]
        impl<T: Transient + ?Sized> Transient for $pointer {
            fn class(&self) -> Class {
                (**self).class()
            }
        }
    )*};
}
pointers!(&T, Box<T>, Rc<T>, Arc<T>);

/// What was found once may be kept: in the field of an error, marked as its source, when a response is gone from which it
/// was read.
#[diagnostic::do_not_recommend]
impl Transient for Class {
    fn class(&self) -> Class {
        *self
    }
}

/// There is none, as of an error that can't be.
#[diagnostic::do_not_recommend]
impl Transient for std::convert::Infallible {
    fn class(&self) -> Class {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_io_error_is_transient_by_its_kind() {
        use io::ErrorKind::*;
        for kind in [
            ConnectionRefused,
            ConnectionReset,
            ConnectionAborted,
            BrokenPipe,
            UnexpectedEof,
            HostUnreachable,
            NetworkUnreachable,
            NetworkDown,
            TimedOut,
            Interrupted,
            WouldBlock,
            ResourceBusy,
            ExecutableFileBusy,
            Deadlock,
        ] {
            assert_eq!(io::Error::from(kind).class(), Class::TRANSIENT, "{kind:?}");
            assert_eq!(io::Error::new(kind, "words").class(), Class::TRANSIENT, "{kind:?}");
        }
        for kind in [
            NotFound,
            PermissionDenied,
            AlreadyExists,
            AddrInUse,
            AddrNotAvailable,
            NotConnected,
            InvalidInput,
            InvalidData,
            WriteZero,
            StorageFull,
            QuotaExceeded,
            Unsupported,
            OutOfMemory,
            Other,
        ] {
            assert_eq!(io::Error::from(kind).class(), Class::Final, "{kind:?}");
        }
    }

    #[test]
    fn a_timeout_of_ours_is_transient_unless_the_call_was_told_to_stop() {
        let timeout = AttemptTimeout { limit: Duration::from_secs(5), made: true, stopped: false };
        assert!(timeout.is_transient() && AttemptTimeout { made: false, ..timeout }.is_transient());
        assert!(!AttemptTimeout { made: false, stopped: true, ..timeout }.is_transient());
        assert!(io::Error::from(timeout).is_transient());
    }

    #[test]
    fn a_pointer_says_what_it_points_to_says() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(<&io::Error>::class(&&reset()) == Class::TRANSIENT && Box::new(reset()).is_transient());
        assert!(Arc::new(reset()).is_transient() && Rc::new(reset()).is_transient());
        let erased: Box<dyn Transient> = Box::new(reset());
        assert!(erased.is_transient());
    }

    #[test]
    fn a_class_is_itself() {
        let kept = Class::RATE_LIMIT.after(Some(Duration::from_secs(7)));
        assert_eq!((kept.class(), Class::Final.is_transient()), (kept, false));
    }

    #[test]
    fn a_result_says_what_its_value_or_its_error_says() {
        let (reset, missing) = (io::ErrorKind::ConnectionReset, io::ErrorKind::NotFound);
        for (result, transient) in
            [(Ok(reset), true), (Ok(missing), false), (Err(reset), true), (Err(missing), false)]
        {
            assert_eq!(result.map_err(io::Error::from).is_transient(), transient);
        }
    }
}
