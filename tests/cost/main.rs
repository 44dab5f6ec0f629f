//! Calls whose first attempt succeeds, as often as is asked: `cost/main.rs CASE TIMES`. `cost.rs` beside this folder
//! builds it for release and counts its instructions.

use std::env;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use backoff_runtime::{expo, on_exception};

mod calls;

use calls::{
    Answer, attempt, attempt_now, attribute, attribute_with_a_question_mark, attribute_with_max_time,
    attribute_with_strategies, plain,
};

fn main() {
    let mut arguments = env::args().skip(1);
    let case = arguments.next().unwrap_or_default();
    let times = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(0);
    match &*case {
        "plain" => polls(times, plain),
        "attribute" => polls(times, attribute),
        "attribute_with_a_question_mark" => polls(times, attribute_with_a_question_mark),
        "attribute_with_max_time" => polls(times, attribute_with_max_time),
        "attribute_with_strategies" => polls(times, attribute_with_strategies),
        "function" => polls(times, |number| on_exception(expo()).max_tries(5).run(move || attempt(number))),
        "sync_plain" => calls(times, sync_plain),
        "sync_attribute" => calls(times, sync_attribute),
        "sync_function" => {
            calls(times, |number| on_exception(expo()).max_tries(5).run_blocking(|| attempt_now(number)))
        }
        _ => panic!("there is no case `{case}`"),
    }
}

fn sync_plain(number: u64) -> Answer {
    attempt_now(number)
}

#[on_exception(expo, max_tries = 5)]
fn sync_attribute(number: u64) -> Answer {
    attempt_now(number)
}

fn calls(times: u64, call: impl Fn(u64) -> Answer) {
    for number in 0..times {
        assert!(black_box(call(black_box(number))).is_ok());
    }
}

fn polls<F: Future<Output = Answer>>(times: u64, call: impl Fn(u64) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    for number in 0..times {
        let mut future = pin!(call(black_box(number)));
        assert!(poll(future.as_mut(), &mut context).is_ready());
    }
}

/// Out of line, so that the state of a call is in memory, as in a spawned task.
#[inline(never)]
fn poll<F: Future<Output = Answer>>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<Answer> {
    black_box(future.poll(context))
}
