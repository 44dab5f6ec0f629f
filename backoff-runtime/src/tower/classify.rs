//! Which answers of a service are failures that pass by themselves.

use std::fmt;

use crate::transient::{Class, Transient};

/// Says of an answer, a `Result` of a response and an error, what kind of failure it is, if it is one.
#[diagnostic::on_unimplemented(
    message = "nothing says which `{A}` is transient",
    label = "the layer asks the types of the response and of the error",
    note = "write `.classify(|answer| ...)` behind `new` (or `.retry_if(...)` of a `RetryLayer`, `.throttled(...)` of a `PacerLayer`), or implement `Transient` for both types"
)]
pub trait Classify<A> {
    /// What kind of failure it is.
    fn class(&self, answer: &A) -> Class;
}

/// By what the types say: [`Transient`] of the response and of the error. The default.
#[derive(Clone, Copy, Debug)]
pub struct ByType;

#[diagnostic::do_not_recommend]
impl<A: Transient> Classify<A> for ByType {
    fn class(&self, answer: &A) -> Class {
        answer.class()
    }
}

/// By a function to a [`Class`]; made by `classify`.
#[derive(Clone, Copy)]
pub struct By<F>(pub(super) F);

#[diagnostic::do_not_recommend]
impl<A, F: Fn(&A) -> Class> Classify<A> for By<F> {
    fn class(&self, answer: &A) -> Class {
        (self.0)(answer)
    }
}

/// By a function that says whether it is transient; made by `retry_if`.
#[derive(Clone, Copy)]
pub struct If<F>(pub(super) F);

#[diagnostic::do_not_recommend]
impl<A, F: Fn(&A) -> bool> Classify<A> for If<F> {
    fn class(&self, answer: &A) -> Class {
        if (self.0)(answer) { Class::TRANSIENT } else { Class::Final }
    }
}

/// By a function that says whether the limit refused a request; of the others, an error says nothing of the limit, and a
/// response that it let the request pass. Made by `throttled`.
#[derive(Clone, Copy)]
pub struct Throttled<F>(pub(super) F);

#[diagnostic::do_not_recommend]
impl<T, E, F: Fn(&Result<T, E>) -> bool> Classify<Result<T, E>> for Throttled<F> {
    fn class(&self, answer: &Result<T, E>) -> Class {
        match answer {
            answer if (self.0)(answer) => Class::RATE_LIMIT,
            Ok(_) => Class::Final,
            Err(_) => Class::TRANSIENT,
        }
    }
}

macro_rules! shown_by_name {
    ($($name:ident)*) => {$(
        impl<F> fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
shown_by_name!(By If Throttled);
