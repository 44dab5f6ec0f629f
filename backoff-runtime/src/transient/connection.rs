//! What became of a connection, as far as the causes of an error tell.

use std::error::Error;
use std::io;
use std::iter::successors;

use super::Transient;

/// What an error was made of, itself left out.
pub(super) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(inner(error), |cause| inner(*cause))
}

/// The `source` of an `io::Error` passes over the error that it holds.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

/// Whether a cause says that a connection broke, or that it is something else; `None` if it says neither.
pub(super) fn broke(cause: &(dyn Error + 'static)) -> Option<bool> {
    if let Some(cause) = cause.downcast_ref::<hyper::Error>() {
        // What our own stream says is in its source; what is no HTTP is no matter of the connection.
        return if cause.is_user() { None } else { Some(!cause.is_parse()) };
    }
    let cause = cause.downcast_ref::<io::Error>()?;
    // One that only wraps another says nothing itself.
    (cause.kind() != io::ErrorKind::Other).then(|| cause.is_transient())
}
