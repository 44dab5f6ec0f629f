//! The calls that are measured: `cost.rs` asks how large they are, `main.rs` makes them for `cost.rs` to count.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use backoff_runtime::{Class, Transient, on_exception, retry};

#[derive(Debug)]
pub(crate) struct Failed;

impl Failed {
    fn is_odd(&self) -> bool {
        black_box(self);
        false
    }
}

impl Transient for Failed {
    fn class(&self) -> Class {
        black_box(self);
        Class::TRANSIENT
    }
}

pub(crate) type Answer = Result<u64, Failed>;

/// An attempt as a future of 16 bytes.
pub(crate) struct Attempt {
    number: u64,
    polls: u64,
}

impl Future for Attempt {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        self.polls += 1;
        Poll::Ready(attempt_now(self.number))
    }
}

pub(crate) fn attempt(number: u64) -> Attempt {
    Attempt { number, polls: 0 }
}

#[inline(never)]
pub(crate) fn attempt_now(number: u64) -> Answer {
    if black_box(number) == u64::MAX { Err(Failed) } else { Ok(number) }
}

#[allow(dead_code, reason = "only counted")]
pub(crate) async fn plain(number: u64) -> Answer {
    attempt(number).await
}

#[on_exception(expo, max_tries = 5)]
pub(crate) async fn attribute(number: u64) -> Answer {
    attempt(number).await
}

#[on_exception(expo, max_tries = 5)]
pub(crate) async fn attribute_with_a_question_mark(number: u64) -> Answer {
    let number = attempt(number).await?;
    Ok(number + 1)
}

#[on_exception(expo, max_time = 60)]
pub(crate) async fn attribute_with_max_time(number: u64) -> Answer {
    attempt(number).await
}

#[retry(
    on(expo, Failed::is_odd, max_tries = 4),
    on(fibo, transient, max_value = 60),
    on(constant),
    max_tries = 9
)]
pub(crate) async fn attribute_with_strategies(number: u64) -> Answer {
    attempt(number).await
}
