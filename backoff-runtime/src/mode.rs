//! The two ways to wait, each with the clock that goes with it.
//!
//! A limit of time must be read on the clock that the sleep runs on: a paused tokio clock stands still for both.

use std::time::{Duration, Instant};

use crate::details::GiveUp;
use crate::pacer::this_thread;
use crate::stop::{Listener, Stop};
use crate::testing;

/// How a call waits and reads time: [`Blocking`] or [`Async`].
pub trait Mode: Sized {
    /// What is left to the function's loop to wait for.
    type Delay;

    /// Whether a wait blocks the thread.
    const BLOCKS: bool;

    /// The current instant, whatever a test says.
    fn real() -> Instant;

    /// The current instant, on the clock that all callers share.
    #[inline]
    fn now() -> Instant {
        testing::now::<Self>()
    }

    /// Waits, or gives what does; for a call, if it is known when that began.
    fn delay(wait: Duration, call: Option<Instant>) -> Self::Delay;

    /// What is left to wait for of a wait that may be stopped; then why there is no other attempt, if it was.
    type Unless<'s>;

    /// Waits, or gives what does, until told to stop.
    fn delay_unless(wait: Duration, call: Option<Instant>, stop: Option<&Stop>) -> Self::Unless<'_>;
}

/// Sync functions: the standard clock, and waits that block the thread.
#[derive(Debug)]
pub enum Blocking {}

impl Mode for Blocking {
    type Delay = ();

    const BLOCKS: bool = true;

    #[inline]
    fn real() -> Instant {
        Instant::now()
    }

    /// A zero wait gives the rest of the thread's time slice away.
    fn delay(wait: Duration, call: Option<Instant>) {
        if testing::skip::<Self>(wait, call) || wait.is_zero() {
            std::thread::yield_now();
        } else {
            std::thread::sleep(wait);
        }
    }

    type Unless<'s> = Option<GiveUp>;

    fn delay_unless(wait: Duration, call: Option<Instant>, stop: Option<&Stop>) -> Option<GiveUp> {
        let (mut listener, waker) = (Listener::new(stop), this_thread());
        if testing::skip::<Self>(wait, call) || wait.is_zero() {
            std::thread::yield_now();
            return listener.is_stopped(&waker).then_some(GiveUp::Stopped);
        }
        let start = Instant::now();
        loop {
            if listener.is_stopped(&waker) {
                return Some(GiveUp::Stopped);
            }
            match wait.checked_sub(start.elapsed()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => return None,
            }
        }
    }
}

/// Async functions: tokio's clock and timer.
#[derive(Debug)]
pub enum Async {}

#[cfg(feature = "tokio")]
mod tokio_delay {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::{Duration, Instant};

    use super::{Async, GiveUp, Listener, Mode, Stop, testing};

    impl Mode for Async {
        type Delay = Delay;

        const BLOCKS: bool = false;

        #[inline]
        fn real() -> Instant {
            tokio::time::Instant::now().into_std()
        }

        #[inline]
        fn delay(wait: Duration, call: Option<Instant>) -> Delay {
            if wait.is_zero() {
                testing::skip::<Self>(wait, call);
                return Delay(State::Yield);
            }
            testing::skipped::<Self>(wait, call).map_or_else(|| sleep(wait), |skip| Delay(State::Skip(skip)))
        }

        type Unless<'s> = DelayUnless<'s>;

        fn delay_unless(wait: Duration, call: Option<Instant>, stop: Option<&Stop>) -> DelayUnless<'_> {
            DelayUnless(Unless::new(Self::delay(wait, call), stop))
        }
    }

    /// A wait that may be stopped; then why there is no other attempt, if it was.
    #[derive(Debug)]
    #[must_use = "a delay does nothing until it is awaited"]
    pub struct DelayUnless<'s>(Unless<'s, Delay>);

    impl Future for DelayUnless<'_> {
        type Output = Option<GiveUp>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<GiveUp>> {
            Pin::new(&mut self.0).poll(context).map(|over| over.is_none().then_some(GiveUp::Stopped))
        }
    }

    /// A future that ends, without an output, when the call is told to stop.
    #[derive(Debug)]
    pub(crate) struct Unless<'s, F> {
        future: F,
        listener: Listener<'s>,
    }

    impl<'s, F> Unless<'s, F> {
        pub(crate) fn new(future: F, stop: Option<&'s Stop>) -> Self {
            Self { future, listener: Listener::new(stop) }
        }
    }

    impl<F: Future + Unpin> Future for Unless<'_, F> {
        type Output = Option<F::Output>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            if self.listener.is_stopped(context.waker()) {
                return Poll::Ready(None);
            }
            Pin::new(&mut self.future).poll(context).map(Some)
        }
    }

    #[inline(never)]
    fn sleep(wait: Duration) -> Delay {
        Delay(State::Sleep(Box::pin(tokio::time::sleep(wait))))
    }

    /// A wait on tokio's timer; of zero, one turn for the other tasks, without a timer.
    #[derive(Debug)]
    #[must_use = "a delay does nothing until it is awaited"]
    pub struct Delay(State);

    #[derive(Debug)]
    enum State {
        /// Has still to yield.
        Yield,
        /// Has nothing left to wait for.
        Over,
        /// Boxed, so that the annotated function's future carries a pointer and not the timer's 112 bytes.
        Sleep(Pin<Box<tokio::time::Sleep>>),
        Skip(Box<testing::Skip>),
    }

    impl Future for Delay {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            match &mut self.0 {
                State::Sleep(sleep) => sleep.as_mut().poll(context),
                State::Skip(skip) => skip.poll::<Async>(context),
                State::Over => Poll::Ready(()),
                state @ State::Yield => {
                    *state = State::Over;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        }
    }

    impl Drop for Delay {
        // In the annotated function only the question stands, not how a timer ends.
        #[inline]
        fn drop(&mut self) {
            if matches!(self.0, State::Sleep(_) | State::Skip(_)) {
                end(std::mem::replace(&mut self.0, State::Over));
            }
        }
    }

    #[cold]
    fn end(wait: State) {
        drop(wait);
    }
}

#[cfg(feature = "tokio")]
pub(crate) use tokio_delay::Unless;

/// Without tokio an async function is refused by the attribute; this only keeps that the one error.
#[cfg(not(feature = "tokio"))]
impl Mode for Async {
    type Delay = std::future::Ready<()>;

    const BLOCKS: bool = false;

    fn real() -> Instant {
        Instant::now()
    }

    fn delay(_: Duration, _: Option<Instant>) -> Self::Delay {
        std::future::ready(())
    }

    type Unless<'s> = std::future::Ready<Option<GiveUp>>;

    fn delay_unless(_: Duration, _: Option<Instant>, _: Option<&Stop>) -> Self::Unless<'_> {
        std::future::ready(None)
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn a_wait_of_zero_makes_no_timer_but_yields_once() {
        // Outside a runtime a timer would panic.
        let mut delay = pin!(Async::delay(Duration::ZERO, None));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(delay.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(delay.as_mut().poll(&mut context), Poll::Ready(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_of_time_runs_on_the_clock_of_the_sleep() {
        let start = Async::now();
        Async::delay(Duration::from_secs(3600), None).await;
        assert_eq!(Async::now() - start, Duration::from_secs(3600));
    }
}
