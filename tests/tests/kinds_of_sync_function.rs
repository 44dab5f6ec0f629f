//! Small sync functions of many kinds that fail twice and then succeed: three attempts and `Ok` in each. The waits are
//! of zero.

#![allow(
    clippy::needless_continue,
    clippy::needless_pass_by_value,
    clippy::needless_question_mark,
    clippy::needless_return,
    clippy::never_loop,
    clippy::result_unit_err,
    reason = "all ways out of a function are tried, the roundabout ones, too"
)]

use std::error::Error;
use std::fmt::Display;
use std::io;

use anyhow::{Context as _, bail, ensure};
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};

/// A test of each function: called with a flaky thing of its own it makes three attempts and returns the third's value.
macro_rules! three_attempts {
    ($($name:ident: |$flaky:ident| $call:expr;)*) => {$(
        #[test]
        fn $name() {
            let $flaky = &Flaky::new();
            assert_eq!($call, 3);
            assert_eq!($flaky.calls(), 3);
        }
    )*};
}

three_attempts! {
    the_last_expression_ends_an_attempt: |flaky| last_expression(flaky).unwrap();
    a_question_mark_ends_an_attempt: |flaky| question_mark(flaky).unwrap();
    a_question_mark_converts_the_error: |flaky| question_mark_converts(flaky).unwrap();
    a_question_mark_on_an_option_ends_an_attempt: |flaky| question_mark_on_option(flaky).unwrap();
    an_early_return_ends_an_attempt: |flaky| early_return(flaky).unwrap();
    a_return_from_a_loop_ends_an_attempt: |flaky| return_from_loop(flaky).unwrap();
    bail_ends_an_attempt: |flaky| bails(flaky).unwrap();
    ensure_ends_an_attempt: |flaky| ensures(flaky).unwrap();
    let_else_ends_an_attempt: |flaky| let_else(flaky).unwrap();
    a_return_from_an_inner_closure_is_the_closures: |flaky| inner_closure(flaky).unwrap();
    a_return_from_an_inner_function_is_that_functions: |flaky| inner_function(flaky).unwrap();
    retries_a_boxed_error: |flaky| boxed_error(flaky).unwrap();
    retries_an_error_that_is_impl_trait: |flaky| impl_error(flaky).unwrap();
    retries_an_error_that_is_unit: |flaky| unit_error(flaky).unwrap();
    retries_an_error_that_shows_nothing: |flaky| silent_error(flaky).ok().unwrap();
    retries_behind_an_alias_of_result: |flaky| aliased(flaky).unwrap();
    retries_to_a_unit_value: |flaky| unit_value(flaky).map(|()| 3).unwrap();
    retries_to_an_iterator: |flaky| impl_iterator(flaky).unwrap().sum::<u32>();
    retries_to_a_boxed_trait: |flaky| boxed_trait(flaky).unwrap().to_string().parse::<u32>().unwrap();
    retries_to_a_boxed_closure: |flaky| boxed_closure(flaky).unwrap()(1);
    retries_to_a_slice: |flaky| slice(flaky).unwrap().iter().sum::<u32>();
    retries_to_a_borrowed_trait: |flaky| borrowed_trait(flaky).unwrap().to_string().parse::<u32>().unwrap();
    retries_to_a_generic_value: |flaky| generic::<u64, Failed>(flaky).unwrap();
    retries_until_true: |flaky| { assert!(until_true(flaky)); 3 };
    retries_until_there_is_something: |flaky| until_some(flaky).len();
    retries_a_plain_impl_trait: |flaky| plain_impl_trait(flaky).to_string().parse::<u32>().unwrap();
    retries_by_recursion: |flaky| recursive(flaky, 2).unwrap();
    retries_a_never_returning_branch: |flaky| never_returning_branch(flaky).unwrap();
    retries_borrowed_arguments: |flaky| borrowed(flaky, &mut Vec::new(), "abc").unwrap();
    retries_owned_arguments: |flaky| owned(flaky, vec![1, 2], "abc".to_owned()).unwrap();
    retries_a_mut_argument_from_what_was_passed: |flaky| mut_argument(flaky, 2).unwrap();
    retries_arguments_in_patterns: |flaky| patterns((flaky, 1), [1, 2], 0).unwrap();
    retries_arguments_that_are_impl_trait: |flaky| impl_arguments(flaky, ["a", "b"].into_iter(), |n| n).unwrap();
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn last_expression(flaky: &Flaky) -> Result<u32, Failed> {
    flaky.call()
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn question_mark(flaky: &Flaky) -> Result<u32, Failed> {
    let call = flaky.call()?;
    Ok(call)
}

#[on_exception(constant, io::Error, interval = 0, jitter = none, max_tries = 5)]
fn question_mark_converts(flaky: &Flaky) -> Result<u32, Box<dyn Error>> {
    let call = flaky.call().map_err(io::Error::other)?;
    Ok(call)
}

#[on_predicate(constant, interval = 0, jitter = none, max_tries = 5)]
fn question_mark_on_option(flaky: &Flaky) -> Option<u32> {
    let call = flaky.call().ok()?;
    Some(call)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn early_return(flaky: &Flaky) -> Result<u32, Failed> {
    if flaky.calls() < 2 {
        return flaky.call();
    }
    let call = flaky.call();
    return call;
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn return_from_loop(flaky: &Flaky) -> Result<u32, Failed> {
    'outer: loop {
        for turn in 0.. {
            match turn {
                0 => continue,
                1 => break,
                _ => break 'outer Ok(0),
            }
        }
        return flaky.call();
    }
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn bails(flaky: &Flaky) -> anyhow::Result<u32> {
    match flaky.call() {
        Ok(call) => Ok(call),
        Err(failed) => bail!("bailed: {failed}"),
    }
}

#[on_exception(constant, Failed, interval = 0, jitter = none, max_tries = 5)]
fn ensures(flaky: &Flaky) -> anyhow::Result<u32> {
    ensure!(flaky.calls() < 5, "too often");
    flaky.call().context("calling")
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn let_else(flaky: &Flaky) -> Result<u32, &'static str> {
    let Ok(call) = flaky.call() else { return Err("failed") };
    Ok(call)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn inner_closure(flaky: &Flaky) -> Result<u32, Failed> {
    let call = || -> Result<u32, Failed> { return Ok(flaky.call()?) };
    let result = call();
    Ok(result?)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn inner_function(flaky: &Flaky) -> Result<u32, Failed> {
    fn call(flaky: &Flaky) -> Result<u32, Failed> {
        return flaky.call();
    }
    Ok(call(flaky)?)
}

#[on_exception(constant, (io::Error, Failed), interval = 0, jitter = none, max_tries = 5)]
fn boxed_error(flaky: &Flaky) -> Result<u32, Box<dyn Error + Send + Sync>> {
    flaky.call().map_err(|failed| Box::new(failed) as _)
}

#[on_exception(constant, |error| error.to_string().contains("failed"), interval = 0, jitter = none, max_tries = 5)]
fn impl_error(flaky: &Flaky) -> Result<u32, impl Error> {
    flaky.call()
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn unit_error(flaky: &Flaky) -> Result<u32, ()> {
    flaky.call().map_err(|_| ())
}

/// Neither `Display` nor `Debug`, neither `Clone` nor `Error`.
struct Silent;

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn silent_error(flaky: &Flaky) -> Result<u32, Silent> {
    flaky.call().map_err(|_| Silent)
}

type Answer<T = u32> = Result<T, Failed>;

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn aliased(flaky: &Flaky) -> Answer {
    flaky.call()
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn unit_value(flaky: &Flaky) -> Answer<()> {
    flaky.call()?;
    Ok(())
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn impl_iterator(flaky: &Flaky) -> Answer<impl Iterator<Item = u32> + use<>> {
    flaky.call()?;
    Ok([1, 2].into_iter())
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn boxed_trait(flaky: &Flaky) -> Answer<Box<dyn Display + Send>> {
    let call = flaky.call()?;
    Ok(if call == 3 { Box::new(call) } else { Box::new("another type") })
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn boxed_closure<'a>(flaky: &'a Flaky) -> Answer<Box<dyn Fn(u32) -> u32 + 'a>> {
    flaky.call()?;
    Ok(Box::new(|n| n * flaky.calls()))
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn slice(flaky: &Flaky) -> Answer<&[u32]> {
    match flaky.call() {
        Ok(_) => Ok(&[1, 2]),
        Err(failed) => Err(failed),
    }
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn borrowed_trait(flaky: &Flaky) -> Answer<&dyn Display> {
    flaky.call()?;
    Ok(&3)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn generic<T: From<u32>, E: From<Failed>>(flaky: &Flaky) -> Result<T, E> {
    Ok(flaky.call()?.into())
}

#[on_predicate(constant, interval = 0, jitter = none, max_tries = 5)]
fn until_true(flaky: &Flaky) -> bool {
    flaky.call().is_ok()
}

#[on_predicate(constant, interval = 0, jitter = none, max_tries = 5)]
fn until_some(flaky: &Flaky) -> Vec<u32> {
    flaky.call().map_or_else(|_| vec![], |call| vec![call; 3])
}

#[on_predicate(constant, |shown| shown.to_string() == "0", interval = 0, jitter = none, max_tries = 5)]
fn plain_impl_trait(flaky: &Flaky) -> impl Display {
    flaky.call().unwrap_or_default()
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn recursive(flaky: &Flaky, depth: u32) -> Result<u32, Failed> {
    if depth == 0 { flaky.call() } else { recursive(flaky, depth - 1) }
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn never_returning_branch(flaky: &Flaky) -> Result<u32, Failed> {
    match flaky.call() {
        Ok(call @ 3) => Ok(call),
        Err(failed) => return Err(failed),
        Ok(_) => unreachable!(),
    }
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn borrowed(flaky: &Flaky, seen: &mut Vec<u32>, text: &str) -> Result<usize, Failed> {
    seen.push(flaky.calls());
    flaky.call()?;
    assert_eq!(text, "abc");
    Ok(seen.len())
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn owned(flaky: &Flaky, numbers: Vec<u32>, text: String) -> Result<u32, Failed> {
    assert_eq!(text, "abc");
    flaky.call().map(|_| numbers.iter().sum())
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn mut_argument(flaky: &Flaky, mut n: u32) -> Result<u32, Failed> {
    n += 1;
    flaky.call().map(|_| n)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn patterns((flaky, mut n): (&Flaky, u32), [a, _]: [u32; 2], _: u8) -> Result<u32, Failed> {
    n += a;
    flaky.call().map(|call| call + n - 2)
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn impl_arguments(
    flaky: &Flaky,
    words: impl Iterator<Item = &'static str> + Clone,
    then: impl Fn(u32) -> u32,
) -> Result<u32, Failed> {
    assert_eq!(words.clone().count(), 2);
    flaky.call().map(&then)
}
