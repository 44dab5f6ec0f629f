//! What option values may be: seconds, counts, plain numbers, or functions that return one.
//!
//! Literals are checked by the attribute, constants by [`Checked`] while the program is compiled. What is left, values
//! that are known only at run time, never panics: it saturates to the nearest value that makes sense.

use std::num::NonZero;
use std::time::Duration;

use crate::pacer::Pacer;
use crate::wait::saturating;

/// Seconds: a `Duration`, a number of seconds, or a function without arguments that returns one of these.
///
/// Below zero and NaN count as zero, too large as `Duration::MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a duration",
    label = "write a number of seconds, a `Duration`, or a function without arguments that returns one"
)]
pub trait IntoSeconds {
    /// The value as a duration.
    fn into_seconds(self) -> Duration;
}

/// The value of a limit in time, such as `max_time` or `max_value`: what [`IntoSeconds`] takes, or an `Option` of it, where `None` is no limit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a duration",
    label = "write a number of seconds, a `Duration`, an `Option` of these, or a function without arguments that returns one"
)]
pub trait IntoMaxTime {
    /// The limit, if there is one.
    fn into_max_time(self) -> Option<Duration>;
}

/// The value of `max_tries`: a whole number, an `Option` of one, where `None` is no limit, or a function without
/// arguments that returns one of these.
///
/// There is always a first attempt, so what is below 1 counts as 1; what is beyond `u32` counts as `u32::MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of attempts",
    label = "write a whole number from 1, an `Option` of one, or a function without arguments that returns one"
)]
pub trait IntoMaxTries {
    /// The limit; `u32::MAX` when there is none.
    fn into_max_tries(self) -> u32;
}

/// A plain number, such as the `base` of `expo`, or a function without arguments that returns one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "write a number, or a function without arguments that returns one"
)]
pub trait IntoNumber {
    /// The value as a float.
    fn into_number(self) -> f64;
}

/// The value of `cost`: a whole number.
///
/// What is below 0 counts as 0; what is beyond `u64` counts as `u64::MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cost",
    label = "write a whole number: of requests, tokens, bytes or whatever the limits of the pacer count"
)]
pub trait IntoCost {
    /// The cost.
    fn into_cost(self) -> u64;
}

