//! What an attempt ended with, and which of it counts as failed.

use std::error::Error;

use crate::details::GivenUp;

/// What an attempt of a retried function ended with.
pub trait Outcome {
    /// What succeeded: the value, or the `T` of an `Ok(T)`.
    type Value;
    /// What can fail: the value under `on_predicate`, the error under `on_exception`.
    type Failure;
    /// What the function returns.
    type Output;

    /// What succeeded, if something did.
    fn value(&self) -> Option<&Self::Value>;

    /// What can fail, if it is there.
    fn failure(&self) -> Option<&Self::Failure>;

    /// What the function returns, to look at.
    fn output(&self) -> &Self::Output;

    /// What the function returns.
    fn into_output(self) -> Self::Output;

    /// What an attempt ended with that returned this.
    fn from_output(output: Self::Output) -> Self;
}

/// Whether an attempt failed: whether the predicate holds of what can fail, the value or the error.
#[inline]
pub fn when<O: Outcome>(outcome: &O, predicate: impl FnOnce(&O::Failure) -> bool) -> bool {
    outcome.failure().is_some_and(predicate)
}

/// Whether an attempt failed with any error.
#[inline]
pub fn when_any<R: Fallible>(outcome: &Raised<R>) -> bool {
    outcome.failure().is_some()
}

/// Whether an attempt failed with an error that is an `X`.
#[inline]
pub fn when_is<X, How, R: Fallible<Error: Is<X, How>>>(outcome: &Raised<R>) -> bool {
    when(outcome, Is::is)
}

/// Whether an attempt failed with a falsy value.
#[inline]
pub fn when_falsy<T: Falsy>(outcome: &Returned<T>) -> bool {
    outcome.0.is_falsy()
}

/// What a call returns that gave up: what `fallback` makes of the last error.
#[inline]
pub fn or_else<R: Fallible>(last: R, fallback: impl FnOnce(R::Error) -> R) -> R {
    last.or_else(fallback)
}

/// What a call returns that gave up: what `fallback` makes of the last error and the details.
#[inline]
pub fn or_else_with<R: Fallible>(
    last: R,
    given_up: GivenUp,
    fallback: impl FnOnce(R::Error, GivenUp) -> R,
) -> R {
    last.or_else(|error| fallback(error, given_up))
}

/// What a call returns that gave up, with `raise_on_giveup = false`: the default value.
#[inline]
pub fn or_default<R: Fallible<Value: OkDefault>>(last: R) -> R {
    last.or_ok(OkDefault::ok_default)
}

/// A value that `raise_on_giveup = false` can return: one with a `Default`.
#[diagnostic::on_unimplemented(
    message = "`raise_on_giveup = false` returns `Ok(Default::default())`, but `{Self}` has no `Default`",
    label = "implement `Default` for `{Self}`, or write `fallback = |error| Ok(...)`"
)]
pub trait OkDefault {
    /// The default value.
    fn ok_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> OkDefault for T {
    fn ok_default() -> Self {
        Self::default()
    }
}

/// The value that an attempt under `on_predicate` returned.
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T> Outcome for Returned<T> {
    type Value = T;
    type Failure = T;
    type Output = T;

    fn value(&self) -> Option<&T> {
        Some(&self.0)
    }

    fn failure(&self) -> Option<&T> {
        Some(&self.0)
    }

    fn output(&self) -> &T {
        &self.0
    }

    fn into_output(self) -> T {
        self.0
    }

    fn from_output(output: T) -> Self {
        Self(output)
    }
}

/// The result that an attempt under `on_exception` returned.
#[derive(Debug)]
pub struct Raised<R>(pub R);

impl<R: Fallible> Outcome for Raised<R> {
    type Value = R::Value;
    type Failure = R::Error;
    type Output = R;

    #[inline]
    fn value(&self) -> Option<&R::Value> {
        self.0.as_result().ok()
    }

    #[inline]
    fn failure(&self) -> Option<&R::Error> {
        self.0.as_result().err()
    }

    #[inline]
    fn output(&self) -> &R {
        &self.0
    }

    #[inline]
    fn into_output(self) -> R {
        self.0
    }

    fn from_output(output: R) -> Self {
        Self(output)
    }
}

/// What a function under `on_exception` must return: a `Result`.
#[diagnostic::on_unimplemented(
    message = "a function is retried when it returns an `Err`, but this one returns `{Self}`",
    label = "not a `Result`",
    note = "return a `Result`, or use `on_predicate`, which looks at any value"
)]
pub trait Fallible: Sized {
    /// The `T` of the `Result`.
    type Value;
    /// The `E` of the `Result`.
    type Error;

    /// What is in it.
    ///
    /// # Errors
    /// Its error.
    fn as_result(&self) -> Result<&Self::Value, &Self::Error>;

