use std::time::Duration;

use super::Wait;
use crate::value::IntoSeconds;

/// Waits that the outcome itself asks for, such as a `Retry-After` header.
///
/// Give it `value`, a function from the outcome that failed (the value or the error, by reference) to a wait: seconds,
/// a `Duration`, or an `Option` of these, whose `None` gives up. Not jittered unless asked, so that what the server
/// said is never shortened.
///
/// ```
/// use std::time::Duration;
/// use backoff_runtime::{Wait, runtime};
/// let mut waits = runtime().value(|retry_after: &u32| *retry_after);
/// assert_eq!(waits.next_wait(&120), Some(Duration::from_secs(120)));
/// ```
pub const fn runtime() -> Runtime<MissingValue> {
    Runtime { value: MissingValue(()) }
}

/// Waits that the outcome asks for; made by [`runtime`].
#[derive(Clone, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct Runtime<F> {
    value: F,
}

/// Stands for the `value` that [`runtime`] still needs.
#[derive(Clone, Debug)]
pub struct MissingValue(());

impl Runtime<MissingValue> {
    /// The function from the outcome to the wait. Required.
    pub const fn value<O: ?Sized, S: IntoWaitValue, F: FnMut(&O) -> S>(self, value: F) -> Runtime<F> {
        Runtime { value }
    }
}

impl<O: ?Sized, S: IntoWaitValue, F: FnMut(&O) -> S> Wait<O> for Runtime<F> {
    fn next_wait(&mut self, outcome: &O) -> Option<Duration> {
        (self.value)(outcome).into_wait_value()
    }

    fn is_asked_for(&self) -> bool {
        true
    }
}

/// What the `value` of [`runtime`] may return: seconds, a `Duration`, or an `Option` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a wait",
    label = "`value` returns seconds, a `Duration`, or an `Option` of these (`None` gives up)"
)]
pub trait IntoWaitValue {
    /// The wait, or `None` to give up.
    fn into_wait_value(self) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoSeconds> IntoWaitValue for T {
    fn into_wait_value(self) -> Option<Duration> {
        Some(self.into_seconds())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoSeconds> IntoWaitValue for Option<T> {
    fn into_wait_value(self) -> Option<Duration> {
        self.map(T::into_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_yields_what_value_returns_for_the_outcome() {
        let mut waits = runtime().value(|seconds: &f64| *seconds);
        assert_eq!(waits.next_wait(&1.5), Some(Duration::from_millis(1500)));
        assert_eq!(waits.next_wait(&-1.0), Some(Duration::ZERO));
        let mut waits = runtime().value(|seconds: &Option<u64>| *seconds);
        assert_eq!(waits.next_wait(&None), None);
    }
}
