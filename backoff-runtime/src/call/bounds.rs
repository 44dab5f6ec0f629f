//! What bounds a [`Call`](super::Call), and how it ends without an outcome of its own.

#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::time::Duration;
#[cfg(feature = "tokio")]
use std::time::Instant;

#[cfg(feature = "tokio")]
use crate::details::GiveUp;
use crate::outcome::{Fallible, Outcome, Raised, Returned};
use crate::pacer::{Pacer, Place, Turn};
use crate::pacing::{AttemptTimeout, TimedOut};
#[cfg(feature = "tokio")]
use crate::stop::Stop;

/// What bounds a call, and which ends without an outcome are thus possible: none without a pacer and a bound on attempts.
pub trait Bounds: Copy {
    /// With a limit of time or a stop, too.
    type Limited: Bounds;
    /// With a pacer, too.
    type Paced<'p>: Bounds;
    /// With a bound on attempts, too.
    type Bounded: Bounds;
    /// Where the call stands in the queue of a pacer.
    type Place: Default;
    /// The turn of an attempt, which takes no place where there is no pacer.
    type Turn<'a>: From<Option<Turn<'a>>> + Into<Option<Turn<'a>>>;

    /// With a limit of time or a stop, too.
    fn limited(self) -> Self::Limited;

    /// With a pacer, too.
    fn paced(self, pacer: Option<&Pacer>) -> Self::Paced<'_>;

    /// With a bound on attempts, too.
    fn bounded(self, change: impl FnOnce(&mut Times)) -> Self::Bounded;

    /// The pacer.
    fn pacer(&self) -> Option<&Pacer>;

    /// The bounds on attempts.
    fn times(&self) -> Times;

    /// The place in the queue.
    fn place(place: Self::Place) -> Place;

    /// Keeps the place in the queue.
    fn keep(place: Place) -> Self::Place;

    /// Waits for a turn, if there is a pacer.
    #[cfg(feature = "tokio")]
    fn turn<'a>(
        &'a self,
        place: Place,
        deadline: Option<Instant>,
        stop: Option<&'a Stop>,
    ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send;

    /// Gives a future so much time where attempts may be cut; the limit is the error. By the future alone, without a
    /// closure that makes it or a type that it has to return: the compiler would lose that it is `Send` when it borrows.
    #[cfg(feature = "tokio")]
    #[inline]
    #[must_use]
    fn within<F: Future>(
        _limit: Option<Duration>,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<F::Output, Duration>> {
        std::future::poll_fn(move |context| future.as_mut().poll(context).map(Ok))
    }
}

/// What bounds attempts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The longest time for one.
    pub(crate) attempt: Option<Duration>,
    /// The longest time for the whole call.
    pub(crate) call: Option<Duration>,
}

/// The turn of an attempt without a pacer.
#[derive(Clone, Copy, Debug)]
pub struct NoTurn;

impl From<Option<Turn<'_>>> for NoTurn {
    #[inline]
    fn from(_: Option<Turn<'_>>) -> Self {
        Self
    }
}

impl From<NoTurn> for Option<Turn<'_>> {
    #[inline]
    fn from(_: NoTurn) -> Self {
        None
    }
}

/// A call has neither.
#[derive(Clone, Copy, Debug)]
pub struct Endless;

/// A call has a limit of time or a stop.
#[derive(Clone, Copy, Debug)]
pub struct Limited;

/// A call has a pacer.
#[derive(Clone, Copy, Debug)]
pub struct Paced<'p>(Option<&'p Pacer>);

/// A call may end without an outcome of its own.
#[derive(Clone, Copy, Debug)]
pub struct Bounded<'p> {
    pacer: Option<&'p Pacer>,
    times: Times,
}

impl<'p> Bounded<'p> {
    fn new(pacer: Option<&'p Pacer>, mut times: Times, change: impl FnOnce(&mut Times)) -> Self {
        change(&mut times);
        Self { pacer, times }
    }
}

macro_rules! without_a_pacer {
    ($($bounds:ident: $paced:ident(|$pacer:ident| $value:expr);)*) => {$(
        impl Bounds for $bounds {
            type Limited = Limited;
            type Paced<'p> = $paced<'p>;
            type Bounded = Bounded<'static>;
            type Place = ();
            type Turn<'a> = NoTurn;

            fn limited(self) -> Limited {
                Limited
            }

            fn paced(self, $pacer: Option<&Pacer>) -> $paced<'_> {
                $value
            }

            fn bounded(self, change: impl FnOnce(&mut Times)) -> Bounded<'static> {
                Bounded::new(None, Times::default(), change)
            }

            #[inline]
            fn pacer(&self) -> Option<&Pacer> {
                None
            }

            #[inline]
            fn times(&self) -> Times {
                Times::default()
            }

            #[inline]
            fn place((): ()) -> Place {
                Place::back()
            }

            #[inline]
            fn keep(_: Place) {}

            #[cfg(feature = "tokio")]
            #[inline]
            fn turn<'a>(
                &'a self,
                _: Place,
                _: Option<Instant>,
                _: Option<&'a Stop>,
            ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send {
                std::future::poll_fn(|_| std::task::Poll::Ready(Ok(None)))
            }
        }

        impl<O: Outcome, M> Ends<O, M> for $bounds {
            fn make(_: &mut M, _: AttemptTimeout) -> O::Output {
                unreachable!("without a pacer and a limit every call has an outcome of its own")
            }
        }
    )*};
}
without_a_pacer! {
    Endless: Paced(|pacer| Paced(pacer));
    Limited: Bounded(|pacer| Bounded { pacer, times: Times::default() });
}

