//! `retry` is `on_exception` by another name: it retries on errors, and stacks with the others.

use std::cell::Cell;

use backoff_runtime as backoff;
use backoff_runtime::{on_predicate, retry};

#[test]
fn retry_retries_on_errors() {
    #[retry(constant, |error| *error == "busy", interval = 0, max_tries = 3, logger = none)]
    fn get(calls: &Cell<u32>) -> Result<u32, &'static str> {
        calls.set(calls.get() + 1);
        if calls.get() < 3 { Err("busy") } else { Ok(calls.get()) }
    }
    assert_eq!(get(&Cell::new(0)), Ok(3));
}

#[test]
fn stacked_on_another_it_is_the_outer_loop_and_below_one_the_inner() {
    #[retry(constant, interval = 0, max_tries = 2, logger = none)]
    #[on_predicate(constant, matches!(Ok(0)), interval = 0, max_tries = 3, logger = none)]
    fn outer(calls: &Cell<u32>) -> Result<u32, u32> {
        calls.set(calls.get() + 1);
        if calls.get().is_multiple_of(3) { Err(calls.get()) } else { Ok(0) }
    }
    #[on_predicate(constant, matches!(Err(_)), interval = 0, max_tries = 2, logger = none)]
    #[cfg_attr(any(), doc = "retry")]
    #[backoff::retry(constant, interval = 0, max_tries = 3, logger = none)]
    fn inner(calls: &Cell<u32>) -> Result<u32, u32> {
        calls.set(calls.get() + 1);
        Err(calls.get())
    }
    assert_eq!(outer(&Cell::new(0)), Err(6));
    assert_eq!(inner(&Cell::new(0)), Err(6), "twice three times");
}