/// What `settle` returns: a whole number, or an `Option` of one, where `None` leaves the cost as it was estimated.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cost",
    label = "return a whole number, or an `Option` of one where `None` leaves the cost as it was estimated"
)]
pub trait IntoTrueCost {
    /// The cost, if it is known.
    fn into_true_cost(self) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl<C: IntoCost> IntoTrueCost for Option<C> {
    fn into_true_cost(self) -> Option<u64> {
        self.map(IntoCost::into_cost)
    }
}

macro_rules! whole_numbers {
    ($($int:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoSeconds for $int {
            #[inline]
            fn into_seconds(self) -> Duration {
                // Only a value below zero does not fit.
                u64::try_from(self).map_or(Duration::ZERO, Duration::from_secs)
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoNumber for $int {
            #[inline]
            #[allow(clippy::cast_lossless, reason = "one macro for integers of all widths")]
            fn into_number(self) -> f64 {
                self as f64
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoCost for $int {
            #[inline]
            fn into_cost(self) -> u64 {
                if self < 1 { 0 } else { u64::try_from(self).unwrap_or(u64::MAX) }
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoTrueCost for $int {
            #[inline]
            fn into_true_cost(self) -> Option<u64> {
                Some(self.into_cost())
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoMaxTries for $int {
            #[inline]
            fn into_max_tries(self) -> u32 {
                if self < 1 { 1 } else { u32::try_from(self).unwrap_or(u32::MAX) }
            }
        }
    )*};
}
whole_numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! floats {
    ($($float:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoSeconds for $float {
            #[inline]
            fn into_seconds(self) -> Duration {
                saturating(f64::from(self))
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoNumber for $float {
            #[inline]
            fn into_number(self) -> f64 {
                f64::from(self)
            }
        }
    )*};
}
floats!(f32 f64);

#[diagnostic::do_not_recommend]
impl IntoSeconds for Duration {
    #[inline]
    fn into_seconds(self) -> Duration {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoMaxTries for NonZero<u32> {
    #[inline]
    fn into_max_tries(self) -> u32 {
        self.get()
    }
}

#[diagnostic::do_not_recommend]
impl IntoMaxTries for NonZero<usize> {
    #[inline]
    fn into_max_tries(self) -> u32 {
        self.get().into_max_tries()
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoMaxTries> IntoMaxTries for Option<T> {
    #[inline]
    fn into_max_tries(self) -> u32 {
        self.map_or(u32::MAX, T::into_max_tries)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoSeconds> IntoMaxTime for T {
    #[inline]
    fn into_max_time(self) -> Option<Duration> {
        Some(self.into_seconds())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoSeconds> IntoMaxTime for Option<T> {
    #[inline]
    fn into_max_time(self) -> Option<Duration> {
        self.map(T::into_seconds)
    }
}

#[diagnostic::do_not_recommend]
impl<R: IntoSeconds, F: FnOnce() -> R> IntoSeconds for F {
    #[inline]
    fn into_seconds(self) -> Duration {
        self().into_seconds()
    }
}

#[diagnostic::do_not_recommend]
impl<R: IntoMaxTries, F: FnOnce() -> R> IntoMaxTries for F {
    #[inline]
    fn into_max_tries(self) -> u32 {
        self().into_max_tries()
    }
}

#[diagnostic::do_not_recommend]
impl<R: IntoNumber, F: FnOnce() -> R> IntoNumber for F {
    #[inline]
    fn into_number(self) -> f64 {
        self().into_number()
    }
}

/// A constant of the user's, to be checked in a `const` block by the rule of the option that it is given to.
///
/// Traits have no `const fn`s yet, so each type has the rules as inherent ones. They track their caller, so that the
/// compiler shows the user's constant, and nothing of this file.
#[derive(Clone, Copy, Debug)]
pub struct Checked<T>(pub T);

macro_rules! checked_whole_numbers {
    ($($int:ty)*) => {$(
        impl Checked<$int> {
            /// A number of attempts.
            ///
            /// # Panics
            /// Below 1, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn max_tries(self) -> $int {
                assert!(self.0 >= 1, "`max_tries` counts the first attempt, so it must be at least 1");
                self.0
            }

            /// A number of seconds, or a factor.
            ///
            /// # Panics
            /// Below 0, while the program is compiled.
            #[must_use]
            #[track_caller]
            #[allow(unused_comparisons, clippy::absurd_extreme_comparisons)]
            pub const fn not_negative(self) -> $int {
                assert!(self.0 >= 0, "this option cannot be negative; write a number from 0");
                self.0
            }

            /// A number that others are multiplied by.
            ///
            /// # Panics
            /// At 0 or below, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn positive(self) -> $int {
                assert!(self.0 > 0, "this option must be greater than 0; write a positive number, such as `2`");
                self.0
            }
        }
    )*};
}
checked_whole_numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! checked_floats {
    ($($float:ty)*) => {$(
        impl Checked<$float> {
            /// A number of seconds, or a factor.
            ///
            /// # Panics
            /// Below 0, NaN or infinite, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn not_negative(self) -> $float {
                assert!(
                    self.0 >= 0.0 && self.0 < <$float>::INFINITY,
                    "this option cannot be negative, NaN or infinite; write a finite number from 0"
                );
                self.0
            }

            /// A number that others are multiplied by.
            ///
            /// # Panics
            /// At 0 or below, NaN or infinite, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn positive(self) -> $float {
                assert!(
                    self.0 > 0.0 && self.0 < <$float>::INFINITY,
                    "this option must be greater than 0 and finite; write a positive number, such as `2`"
                );
                self.0
            }
        }
    )*};
}
checked_floats!(f32 f64);

macro_rules! checked_non_zero {
    ($($number:ty)*) => {$(
        impl Checked<NonZero<$number>> {
            /// A number of attempts; it cannot be wrong.
            #[must_use]
            pub const fn max_tries(self) -> NonZero<$number> {
                self.0
            }
        }
    )*};
}
checked_non_zero!(u32 usize);

impl Checked<Duration> {
    /// A duration; it cannot be wrong.
    #[must_use]
    pub const fn not_negative(self) -> Duration {
        self.0
    }
}

impl Checked<&'static Pacer> {
    /// A pacer that is told what a refusal is.
    ///
    /// # Panics
    /// If it has to hear of refusals to find the limit, while the program is compiled.
    #[track_caller]
    pub const fn hears_refusals(self) {
        assert!(
            !self.0.is_adaptive(),
            "an adaptive pacer finds the limit by refused calls, and nothing says which failures are refusals; write \
             `throttled = |error| ...`, or `retry_after = |error| ...` if refusals come with a hint, or the condition \
             `transient` if the error's type tells them"
        );
    }
}

/// What holds a pacer may be known only at run time.
macro_rules! checked_pointers {
    ($([$($param:tt)*] $pointer:ty),* $(,)?) => {$(
        impl<$($param)*> Checked<&'static $pointer> {
            /// What it holds is not known while the program is compiled.
            pub const fn hears_refusals(self) {}
        }
    )*};
}
checked_pointers!(
    [T: ?Sized] &'static T,
    [T: ?Sized] Box<T>,
    [T: ?Sized] std::sync::Arc<T>,
    [T, F] std::sync::LazyLock<T, F>,
    [T] std::sync::OnceLock<T>,
    [T] Option<T>,
);

impl<T> Checked<&'static T> {
    /// Something that calls share lives as long as the program: a `static`, and not a `const`, which would be another one
    /// at each place where it is named.
    pub const fn is_shared(self) {}
}

macro_rules! checked_options {
    ($rule:ident: $($number:ty)*) => {$(
        impl Checked<Option<$number>> {
            /// A limit that may be absent.
            ///
            /// # Panics
            /// As for a limit that is there.
            #[must_use]
            #[track_caller]
            pub const fn $rule(self) -> Option<$number> {
                if let Some(limit) = self.0 {
                    let _ = Checked(limit).$rule();
                }
                self.0
            }
        }
    )*};
}
checked_options!(max_tries: u8 u16 u32 u64 usize i8 i16 i32 i64 isize NonZero<u32> NonZero<usize>);
checked_options!(not_negative: u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 Duration);

/// `for` is not there in a `const fn` yet.
macro_rules! check_items {
    ($items:expr) => {
        assert!(
            !$items.is_empty(),
            "`interval` has no items, so there would be no retry; write at least one, such as `[1, 2, 5]`"
        );
        let mut item = 0;
        while item < $items.len() {
            let _ = Checked($items[item]).not_negative();
            item += 1;
        }
    };
}

macro_rules! checked_sequences {
    ($($number:ty)*) => {$(
        impl Checked<&'static [$number]> {
            /// A sequence of waits.
            ///
            /// # Panics
            /// When it is empty, and as for each item, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn not_negative(self) -> &'static [$number] {
                check_items!(self.0);
                self.0
            }
        }

        impl<const N: usize> Checked<[$number; N]> {
            /// A sequence of waits.
            ///
            /// # Panics
            /// When it is empty, and as for each item, while the program is compiled.
            #[must_use]
            #[track_caller]
            pub const fn not_negative(self) -> [$number; N] {
                check_items!(self.0);
                self.0
            }
        }
    )*};
}
checked_sequences!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 Duration);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_seconds() {
        assert_eq!(300.into_seconds(), Duration::from_secs(300));
        assert_eq!(0.5.into_seconds(), Duration::from_millis(500));
        assert_eq!((|| 2_u8).into_seconds(), Duration::from_secs(2));
        assert_eq!(Some(2).into_max_time(), Some(Duration::from_secs(2)));
        assert_eq!(None::<Duration>.into_max_time(), None);
    }

    #[test]
    fn values_of_run_time_saturate() {
        assert_eq!((-3).into_seconds(), Duration::ZERO);
        assert_eq!(f64::NAN.into_seconds(), Duration::ZERO);
        assert_eq!(f32::INFINITY.into_seconds(), Duration::MAX);
        assert_eq!(0.into_max_tries(), 1);
        assert_eq!((-1_i64).into_max_tries(), 1);
        assert_eq!(u64::MAX.into_max_tries(), u32::MAX);
        assert_eq!(None::<u8>.into_max_tries(), u32::MAX);
        assert_eq!((|| 7_usize).into_max_tries(), 7);
    }
}
