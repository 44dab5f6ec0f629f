//! What the log lines of a [`Call`](super::Call) show of what failed.

use crate::log::Shown;

/// How the log line shows what failed.
#[diagnostic::on_unimplemented(
    message = "the log line of a retried closure shows what failed, and `{T}` has no `Debug`",
    label = "cannot be shown in the log line",
    note = "derive `Debug`, or write `.log_outcome(None)` to hide it, or `.log_outcome(|outcome| ...)` to show something else"
)]
pub trait Shows<T> {
    /// Gives what is shown to `log`.
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>));
}

/// By `Debug`; the default.
#[derive(Clone, Copy, Debug)]
pub struct AsDebug;

#[diagnostic::do_not_recommend]
impl<T: std::fmt::Debug> Shows<T> for AsDebug {
    #[inline]
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Debug(failure));
    }
}

/// Not at all: `.log_outcome(None)`.
#[derive(Clone, Copy, Debug)]
pub struct Hidden;

impl<T> Shows<T> for Hidden {
    #[inline]
    fn show(&self, _: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Hidden);
    }
}

/// By a function of it.
#[derive(Clone, Debug)]
pub struct By<F>(F);

impl<T, D: std::fmt::Display, F: Fn(&T) -> D> Shows<T> for By<F> {
    #[inline]
    fn show(&self, failure: &T, log: impl FnOnce(Shown<'_>)) {
        log(Shown::Display(&(self.0)(failure)));
    }
}

/// What [`Call::log_outcome`](crate::Call::log_outcome) takes: a function of the outcome, or `None`.
pub trait IntoShows<T> {
    /// How it is shown.
    type Shows;

    /// How it is shown.
    fn into_shows(self) -> Self::Shows;
}

impl<T, D: std::fmt::Display, F: Fn(&T) -> D> IntoShows<(T, D)> for F {
    type Shows = By<F>;

    fn into_shows(self) -> By<F> {
        By(self)
    }
}

impl IntoShows<Hidden> for Option<std::convert::Infallible> {
    type Shows = Hidden;

    fn into_shows(self) -> Hidden {
        Hidden
    }
}