    /// An error.
    fn from_error(error: Self::Error) -> Self;

    /// Itself, or else its error.
    ///
    /// # Errors
    /// Its error.
    fn or_error(self) -> Result<Self, Self::Error>;

    /// Itself, or what another makes of its error.
    #[must_use]
    fn or_else(self, other: impl FnOnce(Self::Error) -> Self) -> Self;

    /// Itself, or else an `Ok`.
    #[must_use]
    fn or_ok(self, value: impl FnOnce() -> Self::Value) -> Self;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn as_result(&self) -> Result<&T, &E> {
        self.as_ref()
    }

    #[inline]
    fn from_error(error: E) -> Self {
        Err(error)
    }

    #[inline]
    fn or_error(self) -> Result<Self, E> {
        self.map(Ok)
    }

    #[inline]
    fn or_else(self, other: impl FnOnce(E) -> Self) -> Self {
        Self::or_else(self, other)
    }

    #[inline]
    fn or_ok(self, value: impl FnOnce() -> T) -> Self {
        Ok(self.unwrap_or_else(|_| value()))
    }
}

/// A type with values that are falsy, as Python has it: what `on_predicate` retries when it is given no predicate.
///
/// Falsy are `false`, zero, `None`, `()`, and the empty string or collection. A reference or smart pointer is as falsy
/// as what it points to. Implement it for a type of yours to make `#[on_predicate(expo)]` understand it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is never falsy, so `on_predicate` needs to be told when to retry",
    label = "no `false`, zero, `None` or empty value",
    note = "write a predicate behind the generator: `#[on_predicate(expo, |value| ...)]` or `#[on_predicate(expo, matches!(...))]`"
)]
pub trait Falsy {
    /// Whether the value is falsy.
    fn is_falsy(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl Falsy for bool {
    #[inline]
    fn is_falsy(&self) -> bool {
        !self
    }
}

#[diagnostic::do_not_recommend]
impl Falsy for () {
    #[inline]
    fn is_falsy(&self) -> bool {
        true
    }
}

#[diagnostic::do_not_recommend]
impl<T> Falsy for Option<T> {
    #[inline]
    fn is_falsy(&self) -> bool {
        self.is_none()
    }
}

macro_rules! falsy_when_zero {
    ($($number:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Falsy for $number {
            #[inline]
            #[allow(clippy::float_cmp, reason = "zero itself is falsy, not what is near it")]
            fn is_falsy(&self) -> bool {
                *self == <$number>::default()
            }
        }
    )*};
}
falsy_when_zero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 std::time::Duration);

macro_rules! falsy_when_empty {
    ($([$($param:ident),*] $collection:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($param),*> Falsy for $collection {
            #[inline]
            fn is_falsy(&self) -> bool {
                self.is_empty()
            }
        }
    )*};
}
falsy_when_empty!(
    [] str,
    [] String,
    [] std::ffi::OsStr,
    [] std::ffi::OsString,
    [T] [T],
    [T] Vec<T>,
    [T] std::collections::VecDeque<T>,
    [T] std::collections::LinkedList<T>,
    [T] std::collections::BinaryHeap<T>,
    [K, V] std::collections::BTreeMap<K, V>,
    [T] std::collections::BTreeSet<T>,
    [K, V, S] std::collections::HashMap<K, V, S>,
    [T, S] std::collections::HashSet<T, S>,
);

#[diagnostic::do_not_recommend]
impl<T, const N: usize> Falsy for [T; N] {
    #[inline]
    fn is_falsy(&self) -> bool {
        N == 0
    }
}

macro_rules! falsy_as_its_target {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Falsy + ?Sized> Falsy for $pointer {
            #[inline]
            fn is_falsy(&self) -> bool {
                (**self).is_falsy()
            }
        }
    )*};
}
falsy_as_its_target!(&T, &mut T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T>);

#[diagnostic::do_not_recommend]
impl<T: Falsy + ToOwned + ?Sized> Falsy for std::borrow::Cow<'_, T> {
    #[inline]
    fn is_falsy(&self) -> bool {
        (**self).is_falsy()
    }
}

