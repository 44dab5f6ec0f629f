//! What enforces the limit. Rates are governor's, so that pacers are not measured against ideas of our own.
//!
//! Fixed windows are counted here: governor has none, `ratelimit` refills steadily, and `leaky-bucket`, which can refill
//! a whole window at once, doesn't tell when it will, which a server has to say. It takes one comparison and a count.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::Instant;

use super::Limit;

/// A limit, and what came in so far.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Limit,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Rate(Box<RateLimiter<NotKeyed, InMemoryState, SinceStart, StateInformationMiddleware>>),
    Window(Window),
}

/// What the limiter says of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The time until the next message has a chance, if this one is refused.
    pub(super) refused_for: Option<Duration>,
    /// How many more would be accepted now.
    pub(super) remaining: u32,
    /// The time until all may come at once again.
    pub(super) reset: Duration,
}

impl Limiter {
    /// A limiter as after a quiet time.
    pub(super) fn new(limit: Limit) -> Self {
        let kind = match limit {
            Limit::Rate { rate, .. } => {
                let burst = NonZeroU32::new(limit.at_once()).unwrap_or(NonZeroU32::MIN);
                let quota = Quota::with_period(Duration::from_secs_f64(1.0 / rate))
                    .expect("the time between two messages is not zero")
                    .allow_burst(burst);
                let limiter = RateLimiter::direct_with_clock(quota, SinceStart(Instant::now()));
                Kind::Rate(Box::new(limiter.with_middleware()))
            }
            Limit::Window { .. } => Kind::Window(Window { ends: Instant::now(), accepted: 0 }),
        };
        Self { limit, kind }
    }

    /// The same, but all that may come at once has just come.
    pub(super) fn used_up(limit: Limit) -> Self {
        let mut limiter = Self::new(limit);
        for _ in 0..limit.at_once() {
            limiter.take();
        }
        limiter
    }

    pub(super) fn limit(&self) -> Limit {
        self.limit
    }

    /// Judges a message that comes now. A refused one uses up nothing.
    pub(super) fn take(&mut self) -> Verdict {
        let (at_once, length) = (self.limit.at_once(), self.limit.window());
        match &mut self.kind {
            Kind::Rate(limiter) => match limiter.check() {
                Ok(state) => {
                    let remaining = state.remaining_burst_capacity();
                    let reset = length * at_once.saturating_sub(remaining) / at_once;
                    Verdict { refused_for: None, remaining, reset }
                }
                Err(not_yet) => {
                    let wait = not_yet.wait_time_from(limiter.clock().now());
                    let reset = wait + length * (at_once - 1) / at_once;
                    Verdict { refused_for: Some(wait), remaining: 0, reset }
                }
            },
            Kind::Window(window) => window.take(at_once, length),
        }
    }
}

/// The window that the last accepted message came in.
#[derive(Debug)]
struct Window {
    ends: Instant,
    accepted: u32,
}

impl Window {
    fn take(&mut self, messages: u32, length: Duration) -> Verdict {
        let now = Instant::now();
        if self.ends <= now {
            *self = Self { ends: now + length, accepted: 0 };
        }
        let reset = self.ends - now;
        let is_full = self.accepted == messages;
        self.accepted += u32::from(!is_full);
        Verdict { refused_for: is_full.then_some(reset), remaining: messages - self.accepted, reset }
    }
}

/// Tokio's clock, which tests can pause.
#[derive(Debug)]
struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// Whether messages are accepted, each so many milliseconds after the one before it.
    async fn accepted<const N: usize>(limiter: &mut Limiter, pauses: [u64; N]) -> [bool; N] {
        let mut accepted = [false; N];
        for (is_accepted, pause) in accepted.iter_mut().zip(pauses) {
            advance(Duration::from_millis(pause)).await;
            *is_accepted = limiter.take().refused_for.is_none();
        }
        accepted
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_let_through_and_then_the_rate() {
        let mut limiter = Limiter::new(Limit::Rate { rate: 2.0, burst: 3 });
        assert_eq!(accepted(&mut limiter, [0; 4]).await, [true, true, true, false]);
        assert_eq!(accepted(&mut limiter, [499, 1, 1]).await, [false, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_time_allows_no_more_than_the_burst() {
        let mut limiter = Limiter::new(Limit::Rate { rate: 10.0, burst: 2 });
        assert_eq!(accepted(&mut limiter, [3_600_000, 0, 0]).await, [true, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_after_the_time_that_was_told_is_accepted() {
        for limit in [
            Limit::Rate { rate: 0.4, burst: 1 },
            Limit::Window { messages: 1, window: Duration::from_millis(2500) },
        ] {
            let mut limiter = Limiter::new(limit);
            limiter.take();
            advance(Duration::from_secs(1)).await;
            let wait = limiter.take().refused_for.unwrap();
            assert_eq!(wait, Duration::from_millis(1500));
            advance(wait).await;
            assert_eq!(limiter.take().refused_for, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_takes_all_its_messages_at_once_and_begins_with_the_first() {
        let mut limiter = Limiter::new(Limit::Window { messages: 2, window: Duration::from_secs(10) });
        assert_eq!(accepted(&mut limiter, [7000, 9000, 999]).await, [true, true, false]);
        assert_eq!(accepted(&mut limiter, [1, 0, 0]).await, [true, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_and_the_time_until_all_is_are_told() {
        let length = Duration::from_secs(10);
        for limit in [Limit::Rate { rate: 0.2, burst: 2 }, Limit::Window { messages: 2, window: length }] {
            let mut limiter = Limiter::new(limit);
            assert_eq!(limiter.take().remaining, 1);
            let second = limiter.take();
            assert_eq!((second.remaining, second.reset), (0, length));
            advance(Duration::from_secs(1)).await;
            let refused = limiter.take();
            assert_eq!((refused.remaining, refused.reset), (0, Duration::from_secs(9)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_limit_takes_nothing_at_first() {
        for limit in
            [Limit::per_second(4.0), Limit::Window { messages: 4, window: Duration::from_millis(250) }]
        {
            let mut limiter = Limiter::used_up(limit);
            assert_eq!(accepted(&mut limiter, [249, 1]).await, [false, true]);
        }
    }
}
