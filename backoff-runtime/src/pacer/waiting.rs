//! The two ways to wait for a turn: a future, and a blocked thread. Both stand in the same queue.

use std::cell::OnceCell;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::Pacer;
use super::state::{Caller, Step};
use super::turn::{Place, Turn};
use crate::details::GiveUp;
use crate::mode::{Blocking, Mode};
use crate::stop::{Listener, Stop};
use crate::testing::{self, Asked};

/// A caller that stands in the queue until it has its turn, gives up, or is dropped.
struct Waiting<'p> {
    pacer: &'p Pacer,
    caller: Caller,
    clock: fn() -> Instant,
    /// Until when it waits behind others in a test without waits, and since when it really does.
    behind: Option<Box<(Instant, Instant)>>,
    asked: Option<Box<Asked>>,
}

/// In a test without waits, whoever stands at the head moves the clock; if it doesn't come for so long, in real time,
/// another does.
const PATIENCE: Duration = Duration::from_millis(50);
/// A thread asks again after so long.
const REST: Duration = Duration::from_millis(1);

/// What came of a step.
enum Stepped<'p> {
    /// It's over: a turn, or no turn in time.
    Over(Option<Turn<'p>>),
    /// To be asked again when woken, or at the instant; so many stand ahead.
    Wait { until: Instant, ahead: u32 },
}

impl<'p> Waiting<'p> {
    fn new<M: Mode>(pacer: &'p Pacer, Place { ticket, cost }: Place, deadline: Option<Instant>) -> Self {
        let caller = Caller { ticket, cost, deadline, joined: false, missed: 0 };
        Self { pacer, caller, clock: M::now, behind: None, asked: testing::ask::<M>() }
    }

    fn step(&mut self, waker: &Waker) -> Stepped<'p> {
        let (step, resets) = self.pacer.step(&mut self.caller, (self.clock)(), waker);
        let turn = match step {
            Step::Wait { until, ahead } => return Stepped::Wait { until, ahead },
            Step::TooLate => None,
            Step::Go(sent, ticket) => {
                Some(Turn::new(self.pacer, sent, ticket, self.caller.cost, self.clock, resets))
            }
        };
        if let Some(asked) = self.asked.take() {
            asked.answered();
        }
        Stepped::Over(turn)
    }

    /// Whether it has to leave it to those ahead to move the clock of a test without waits.
    fn stands_behind(&mut self, until: Instant, ahead: u32) -> bool {
        if ahead == 0 || !testing::skips() {
            return false;
        }
        match self.behind.as_deref() {
            Some((same, since)) if *same == until => since.elapsed() < PATIENCE + REST * ahead,
            _ => {
                self.behind = Some(Box::new((until, Instant::now())));
                true
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Caller { ticket: Some(ticket), joined: true, .. } = self.caller {
            self.pacer.leave(ticket, (self.clock)());
        }
    }
}

/// Waits for a turn by blocking the thread; or why there is none.
pub(super) fn block<'p>(
    pacer: &'p Pacer,
    place: Place,
    deadline: Option<Instant>,
    stop: Option<&Stop>,
) -> Result<Turn<'p>, GiveUp> {
    let waker = this_thread();
    let mut listener = Listener::new(stop);
    let mut waiting = Waiting::new::<Blocking>(pacer, place, deadline);
    loop {
        if listener.is_stopped(&waker) {
            return Err(GiveUp::Stopped);
        }
        match waiting.step(&waker) {
            Stepped::Over(turn) => return turn.ok_or(GiveUp::MaxTime),
            Stepped::Wait { until, ahead } => {
                if waiting.stands_behind(until, ahead) {
                    thread::park_timeout(REST);
                    continue;
                }
                let wait = until.saturating_duration_since(Blocking::now());
                if !testing::skip::<Blocking>(wait, None) {
                    thread::park_timeout(wait);
                }
            }
        }
    }
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// The waker of this thread, made once.
pub(crate) fn this_thread() -> Waker {
    thread_local! {
        static WAKER: OnceCell<Waker> = const { OnceCell::new() };
    }
    WAKER.with(|waker| waker.get_or_init(|| Arc::new(Unpark(thread::current())).into()).clone())
}

#[cfg(feature = "tokio")]
pub use asynchronous::WaitForTurn;

#[cfg(feature = "tokio")]
mod asynchronous {
    use std::fmt;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::{Duration, Instant};

    use super::super::Pacer;
    use super::super::turn::{Place, Turn};
    use super::{Stepped, Waiting};
    use crate::mode::{Async, Mode};

    /// Waits for a turn; made by [`Pacer::turn`].
    ///
    /// Dropped before it has its turn, it gives its place up at once.
    #[must_use = "a future does nothing until it is awaited"]
    pub struct WaitForTurn<'p> {
        waiting: Waiting<'p>,
        timer: Option<Timer>,
    }

    /// When it comes by itself.
    struct Timer {
        until: Instant,
        delay: <Async as Mode>::Delay,
    }

    impl<'p> WaitForTurn<'p> {
        pub(in super::super) fn new(pacer: &'p Pacer, place: Place, deadline: Option<Instant>) -> Self {
            Self { waiting: Waiting::new::<Async>(pacer, place, deadline), timer: None }
        }

        /// Polls the timer, made anew if the instant is another.
        fn poll_timer(&mut self, until: Instant, ahead: u32, context: &mut Context<'_>) -> Poll<()> {
            let timer = match &mut self.timer {
                Some(timer) if timer.until == until => timer,
                other => {
                    let behind = self.waiting.stands_behind(until, ahead);
                    let wait =
                        if behind { Duration::ZERO } else { until.saturating_duration_since(Async::now()) };
                    other.insert(Timer { until, delay: Async::delay(wait, None) })
                }
            };
            Pin::new(&mut timer.delay).poll(context)
        }
    }

    impl<'p> Future for WaitForTurn<'p> {
        type Output = Option<Turn<'p>>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            loop {
                match self.waiting.step(context.waker()) {
                    Stepped::Over(turn) => return Poll::Ready(turn),
                    Stepped::Wait { until, ahead } => {
                        if self.poll_timer(until, ahead, context).is_pending() {
                            return Poll::Pending;
                        }
                        self.timer = None;
                    }
                }
            }
        }
    }

    impl fmt::Debug for WaitForTurn<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("WaitForTurn").field("pacer", self.waiting.pacer).finish_non_exhaustive()
        }
    }
}