/// An error that can be an `X`: it is that type, or it is type-erased and can be downcast to it. Of a tuple, one of
/// its types.
///
/// `How` only tells the compiler which of the ways it is.
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` can never be `{X}`, so it would never be retried",
    label = "the function's error is `{Self}`",
    note = "name the error type that the function returns, or leave it out to retry on any `Err`"
)]
pub trait Is<X, How> {
    /// Whether this error is an `X`.
    fn is(&self) -> bool;
}

/// Marks an error that is of exactly the named type.
#[derive(Debug)]
pub enum Same {}

/// Marks an error whose type is erased.
#[derive(Debug)]
pub enum Erased {}

/// Marks an error whose type is erased, and may be any of a tuple.
#[derive(Debug)]
pub enum OneOf {}

/// Marks an error that is of exactly the type at a place of the tuple.
#[derive(Debug)]
pub enum At<const PLACE: usize> {}

#[diagnostic::do_not_recommend]
impl<E> Is<E, Same> for E {
    #[inline]
    fn is(&self) -> bool {
        true
    }
}

macro_rules! erased {
    ($($error:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<X: Error + 'static> Is<X, Erased> for $error {
            fn is(&self) -> bool {
                (**self).is::<X>()
            }
        }
    )*};
}
erased!(
    Box<dyn Error>,
    Box<dyn Error + Send>,
    Box<dyn Error + Send + Sync>,
    std::rc::Rc<dyn Error>,
    std::sync::Arc<dyn Error>,
    std::sync::Arc<dyn Error + Send + Sync>,
);

#[cfg(feature = "anyhow")]
#[diagnostic::do_not_recommend]
impl<X: Error + Send + Sync + 'static> Is<X, Erased> for anyhow::Error {
    fn is(&self) -> bool {
        // Looks through context, too, as users of anyhow expect.
        self.downcast_ref::<X>().is_some()
    }
}

#[cfg(feature = "eyre")]
#[diagnostic::do_not_recommend]
impl<X: Error + Send + Sync + 'static> Is<X, Erased> for eyre::Report {
    fn is(&self) -> bool {
        // Through what `wrap_err` has added, too.
        self.downcast_ref::<X>().is_some()
    }
}

/// `Is<(A, B, ...), _>`: by place for a concrete error, any of them for a type-erased one.
macro_rules! one_of {
    ($($x:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($x),*> Is<($($x,)*), OneOf> for T
        where
            $(T: Is<$x, Erased>,)*
        {
            fn is(&self) -> bool {
                $(<T as Is<$x, Erased>>::is(self))||*
            }
        }
        one_of!(@places [$($x)*] [] $($x)*);
    };
    (@places [$($all:ident)*] [$($before:ident)*] $here:ident $($after:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),*> Is<($($all,)*), At<{ 0 $(+ one_of!(@one $before))* }>> for $here {
            #[inline]
            fn is(&self) -> bool {
                true
            }
        }
        one_of!(@places [$($all)*] [$($before)* $here] $($after)*);
    };
    (@places [$($all:ident)*] [$($before:ident)*]) => {};
    (@one $x:ident) => { 1 };
}
one_of!(A);
one_of!(A B);
one_of!(A B C);
one_of!(A B C D);
one_of!(A B C D E);
one_of!(A B C D E F);
one_of!(A B C D E F G);
one_of!(A B C D E F G H);

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::num::ParseIntError;

    #[test]
    fn falsy_is_what_python_calls_falsy() {
        assert!(false.is_falsy() && 0.is_falsy() && 0.0.is_falsy() && ().is_falsy() && "".is_falsy());
        assert!(None::<u8>.is_falsy() && Vec::<u8>::new().is_falsy() && Box::new(String::new()).is_falsy());
        assert!(
            !(true.is_falsy() || 1.is_falsy() || "0".is_falsy() || Some(false).is_falsy() || [0].is_falsy())
        );
        assert!(!f64::NAN.is_falsy());
    }

    fn is<X, How>(error: &impl Is<X, How>) -> bool {
        error.is()
    }

    #[test]
    fn a_concrete_error_is_its_type_or_one_of_a_tuple() {
        let error = io::Error::other("x");
        assert!(is::<io::Error, _>(&error));
        assert!(is::<(io::Error, ParseIntError), _>(&error));
        assert!(is::<(ParseIntError, io::Error, u8), _>(&error));
    }

    #[test]
    fn an_erased_error_is_what_it_downcasts_to() {
        let error: Box<dyn Error + Send + Sync> = io::Error::other("x").into();
        assert!(is::<io::Error, _>(&error));
        assert!(!is::<ParseIntError, _>(&error));
        assert!(is::<(ParseIntError, io::Error), _>(&error));
        assert!(!is::<(ParseIntError, std::fmt::Error), _>(&error));
        let error: Box<dyn Error> = io::Error::other("x").into();
        assert!(is::<io::Error, _>(&error));
        #[cfg(feature = "anyhow")]
        assert!(is::<(ParseIntError, io::Error), _>(&anyhow::Error::new(io::Error::other("x"))));
        #[cfg(feature = "eyre")]
        assert!(is::<(ParseIntError, io::Error), _>(
            &eyre::Report::new(io::Error::other("x")).wrap_err("context")
        ));
    }
}
