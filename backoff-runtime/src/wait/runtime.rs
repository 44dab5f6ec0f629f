use std::time::Duration;

use super::Wait;
use crate::value::IntoSeconds;

/// Waits that the outcome itself asks for, such as a `Retry-After` header.
///
/// Give it `value`, a function from the outcome that failed (the value or the error, by reference) to a wait: seconds,
/// a `Duration`, a `RetryAfter`, or an `Option` of these, whose `None` gives up, as what is no wait does (below zero, NaN).
/// Not jittered unless asked, so that what the server
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

/// What the `value` of [`runtime`], or a `retry_after`, may return: seconds, a `Duration`, with the feature `retry-after` a
/// `RetryAfter`, or an `Option` of these.
///
/// What is no wait, a number below zero or NaN, counts as `None`; more seconds than a `Duration` can hold are
/// [`Duration::MAX`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a wait",
    label = "`value` returns seconds, a `Duration`, or an `Option` of these (`None` gives up)"
)]
pub trait IntoWaitValue {
    /// The wait, or `None` for none.
    fn into_wait_value(self) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl IntoWaitValue for Duration {
    #[inline]
    fn into_wait_value(self) -> Option<Duration> {
        Some(self)
    }
}

#[cfg(feature = "retry-after")]
#[diagnostic::do_not_recommend]
impl IntoWaitValue for crate::RetryAfter {
    fn into_wait_value(self) -> Option<Duration> {
        Some(self.wait())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoWaitValue> IntoWaitValue for Option<T> {
    #[inline]
    fn into_wait_value(self) -> Option<Duration> {
        self.and_then(T::into_wait_value)
    }
}

macro_rules! numbers {
    ($is_wait:expr; $($number:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoWaitValue for $number {
            #[inline]
            fn into_wait_value(self) -> Option<Duration> {
                let is_wait: fn(&$number) -> bool = $is_wait;
                Some(self).filter(is_wait).map(IntoSeconds::into_seconds)
            }
        }
    )*};
}
numbers!(|_| true; u8 u16 u32 u64 usize);
numbers!(|seconds| *seconds >= 0; i8 i16 i32 i64 isize);
// NaN is not.
numbers!(|seconds| *seconds >= 0.0; f32 f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_yields_what_value_returns_for_the_outcome() {
        let mut waits = runtime().value(|seconds: &f64| *seconds);
        assert_eq!(waits.next_wait(&1.5), Some(Duration::from_millis(1500)));
        let mut waits = runtime().value(|seconds: &Option<u64>| *seconds);
        assert_eq!(waits.next_wait(&None), None);
    }

    #[test]
    fn what_is_no_wait_is_none() {
        assert_eq!((-1).into_wait_value(), None);
        assert_eq!((-1.0).into_wait_value(), None);
        assert_eq!(f64::NAN.into_wait_value(), None);
        assert_eq!(f32::NEG_INFINITY.into_wait_value(), None);
        assert_eq!(Some(-0.1).into_wait_value(), None);
        assert_eq!((-0.0).into_wait_value(), Some(Duration::ZERO));
        assert_eq!(0.into_wait_value(), Some(Duration::ZERO));
        assert_eq!(u64::MAX.into_wait_value(), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(f64::INFINITY.into_wait_value(), Some(Duration::MAX));
        assert_eq!(Some(Some(7_u8)).into_wait_value(), Some(Duration::from_secs(7)));
    }

    #[cfg(feature = "retry-after")]
    #[test]
    fn a_retry_after_is_a_wait() {
        use crate::RetryAfter;

        assert_eq!(RetryAfter::parse("7").into_wait_value(), Some(Duration::from_secs(7)));
        assert_eq!(
            RetryAfter::Date(std::time::SystemTime::UNIX_EPOCH).into_wait_value(),
            Some(Duration::ZERO)
        );
        assert_eq!(Some(RetryAfter::parse("soon")).into_wait_value(), None);
    }
}