macro_rules! with_a_pacer {
    ($($bounds:ident(may_miss: $may_miss:expr): |$self:ident| $pacer:expr, $times:expr, |$new:ident| $paced:expr
        $(, within: $within:path)?;)*) => {$(
        impl<'q> Bounds for $bounds<'q> {
            type Limited = Bounded<'q>;
            type Paced<'p> = $bounds<'p>;
            type Bounded = Bounded<'q>;
            type Place = Place;
            type Turn<'a> = Option<Turn<'a>>;

            fn limited($self) -> Bounded<'q> {
                Bounded { pacer: $pacer, times: $times }
            }

            fn paced($self, $new: Option<&Pacer>) -> $bounds<'_> {
                $paced
            }

            fn bounded($self, change: impl FnOnce(&mut Times)) -> Bounded<'q> {
                Bounded::new($pacer, $times, change)
            }

            #[inline]
            fn pacer(&$self) -> Option<&Pacer> {
                $pacer
            }

            #[inline]
            fn times(&$self) -> Times {
                $times
            }

            #[inline]
            fn place(place: Place) -> Place {
                place
            }

            #[inline]
            fn keep(place: Place) -> Place {
                place
            }

            #[cfg(feature = "tokio")]
            fn turn<'a>(
                &'a self,
                place: Place,
                deadline: Option<Instant>,
                stop: Option<&'a Stop>,
            ) -> impl Future<Output = Result<Option<Turn<'a>>, GiveUp>> + Send {
                // Where it has to come, it may be waited for beyond the time of a call around this one.
                let (deadline, stop) = if $may_miss { (deadline, stop) } else { (None, None) };
                crate::pacing::turn(self.pacer(), place, deadline, stop)
            }

            $(
                #[cfg(feature = "tokio")]
                #[inline]
                fn within<F: Future>(
                    limit: Option<Duration>,
                    future: Pin<&mut F>,
                ) -> impl Future<Output = Result<F::Output, Duration>> {
                    $within(limit, future)
                }
            )?
        }
    )*};
}
with_a_pacer! {
    Paced(may_miss: false): |self| self.0, Times::default(), |pacer| Paced(pacer);
    Bounded(may_miss: true): |self| self.pacer, self.times, |pacer| Bounded { pacer, times: self.times },
        within: crate::pacing::bounded;
}

/// The ends that are possible, made of a timeout by `M`.
pub trait Ends<O: Outcome, M>: Bounds {
    /// An attempt, as it is made. Only [`Bounded`] ends one that takes too long.
    #[cfg(feature = "tokio")]
    #[inline]
    #[must_use]
    fn attempt<F: Future<Output = O::Output>>(
        _limit: Option<Duration>,
        _is_cut: &mut bool,
        _make: &mut M,
        attempt: impl FnOnce() -> F,
    ) -> impl Future<Output = O::Output> {
        attempt()
    }

    /// What the call returns that had no outcome.
    fn make(make: &mut M, timeout: AttemptTimeout) -> O::Output;
}

impl<O: Outcome, M> Ends<O, M> for Paced<'_> {
    fn make(_: &mut M, _: AttemptTimeout) -> O::Output {
        unreachable!("a turn without a deadline comes")
    }
}

impl<O: Outcome, M: Makes<O>> Ends<O, M> for Bounded<'_> {
    #[cfg(feature = "tokio")]
    async fn attempt<F: Future<Output = O::Output>>(
        limit: Option<Duration>,
        is_cut: &mut bool,
        make: &mut M,
        attempt: impl FnOnce() -> F,
    ) -> O::Output {
        // Made in place, as to move it would keep it twice.
        let attempt = std::pin::pin!(attempt());
        crate::pacing::timeout(limit, is_cut, |timeout| make.make(timeout), attempt).await
    }

    fn make(make: &mut M, timeout: AttemptTimeout) -> O::Output {
        make.make(timeout)
    }
}

/// Makes what a call returns that had no outcome of its own.
pub trait Makes<O: Outcome> {
    /// What it returns.
    fn make(&mut self, timeout: AttemptTimeout) -> O::Output;
}

/// By conversion: `From<AttemptTimeout>`, or the falsy value; the default.
#[derive(Clone, Copy, Debug)]
pub struct Converted;

impl<O: Outcome<Output: TimedOut>> Makes<O> for Converted {
    fn make(&mut self, timeout: AttemptTimeout) -> O::Output {
        TimedOut::timed_out(timeout)
    }
}

/// By a function: `on_timeout`.
#[derive(Clone, Debug)]
pub struct Made<F>(pub(crate) F);

impl<R: Fallible, F: FnMut(AttemptTimeout) -> R::Error> Makes<Raised<R>> for Made<F> {
    fn make(&mut self, timeout: AttemptTimeout) -> R {
        R::from_error((self.0)(timeout))
    }
}

impl<T, F: FnMut(AttemptTimeout) -> T> Makes<Returned<T>> for Made<F> {
    fn make(&mut self, timeout: AttemptTimeout) -> T {
        (self.0)(timeout)
    }
}
